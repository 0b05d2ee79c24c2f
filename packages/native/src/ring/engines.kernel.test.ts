import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HeldRecord, KernelSide } from "../../../testkit/src/contract/kernel-side.ts";
import { ringHosts } from "../../../testkit/src/engines.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside, nativeKernelSide } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import type { NativeRingBufMap } from "../index.ts";

const prelude = `
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { BpfObject, openRingBuf, probeFeatures } from "@rbgen/native";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { loadAddon } from "./src/addon/load-addon.ts";
import { anyBytes } from "../testkit/src/contract/codecs.ts";
const assert = (truth, what) => { if (!truth) throw new Error(what); };
const word = (number) => new Uint8Array(Uint32Array.of(0, number).buffer);
const first = (record) => new DataView(record.buffer, record.byteOffset).getUint32(0, true);
// how often the set of wake-ups had something to tell: a wait that spins is told without end
let told = 0;
const addon = loadAddon();
const { watch } = addon;
addon.watch = (set, callback, onThread) => watch(set, (...ids) => { told++; callback(...ids); }, onThread);
const mapped = () => readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.includes("bpf-map")).length;
`;

describe.each(ringHosts)("in $engine, of $rings rings", ({ engine, rings }) => {
  const env: Record<string, string> = rings === "copied" ? { RBGEN_COPY_RINGS: "1" } : {};
  describeWith(
    engine === "node" ? ["kernel", "clang", "gcc", "libbpf"] : ["kernel", "clang", "gcc", "libbpf", engine],
    "native rings",
    () => {
      let folder: string;
      let object: string;
      let kernel: KernelSide;
      let bpffs: PrivateBpffs;
      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), "rbgen-engine-"));
        object = join(folder, "object.bpf.o");
        writeFileSync(object, compileBeside("object.bpf.c"));
        kernel = await nativeKernelSide();
        bpffs = new PrivateBpffs();
      });
      afterAll(async () => {
        await kernel.close();
        bpffs.close();
        rmSync(folder, { recursive: true });
      });

      async function passes(script: string): Promise<void> {
        const result = await runChild(`${prelude}\n${script}`, { engine, env });
        expect(result.stderr).toBe("");
        expect({ code: result.code, signal: result.signal }).toEqual({ code: 0, signal: null });
      }

      test("deliver records in every way, wake their reader, take samples, and let the process end", async () => {
        await passes(`
          assert(probeFeatures().addon.available && probeFeatures().libbpf.available, "no addon");
          const object = await BpfObject.load(${JSON.stringify(object)});
          const send = object.program("send");
          const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
          // far over the ring's end, and often enough for every tier of a compiler
          let next = 0;
          let expected = 0;
          const take = (record) => { assert(first(record) === expected, first(record) + " is not " + expected); expected++; };
          for (let round = 0; round < 3000; round++) {
            for (let i = 0; i < 10; i++) assert(send.runInPlace(word(next++)) === 0, "not sent");
            assert(reader.consume(take) === 10, "not ten");
          }
          for (let round = 0; round < 50; round++) {
            // for ever: only a wake-up ends it
            const polled = reader.poll(take, { timeoutMs: -1 });
            await sleep(1);
            send.runInPlace(word(next++));
            assert((await polled) === 1, "not woken");
          }
          const before = told;
          assert((await reader.poll(take, { timeoutMs: 300 })) === 0, "a record from nowhere");
          assert(told - before <= 1, "a wait without records was told " + (told - before) + " times of some");
          setTimeout(() => { for (let i = 0; i < 20; i++) send.runInPlace(word(next++)); }, 20);
          for await (const record of reader) { take(record); if (expected === next && next > 30050) break; }
          setTimeout(() => send.runInPlace(word(next++)), 20);
          for await (const batch of reader.batches()) { batch.forEach(take); break; }
          const writer = new UserRingBufWriter(object.userRingBuf("commands"), anyBytes);
          for (let round = 0; round < 500; round++) {
            for (let i = 0; i < 20; i++) writer.write(word(i));
            assert(object.program("drain").run().returnValue === 20, "not drained");
          }
          while (writer.tryWrite(word(1)));
          const blocked = writer.writeBlocking(word(2), { timeoutMs: -1 });
          object.program("drain").run();
          await blocked;
          const pending = reader.poll(take, { timeoutMs: -1 });
          setTimeout(() => object.close(), 10);
          const ended = await pending.then(() => "resolved", (error) => error.code);
          assert(ended === "ERR_RINGBUF_CLOSED", "the poll " + ended);
          assert(mapped() === 0, mapped() + " mappings are left");`);
      });

      test("are not forgotten while somebody waits for them, though nothing else leads there", async () => {
        await passes(`
          const object = await BpfObject.load(${JSON.stringify(object)});
          const ring = () => openRingBuf({ fd: object.ringBuf("events").fd });
          for (const referenced of [true, false]) {
            let taken = 0;
            (() => {
              const reader = new RingBufReader(ring(), anyBytes);
              if (!referenced) reader.unref();
              reader.poll(() => { taken++; }, { timeoutMs: -1 }).then(() => reader.close());
            })();
            for (let i = 0; i < 10; i++) { globalThis.gc(); await sleep(5); }
            assert(mapped() > 0, "it was forgotten");
            object.program("send").runInPlace(word(1));
            while (taken === 0) await sleep(5);
            assert(taken === 1, "taken: " + taken);
          }`);
      });

      test("sleep at a busy record, and go on when it is committed", async () => {
        const map = kernel.createRingBuf({ name: "held", maxEntries: 4096 }) as NativeRingBufMap;
        const path = bpffs.path("held");
        map.pin(path);
        const held = (await kernel.hold?.(map, 16)) as HeldRecord;
        expect(kernel.output(map, new Uint8Array(8), 2)).toBe(0);
        const asleep = join(folder, "asleep");
        const child = passes(`
          const { writeFileSync } = await import("node:fs");
          const reader = new RingBufReader(openRingBuf({ pinned: ${JSON.stringify(path)} }), anyBytes);
          let lengths = "";
          const take = (record) => { lengths += record.length + " "; };
          for (let i = 0; i < 2; i++) {
            assert((await reader.poll(take, { timeoutMs: 250 })) === 0, "a record that is not committed");
          }
          assert(told <= 2, "a wait at a busy record was told " + told + " times of it");
          writeFileSync(${JSON.stringify(asleep)}, "");
          while (lengths !== "16 8 ") await reader.poll(take, { timeoutMs: -1 });
          reader.close();`);
        const ended = child.then(
          () => true,
          () => true,
        );
        while (!existsSync(asleep) && !(await Promise.race([ended, new Promise((r) => setTimeout(r, 20, false))])));
        await held.commit({ how: "submit", flags: 0 });
        await child;
        rmSync(asleep);
      });
    },
  );
});

describeWith(["kernel", "deno"], "what Deno does not permit", () => {
  const script = `
    const { createRingBuf, probeFeatures } = await import("@rbgen/native");
    const { isRingBufError } = await import("@rbgen/runtime");
    try { createRingBuf({ name: "not", maxEntries: 4096 }); } catch (error) { console.log(isRingBufError(error), error.message); }
    console.log(probeFeatures().ringBuf.available);`;

  test.each([
    [
      "the addon",
      ["--allow-read", "--allow-env"],
      /^true ERR_RINGBUF_UNSUPPORTED: the addon .* ffi access.*\nfalse\n$/,
    ],
    [
      "/proc",
      ["--allow-read", "--allow-env", "--allow-ffi"],
      /^true EACCES: \/proc\/self\/fdinfo.* --allow-all.*\ntrue\n$/,
    ],
  ])("is said by an error, and by the probe: %s", async (_, permissions, expected) => {
    const { stdout, code } = await runChild(script, { engine: "deno", permissions: [...permissions, "--no-prompt"] });
    expect([code, stdout]).toEqual([0, expect.stringMatching(expected)]);
  });
});
