import { attachRingBuf, EmulatedKernel, type EmulatedRingBuf, ManualClock } from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { isRingBufError, RingBufGroup, RingBufReader, UserRingBufWriter } from "./index.ts";

const kernel = new EmulatedKernel({ clock: new ManualClock() });
const ring = (records = 3): EmulatedRingBuf => {
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  for (let i = 0; i < records; i++) map.hold(32).submit();
  return map;
};
const userRing = () => kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
const sample = { pid: 1, seq: 2, value: 3n, comm: "" };

/** What `use` throws; fails where it is an error of the engine. */
async function ended(use: () => unknown): Promise<string> {
  try {
    await use();
    return "nothing";
  } catch (error) {
    expect(isRingBufError(error), String(error)).toBe(true);
    return (error as { code: string }).code;
  }
}

test.each(["the reader", "the map"] as const)(
  "%s may be closed by a handler, a decoder, a view's maker and a policy, while they run",
  async (what) => {
    const close = (map: EmulatedRingBuf, reader: { close(): void }): void =>
      what === "the map" ? map.close() : reader.close();
    for (const place of ["decode", "createView", "handler", "policy"] as const) {
      for (const way of ["consume", "consumeViews", "poll", "pollSync", "iterate", "batches", "group"] as const) {
        const map = ring();
        let target: { close(): void } = map;
        let calls = 0;
        const stop = (): void => {
          calls++;
          close(map, target);
        };
        const codec = {
          ...selftestSample,
          decode(view: DataView, offset?: number) {
            if (place === "decode") stop();
            return selftestSample.decode(view, offset);
          },
          createView() {
            if (place === "createView") stop();
            return selftestSample.createView();
          },
          ...(place === "policy" ? { size: 16, minByteLength: 64 } : {}),
        };
        const options = place === "policy" ? { onDecodeError: stop } : {};
        const handler = place === "handler" ? stop : () => {};
        const outcome = await ended(async () => {
          if (way === "group") {
            const group = new RingBufGroup(options);
            target = group;
            group.add(map, codec, handler);
            const next = group[Symbol.asyncIterator]().next();
            group.close();
            await next;
            return;
          }
          const reader = new RingBufReader(map, codec, options);
          target = reader;
          if (way === "consume") reader.consume(handler);
          else if (way === "consumeViews") reader.consumeViews(handler);
          else if (way === "poll") await reader.poll(handler, { timeoutMs: 0 });
          else if (way === "pollSync") reader.pollSync(handler, { timeoutMs: 0 });
          else if (way === "iterate") {
            for await (const record of reader) {
              handler();
              if (record.pid === 0) break;
            }
          } else {
            for await (const batch of reader.batches()) {
              handler();
              if (batch.length > 0) break;
            }
          }
        });
        expect(["nothing", "ERR_RINGBUF_CLOSED"], `${place} in ${way}`).toContain(outcome);
        if (calls > 0 && place !== "policy") expect(calls, `${place} in ${way}`).toBeLessThanOrEqual(1);
        target.close();
        map.close();
      }
    }
  },
);

test("a codec that takes its memory away, or closes what it writes to, is an error of that write, and the ring goes on", async () => {
  for (const spoil of [
    (view: DataView) => void structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] }),
    () => {
      throw new TypeError("of the codec's own");
    },
  ]) {
    const map = userRing();
    let spoils = true;
    const writer = new UserRingBufWriter(map, {
      ...anyBytes,
      encode(value, view, offset) {
        const written = anyBytes.encode(value, view, offset);
        if (spoils) spoil(view);
        return written;
      },
    });
    const outcomes: unknown[] = [];
    for (const write of [
      () => writer.write(new Uint8Array(16)),
      () => writer.tryWrite(new Uint8Array(16)),
      () => writer.writeAll([new Uint8Array(16)]),
      () => writer.writeBlocking(new Uint8Array(16), { timeoutMs: 0 }),
    ]) {
      try {
        await write();
        outcomes.push("written");
      } catch (error) {
        outcomes.push(isRingBufError(error, "ERANGE") ? "ERANGE" : (error as Error).message);
      }
    }
    expect(new Set(outcomes)).toEqual(new Set([spoil.length > 0 ? "ERANGE" : "of the codec's own"]));
    spoils = false;
    writer.write(new Uint8Array(16).fill(7));
    const seen: number[] = [];
    kernel
      .loadProgram({
        type: "xdp",
        run: (bpf) =>
          bpf.userRingbufDrain(
            map,
            (dynptr) => {
              seen.push(bpf.dynptrSize(dynptr));
              return 0;
            },
            undefined,
            0,
          ),
      })
      .run();
    expect(seen).toEqual([16]);
  }
});

test.each(["the writer", "the map"] as const)("%s may be closed by a codec, while it writes", async (what) => {
  for (const place of ["byteLengthOf", "encode", "createWriter"] as const) {
    for (const way of ["write", "tryWrite", "writeAll", "tryWriteAll", "writeBlocking", "reserve"] as const) {
      const map = userRing();
      const stop = (): void => (what === "the map" ? map.close() : writer.close());
      const writer: UserRingBufWriter<typeof sample> = new UserRingBufWriter(map, {
        ...selftestSample,
        byteLengthOf() {
          if (place === "byteLengthOf") stop();
          return 32;
        },
        encode(value, view, offset) {
          if (place === "encode") stop();
          return selftestSample.encode(value, view, offset);
        },
        createWriter() {
          if (place === "createWriter") stop();
          return selftestSample.createWriter();
        },
      });
      const outcome = await ended(async () => {
        if (way === "write") writer.write(sample);
        else if (way === "tryWrite") writer.tryWrite(sample);
        else if (way === "writeAll") writer.writeAll([sample, sample]);
        else if (way === "tryWriteAll") writer.tryWriteAll([sample, sample]);
        else if (way === "writeBlocking") await writer.writeBlocking(sample, { timeoutMs: 0 });
        else writer.reserve()[Symbol.dispose]();
      });
      const reached = (place === "createWriter") === (way === "reserve");
      expect(outcome, `${place} in ${way}`).toBe(reached ? "ERR_RINGBUF_CLOSED" : "nothing");
    }
  }
});

test("a handle whose memory lies about its length, or grows, is refused or stays what it was", () => {
  class Lying extends SharedArrayBuffer {
    override get byteLength(): number {
      return 3 * 4096 + 2 * 4096;
    }
  }
  const { buffer } = kernel.createRingBuf({ name: "real", maxEntries: 4096 }).handle();
  const short = new Lying(4096);
  new Uint8Array(short, 0, 4096).set(new Uint8Array(buffer, 0, 4096));
  const handle = { backend: "rbgen.emulated.v1", type: "ringbuf", name: "lying", buffer: short } as const;
  expect(() => attachRingBuf(handle)).toThrow(/EINVAL/);
});
