import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";

/** `everyFault(scenario)`: runs it with its first call failing, then with its second one, until it has none left to fail. */
const prelude = `
import { openSync, readSync, readdirSync, readFileSync, readlinkSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import { BpfObject, attachRingBuf, checkLayout, createRingBuf, createUserRingBuf, openPerfEventArray, openRingBuf, openUserRingBuf, probeFeatures } from "@rbgen/native";
import { isRingBufError, PerfEventReader, RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { anyBytes } from "../testkit/src/contract/codecs.ts";
const control = openSync(process.env.RBGEN_FAULTS, "r+");
const arm = (target, error) => writeSync(control, new Uint8Array(Int32Array.of(target, 0, error, 0).buffer), 0, 16, 0);
const faults = () => {
  const bytes = Buffer.alloc(48);
  readSync(control, bytes, 0, 48, 0);
  return { count: bytes.readUInt32LE(4), hit: bytes.readUInt32LE(12) === 1, name: bytes.toString("latin1", 16).replace(/\\0.*/s, "") };
};
const linked = (fd) => { try { return readlinkSync("/proc/self/fd/" + fd); } catch { return ""; } };
const held = () => ({
  descriptors: readdirSync("/proc/self/fd").map(linked).filter((name) => /bpf|event|fdinfo|\\.o$/.test(name)).length,
  mappings: readFileSync("/proc/self/maps", "utf8").split("\\n").filter((line) => /bpf|perf_event/.test(line)).length,
});
const hit = {};
const everyFault = async (error, scenario) => {
  const run = async () => {
    const open = [];
    const use = (thing) => { open.push(thing); return thing; };
    try { return await scenario(use); } finally { for (const thing of open.reverse()) thing.close(); }
  };
  const expected = await run();
  await turn();
  const before = held();
  for (let target = 1; ; target++) {
    arm(target, constants.errno[error]);
    let ended;
    try { ended = await run(); } catch (thrown) { ended = thrown; }
    const { hit: failed, name } = faults();
    arm(0, 0);
    await turn();
    const where = scenario + " with " + error + " from call " + target + ", " + name + ": ";
    if (ended instanceof Error) {
      if (!isRingBufError(ended)) throw new Error(where + ended.stack);
      if (!failed || ![error, "ENOMEM"].includes(ended.code)) throw new Error(where + ended.code + " " + ended.message);
    } else if (ended !== expected) throw new Error(where + "gave " + ended + " in place of " + expected);
    const after = held();
    if (after.descriptors > before.descriptors || after.mappings > before.mappings) {
      throw new Error(where + JSON.stringify({ before, after }));
    }
    if (!failed) return;
    hit[name] = (hit[name] ?? 0) + 1;
  }
};
`;

describeWith(["kernel", "clang", "gcc", "libbpf"], "every call of the addon that fails once", () => {
  let folder: string;
  let shim: string;
  let object: string;
  let perfObject: string;
  let bpffs: PrivateBpffs;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-faults-"));
    shim = join(folder, "faults.so");
    const source = fileURLToPath(new URL("../../../testkit/src/native/faults.c", import.meta.url));
    execFileSync("gcc", ["-O1", "-shared", "-fPIC", "-fno-builtin", source, "-o", shim, "-ldl"]);
    object = join(folder, "object.bpf.o");
    writeFileSync(object, compileBeside("object.bpf.c"));
    perfObject = join(folder, "perf.bpf.o");
    writeFileSync(perfObject, compileBeside("perf.bpf.c"));
    bpffs = new PrivateBpffs();
  });
  afterAll(() => {
    bpffs.close();
    rmSync(folder, { recursive: true });
  });

  /** The calls that failed, by name. */
  async function passes(script: string, more: Record<string, string> = {}): Promise<string[]> {
    const control = join(folder, "control");
    writeFileSync(control, new Uint8Array(4096));
    const env = { LD_PRELOAD: shim, RBGEN_FAULTS: control, ...more };
    const done = await runChild(`${prelude}\n${script}\nconsole.log(JSON.stringify(hit));`, { env });
    expect(done).toMatchObject({ code: 0, signal: null, stderr: "" });
    return Object.keys(JSON.parse(done.stdout));
  }

  test.each([
    ["lent", {}],
    ["copied", { RBGEN_COPY_RINGS: "1" }],
  ])("ends in a typed error, and leaves nothing, of %s rings", async (_, env) => {
    const path = JSON.stringify(bpffs.path(`pinned-${_}`));
    const failed = await passes(
      `
      const kept = createRingBuf({ name: "kept", maxEntries: 4096 }); kept.pin(${path});
      const user = createUserRingBuf({ name: "user", maxEntries: 4096 });
      const handle = kept.handle();
      const scenarios = [
        (use) => use(createRingBuf({ name: "made", maxEntries: 4096 })).name,
        (use) => use(openRingBuf({ fd: kept.fd })).id,
        (use) => use(openRingBuf({ id: kept.id })).id,
        (use) => use(openRingBuf({ pinned: ${path} })).id,
        (use) => use(openUserRingBuf({ fd: user.fd })).id,
        (use) => use(attachRingBuf(handle)).id,
        async (use) => {
          const reader = use(new RingBufReader(kept, anyBytes));
          return reader.consume(() => undefined) + (await reader.poll(() => undefined, { timeoutMs: 1 }));
        },
        (use) => use(new RingBufReader(kept, anyBytes)).pollSync(() => undefined, { timeoutMs: 1 }),
        (use) => {
          const ring = use(createUserRingBuf({ name: "written", maxEntries: 4096 }));
          const writer = use(new UserRingBufWriter(ring, anyBytes));
          writer.write(new Uint8Array(8));
          return writer.tryWrite(new Uint8Array(16));
        },
      ];
      for (const error of ["ENOMEM", "EMFILE", "EPERM"]) for (const scenario of scenarios) await everyFault(error, scenario);
      // what is missing is an answer there, whatever is missing
      for (let target = 1, more = true; more; target++) {
        arm(target, constants.errno.ENOMEM);
        if (typeof probeFeatures().ringBuf.found !== "string") throw new Error("no answer");
        more = faults().hit;
      }`,
      env,
    );
    const calls = [
      "bpf",
      "epoll_create1",
      "epoll_ctl",
      "fcntl",
      "malloc",
      "calloc",
      "mmap",
      "open of fdinfo",
      "read of fdinfo",
    ];
    expect(failed).toEqual(expect.arrayContaining(calls));
  });

  test("ends in a typed error, and leaves nothing, of an object", async () => {
    const failed = await passes(`
      const file = ${JSON.stringify(object)};
      const scenarios = [
        async (use) => {
          const object = use(await BpfObject.load(file, { rodata: { threshold: 100 } }));
          const reader = use(new RingBufReader(object.ringBuf("events"), anyBytes));
          const word = new Uint8Array(Uint32Array.of(0, 7).buffer);
          object.program("send").run({ context: word });
          object.global("counter").set(object.global("counter").get() + 1);
          object.array("plain").set(0, object.array("plain").get(0));
          const inner = use(createRingBuf({ name: "inner", maxEntries: 4096 }));
          object.mapOfMaps("tenants").set(1, inner);
          if (object.mapOfMaps("tenants").idOf(1) !== inner.id) throw new Error("another map");
          checkLayout(object.ringBuf("events"), { layout: { name: "none", size: 0, endian: "little", leaves: [] } });
          return reader.consume(() => undefined);
        },
      ];
      for (const error of ["ENOMEM", "EMFILE", "EACCES"]) for (const scenario of scenarios) await everyFault(error, scenario);`);
    expect(failed).toEqual(expect.arrayContaining(["bpf", "malloc", "open", "pread", "lseek", "fcntl", "mmap"]));
  });

  test.each([
    ["lent", {}],
    ["copied", { RBGEN_COPY_RINGS: "1" }],
  ])("ends in a typed error, and leaves nothing, of perf events, their rings %s", async (_, env) => {
    const failed = await passes(
      `
      const object = await BpfObject.load(${JSON.stringify(perfObject)});
      const map = object.perfEventArray("events");
      const send = () => object.program("send").run({ context: new Uint8Array(BigUint64Array.of(1n, 2n, 8n, 0xffffffffn, 0n).buffer), cpu: 0 });
      const scenarios = [
        (use) => use(openPerfEventArray({ fd: map.fd })).id,
        async (use) => {
          const reader = use(new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 }));
          send();
          return reader.consume(() => undefined) + (await reader.poll(() => undefined, { timeoutMs: 1 }));
        },
        (use) => use(new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 })).pollSync(() => undefined, { timeoutMs: 1 }),
        (use) => {
          const { lost, delivered } = use(new PerfEventReader(map, anyBytes, { pagesPerCpu: 1 })).stats();
          return lost + delivered;
        },
      ];
      for (const error of ["ENOMEM", "EMFILE", "EACCES"]) for (const scenario of scenarios) await everyFault(error, scenario);
      // the map is free, and a reader of it whole
      const reader = new PerfEventReader(map, anyBytes);
      send();
      if (reader.consume(() => undefined) !== 2) throw new Error("not read");`,
      env,
    );
    const calls = [
      "perf_event_open",
      "mmap",
      "ioctl",
      "bpf",
      "malloc",
      "calloc",
      "epoll_ctl",
      "epoll_create1",
      "fcntl",
    ];
    expect(failed).toEqual(expect.arrayContaining(calls));
  });

  test("ends in a typed error where a thread waits for wake-ups", async () => {
    const failed = await passes(`
      const { wakeUpPolicy } = await import("./src/ring/wake-ups.ts");
      wakeUpPolicy.onThread = true;
      for (const error of ["EMFILE", "EAGAIN"]) await everyFault(error, async (use) => {
        const ring = use(createRingBuf({ name: "threaded", maxEntries: 4096 }));
        return use(new RingBufReader(ring, anyBytes)).poll(() => undefined, { timeoutMs: 1 });
      });`);
    expect(failed).toEqual(expect.arrayContaining(["eventfd", "pthread_create", "poll"]));
  });
});
