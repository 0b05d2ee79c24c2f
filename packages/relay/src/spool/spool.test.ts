import { describe, expect, test, vi } from "vitest";
import { ChunkBuilder, type ChunkHeader, type ChunkIdentity, readHeader } from "../chunk/index.ts";
import { sendWindow } from "../stream/send-window.ts";
import { MemoryStore } from "./memory-store.ts";
import { Spool, type SpoolEntry } from "./spool.ts";

const identity: ChunkIdentity = {
  ...{ host: "a", ring: "b", boot: "00000000-0000-0000-0000-000000000000", instance: 0n },
  ...{ layoutHash: "0000000000000000", endian: "little", clock: "monotonic", timeOffset: undefined },
};
const end = {
  ...{ first: 0n, acked: 0n, dropped: { kernel: 0n, spool: 0n, restart: 0n, size: 0n }, lostBytes: 0n, position: 0n },
  ...{ clockOffset: 0n, firstTime: 0n, lastTime: 0n },
};

/** A chunk of one sample in `memory`, spooled and handed to a client `sends` times. */
function spooled(spool: Spool, memory: ArrayBuffer, sends: number): SpoolEntry {
  const builder = new ChunkBuilder(identity, 0);
  builder.begin(memory);
  builder.add(new DataView(new ArrayBuffer(8)), 0, 8);
  const bytes = builder.finish(end);
  const header: ChunkHeader = readHeader(bytes).header;
  expect(spool.append(bytes, header)).toBe(true);
  const entry = spool.unsent()!;
  entry.sent = true;
  entry.sends = sends;
  entry.bytes = entry.stored.load();
  return entry;
}

describe("memory of chunks", () => {
  test("is used again when the stream has the chunk", () => {
    const spool = new Spool(new MemoryStore(), 4096, "hold");
    const memory = spool.memory(1024);
    spool.acknowledge(spooled(spool, memory, 1));
    expect(spool.memory(1024)).toBe(memory);
    expect(spool.memory(1024)).not.toBe(memory);
  });

  test("is not used again where the client may still have it in a queue", () => {
    const spool = new Spool(new MemoryStore(), 4096, "hold");
    const memory = spool.memory(1024);
    spool.acknowledge(spooled(spool, memory, 2));
    expect(spool.memory(1024)).not.toBe(memory);
  });

  test("is kept within the limit of the spool, and of a size that is asked for", () => {
    const spool = new Spool(new MemoryStore(), 2048, "hold");
    const kept = [new ArrayBuffer(1024), new ArrayBuffer(1024), new ArrayBuffer(1024)];
    for (const memory of kept) spool.recycle(memory);
    expect(spool.memory(512).byteLength).toBe(512);
    expect(spool.memory(1024)).toBe(kept[1]);
    expect(kept).not.toContain(spool.memory(1024));
  });

  test("of a burst is given back when nothing is spooled for a while, but for as much as is on its way at once", () => {
    vi.useFakeTimers();
    try {
      const spool = new Spool(new MemoryStore(), 1 << 20, "hold");
      const taken = Array.from({ length: 100 }, () => spool.memory(1024));
      for (const memory of taken) spool.recycle(memory);
      spool.rest();
      // the last one first, which is in the caches yet
      for (const memory of [...taken].reverse()) expect(spool.memory(1024)).toBe(memory);
      for (const memory of taken) spool.recycle(memory);
      vi.advanceTimersByTime(60_000);
      spool.rest();
      const kept = new Set(taken);
      const again = Array.from({ length: 100 }, () => spool.memory(1024));
      expect(again.filter((memory) => kept.has(memory)).length).toBe(sendWindow);
    } finally {
      vi.useRealTimers();
    }
  });
});
