import { describe, expect, test } from "vitest";
import { type Engine, ringHosts } from "../../../testkit/src/engines.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { type ChildOptions, type ChildResult, runChild } from "../../../testkit/src/native/child.ts";

/** What every script starts with: `left()` lists descriptors and mappings of BPF, once what was dropped is collected. */
const prelude = `
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { claimMap } from "@rbgen/runtime/backend";
import { createRingBuf, createUserRingBuf, openRingBuf, attachRingBuf } from "@rbgen/native";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { anyBytes } from "../testkit/src/contract/codecs.ts";
const assert = (truth, what) => { if (!truth) throw new Error(what); };
const descriptors = () => readdirSync("/proc/self/fd").flatMap((fd) => {
  try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; }
});
const open = () => descriptors().filter((name) => name.includes("bpf")).length;
const mapped = () => readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => line.includes("bpf-map")).length;
const polls = () => descriptors().filter((name) => name.includes("eventpoll") || name.includes("eventfd")).length;
const settle = async () => { for (let i = 0; i < 5; i++) { globalThis.gc?.(); await turn(); await sleep(2); } };
const code = (f) => { try { f(); return "nothing thrown"; } catch (error) { return error.code ?? error.name; } };
const thread = (body, workerData) => new Worker(\`(async () => {
  const { parentPort, workerData } = await import("node:worker_threads");
  const { attachRingBuf, createRingBuf } = await import("@rbgen/native");
  const { claimMap } = await import("@rbgen/runtime/backend");
  \${body}
})()\`, { eval: true, workerData });
const ring = (name = "test") => createRingBuf({ name, maxEntries: 4096 });
`;

async function passesIn(engine: Engine | "node", script: string, options: ChildOptions): Promise<ChildResult> {
  const result = await runChild(`${prelude}\n${script}`, { ...options, engine });
  expect(result.stderr).toBe("");
  expect({ code: result.code, signal: result.signal }).toEqual({ code: 0, signal: null });
  return result;
}

describe.each(ringHosts)("in $engine, of $rings rings", ({ engine, rings }) => {
  const env: Record<string, string> = rings === "copied" ? { RBGEN_COPY_RINGS: "1" } : {};
  const passes = (script: string, options: ChildOptions = {}) => passesIn(engine, script, { env, ...options });
  describeWith(engine === "node" ? ["kernel"] : ["kernel", engine], "a native ring's life", () => {
    test.each([
      ["a map that was never claimed leaves nothing after close", `const map = ring(); map.close(); map.close();`],
      [
        "a claim leaves nothing after release",
        `const map = ring(); const claim = map[claimMap](); claim.release(); claim.release(); map.close();`,
      ],
      ["a map closed under its claim leaves nothing", `const map = ring(); map[claimMap](); map.close();`],
      [
        "a user ring closed under its claim leaves nothing",
        `const map = createUserRingBuf({ name: "u", maxEntries: 65536 }); map[claimMap](); map.close();`,
      ],
      [
        "a hundred claims in turn leave nothing",
        `const map = ring(); for (let i = 0; i < 100; i++) map[claimMap]().release(); map.close();`,
      ],
      [
        "a wait that is pending ends when its map closes",
        `
      const map = ring(); const claim = map[claimMap]();
      const waiting = claim.wait({ timeoutMs: Infinity });
      setTimeout(() => map.close(), 5);
      assert((await waiting) === "woken" && !claim.open, "the wait goes on");`,
      ],
      [
        "a wait that is pending rejects with the reason of its signal",
        `
      const map = ring(); const claim = map[claimMap](); const abort = new AbortController(); const reason = new Error("why");
      setTimeout(() => abort.abort(reason), 5);
      assert((await claim.wait({ timeoutMs: Infinity, signal: abort.signal }).catch((e) => e)) === reason, "another reason");
      assert((await claim.wait({ timeoutMs: Infinity, signal: abort.signal }).catch((e) => e)) === reason, "not at once");
      assert((await claim.wait({ timeoutMs: 5 })) === "timeout", "unusable afterwards");
      map.close();`,
      ],
      [
        "a map dropped without close is collected, descriptor and all",
        `(() => { for (let i = 0; i < 10; i++) ring(); })();`,
      ],
      [
        "closing inside onClose and releasing afterwards is harmless",
        `
      const map = ring(); const claim = map[claimMap](); let calls = 0;
      claim.onClose = () => { calls++; assert(!claim.open, "still open"); assert(claim.memory.data.buffer.byteLength === 8192, "memory gone"); map.close(); };
      map.close(); claim.release(); assert(calls === 1, "called " + calls);`,
      ],
    ])("%s", async (_title, script) => {
      await passes(
        `${script}\nawait settle(); await settle();
      assert(open() === 0, "descriptors left: " + open()); assert(mapped() === 0, "mappings left: " + mapped()); assert(polls() <= base, "epoll left");`.replace(
          /^/,
          "const base = polls();\n",
        ),
      );
    });

    test("a hundred readers and writers that were forgotten with their maps leave nothing", async () => {
      await passes(`
      (() => {
        for (let i = 0; i < 50; i++) {
          new RingBufReader(ring(), anyBytes).consume(() => undefined);
          new UserRingBufWriter(createUserRingBuf({ name: "u", maxEntries: 4096 }), anyBytes);
        }
      })();
      assert(open() === 100 && mapped() > 0, "not a hundred: " + open());
      for (let i = 0; i < 100 && (open() > 0 || mapped() > 0); i++) await settle();
      assert(open() === 0 && mapped() === 0, "left: " + open() + " descriptors, " + mapped() + " mappings");
      // in Bun and Deno the engine has some of its own
      if (process.versions.bun === undefined && process.versions.deno === undefined) {
        const own = polls(); ring()[claimMap](); assert(polls() === own + 1, "the set of those that were forgotten is left");
      }`);
    });

    test("a map that is kept can be read again once its reader, or one that waited in vain, was forgotten", async () => {
      await passes(`
      const map = ring(); const user = createUserRingBuf({ name: "u", maxEntries: 4096 });
      const again = async (make) => {
        for (let i = 0; i < 200; i++) {
          await settle();
          try { make().close(); return; } catch (error) { if (error.code !== "EBUSY") throw error; }
        }
        assert(false, "busy for ever");
      };
      const waits = [{ timeoutMs: 1 }, { timeoutMs: 1e6, signal: AbortSignal.timeout(1) }, { timeoutMs: 0 }];
      for (const wait of waits) {
        await (async () => { await new RingBufReader(map, anyBytes).poll(() => undefined, wait).catch(() => undefined); })();
        await again(() => new RingBufReader(map, anyBytes));
        (() => { new UserRingBufWriter(user, anyBytes).tryWrite(new Uint8Array(8)); })();
        await again(() => new UserRingBufWriter(user, anyBytes));
      }
      map.close(); user.close();`);
    });

    if (rings === "copied") {
      test("a copy is the engine's: it can be taken away, and close neither crashes nor leaves anything mapped", async () => {
        await passes(`
      const map = ring(); const claim = map[claimMap](); const { memory } = claim;
      const taken = structuredClone(memory.data.buffer, { transfer: [memory.data.buffer] });
      assert(taken.byteLength === 8192 && memory.data.buffer.byteLength === 0, "not taken");
      assert(code(() => memory.acquire(0, 8)) !== "nothing thrown", "a run is fetched to nowhere");
      memory.producer.pull();
      map.close();
      assert(code(() => memory.producer.pull()) === "TypeError", "positions are fetched after close");
      assert(code(() => memory.consumer.push()) === "TypeError", "a position is stored after close");
      assert(mapped() === 0 && open() === 0, "left: " + mapped() + " mappings");`);
      });
    } else {
      test("views over the memory throw or are empty after close, and nothing is left mapped", async () => {
        await passes(`
      const map = ring(); const { memory } = map[claimMap]();
      const words = new BigInt64Array(memory.consumer.buffer); const bytes = new DataView(memory.data.buffer);
      map.close();
      assert(code(() => Atomics.load(words, 0)) === "TypeError", "the position is readable");
      assert(code(() => Atomics.store(words, 0, 8n)) === "TypeError", "the position is writable");
      assert(code(() => bytes.getUint32(0)) === "TypeError" || code(() => bytes.getUint32(0)) === "RangeError", "data is readable");
      assert(words.length === 0 && memory.data.buffer.byteLength === 0, "not detached");
      assert(mapped() === 0, "mappings left: " + mapped());`);
      });

      test("a transferred buffer keeps its memory until it is collected, and close neither unmaps it nor crashes", async () => {
        await passes(
          `
      const map = ring();
      let stolen = (() => { const { memory } = map[claimMap](); return memory.data.buffer.transfer(); })();
      map.close();
      assert(mapped() === 1, "mappings while stolen: " + mapped());
      assert(new Uint8Array(stolen)[0] === 0 && new Uint8Array(stolen)[8191] === 0, "not readable");
      stolen = null;
      await settle(); await settle();
      assert(mapped() === 0 && open() === 0, "left: " + mapped() + " mappings");
    `,
          { nodeArguments: ["--harmony-rab-gsab-transfer"] },
        );
      });
    }

    test("a process ends by itself with open rings and with claims that wait for nothing", async () => {
      await passes(`ring()[claimMap](); createUserRingBuf({ name: "u", maxEntries: 4096 })[claimMap]();`);
    });

    test("an unreferenced wait does not keep the process alive, a referenced one does", async () => {
      await passes(
        `const claim = ring()[claimMap](); claim.unref(); claim.wait({ timeoutMs: 1e9 }).then(() => process.exit(3));`,
      );
      // a timer that keeps nothing alive itself fires only where something else does
      const kept =
        'const { setTimeout: after } = await import("node:timers"); after(() => process.exit(7), 20).unref();';
      const result = await runChild(`${prelude} ring()[claimMap]().wait({ timeoutMs: 1e9 }); ${kept}`, { engine, env });
      expect(result).toMatchObject({ code: 7, signal: null, stderr: "" });
    });

    test("process.exit with a wait pending ends with its code", async () => {
      const result = await runChild(
        `${prelude} ring()[claimMap]().wait({ timeoutMs: Infinity }); setTimeout(() => process.exit(7), 10);`,
        { engine, env },
      );
      expect(result).toMatchObject({ code: 7, signal: null, stderr: "" });
    });

    test("one claim per map in the process, whichever object or thread asks", async () => {
      await passes(`
      const map = ring(); const again = openRingBuf({ fd: map.fd });
      const claim = map[claimMap]();
      assert(code(() => map[claimMap]()) === "EBUSY", "twice on one object");
      assert(code(() => again[claimMap]()) === "EBUSY", "twice on one map");
      const worker = (handle) => new Promise((resolve, reject) => {
        let said;
        const attached = thread(\`
          try { attachRingBuf(workerData)[claimMap](); parentPort.postMessage("claimed"); } catch (error) { parentPort.postMessage(error.code ?? String(error)); }\`, handle);
        attached.on("message", (message) => { said = message; }); attached.on("error", reject);
        // what it held is released by then
        attached.on("exit", () => resolve(said));
      });
      assert((await worker(map.handle())) === "EBUSY", "twice in the process");
      claim.release();
      assert((await worker(map.handle())) === "claimed", "not released");
      await settle();
      again[claimMap]().release();
      again.close(); assert(code(() => again[claimMap]()) === "ERR_RINGBUF_CLOSED", "usable after close");
      const handle = map.handle(); map.close();
      assert(code(() => attachRingBuf(handle)) === "ERR_RINGBUF_CLOSED", "attached after close");
    `);
    });

    if (engine === "node" && rings === "lent") {
      test("a worker that is terminated at any moment of opening and closing leaves nothing", async () => {
        await passes(`
        const map = ring();
        for (let round = 0; round < 15; round++) {
          const worker = thread(\`
            parentPort.postMessage("ready");
            for (;;) {
              const map = attachRingBuf(workerData);
              // one that was terminated before may hold it for a moment
              try { map[claimMap]().release(); } catch (error) { if (error.code !== "EBUSY") throw error; }
              map.close();
            }\`, map.handle());
          worker.on("error", (error) => { throw error; });
          await new Promise((resolve) => worker.on("message", resolve));
          await sleep((round * 7) % 20);
          await worker.terminate();
        }
        map.close();
        for (let i = 0; i < 100 && open() > 0; i++) await sleep(10);
        assert(open() === 0 && mapped() === 0, "left: " + open() + " descriptors, " + mapped() + " mappings");
      `);
      });
    }

    test("workers with claims and pending waits end in any way: by themselves, terminated, with the process", async () => {
      await passes(`
      const waiting = (end) => thread(\`
          const claim = createRingBuf({ name: "w", maxEntries: 4096 })[claimMap]();
          claim.wait({ timeoutMs: Infinity });
          parentPort.postMessage("ready"); \${end}\`);
      const ends = [["process.exit(0);", false], ["", true], ["claim.unref();", false]];
      // Deno does not end a thread that blocks (Atomics.wait neither)
      if (!("deno" in process.versions)) ends.push(["claim.waitSync(Infinity);", true]);
      for (const [end, terminate] of ends) {
        for (let round = 0; round < 3; round++) {
          const worker = waiting(end);
          // heard of from the start: a worker that ends before its message is taken exits in the same turn
          const ended = new Promise((resolve) => worker.on("exit", resolve));
          await new Promise((resolve, reject) => { worker.on("message", resolve); worker.on("error", reject); });
          if (terminate) await worker.terminate(); else await ended;
        }
      }
      await settle();
      assert(open() === 0 && mapped() === 0, "left: " + open() + " descriptors, " + mapped() + " mappings");
      waiting("").on("message", () => process.exit(0));
    `);
    });
  });
});
