import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { arbitraryChunk, build } from "../testing/arbitrary-chunk.ts";
import { FileStore } from "./file-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-spool-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const files = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".chunks"))
    .sort();
const put = (store: FileStore, bytes: Uint8Array) => {
  const stored = store.put(bytes);
  if (stored === "no room") throw new Error("no room");
  return stored;
};
const chunks = fc.sample(arbitraryChunk, { seed: 1, numRuns: 40 }).map((content) => build(content).slice());

describe("a spool in files", () => {
  test("gives back what a relay left that ended anywhere, whole chunks only, in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 300, max: 2000 }), (cut, segmentBytes) => {
        rmSync(folder, { recursive: true });
        const { store } = FileStore.open(folder, segmentBytes);
        for (const chunk of chunks) put(store, chunk);
        const total = store.used;
        store.close();
        // what was written last is half there, and the lock is nobody's
        const last = join(folder, files().at(-1)!);
        const { length } = readFileSync(last);
        truncateSync(last, Math.max(0, length - cut));
        const again = FileStore.open(folder, segmentBytes);
        const found = again.recovered.chunks.map((chunk) => Buffer.from(chunk.load()));
        expect(found).toEqual(chunks.slice(0, found.length).map((chunk) => Buffer.from(chunk)));
        const kept = found.reduce((sum, chunk) => sum + chunk.length, 0);
        expect(kept + again.recovered.tornBytes).toBe(total - Math.min(cut, length));
        expect(again.store.used).toBe(kept);
        again.store.close();
      }),
      { numRuns: 30 },
    );
  });

  test("goes on behind a chunk that was half written", () => {
    const first = FileStore.open(folder, 1e6);
    put(first.store, chunks[0]!);
    first.store.close();
    appendFileSync(join(folder, files()[0]!), chunks[1]!.subarray(0, 50));
    const second = FileStore.open(folder, 1e6);
    expect(second.recovered).toMatchObject({ tornBytes: 50 });
    put(second.store, chunks[2]!);
    second.store.close();
    const third = FileStore.open(folder, 1e6);
    expect(third.recovered.chunks.map((chunk) => Buffer.from(chunk.load()))).toEqual(
      [chunks[0], chunks[2]].map((chunk) => Buffer.from(chunk!)),
    );
    third.store.close();
  });

  test("shrinks as its chunks are released", () => {
    const { store } = FileStore.open(folder, 500);
    const stored = chunks.map((chunk) => put(store, chunk));
    for (const chunk of stored) chunk.release();
    expect(store.used).toBeLessThan(500);
    store.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is one relay's", () => {
    const { store } = FileStore.open(folder, 500);
    expect(() => FileStore.open(folder, 500)).toThrow(expect.objectContaining({ code: "EBUSY" }));
    store.close();
    FileStore.open(folder, 500).store.close();
  });
});
