import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { loadAddon } from "./load-addon.ts";

/** What each export takes first, where that is a handle. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  owner: ["disown"],
  claim: ["release"],
  mapping: [
    ...["unmap", "read", "write", "load", "store", "acquireRecords", "fetchRecords", "releaseRecord", "gatherRecords"],
  ],
  watcher: ["watchRef", "watchEnd"],
  object: ["objectLoad", "objectClose", "objectMaps", "objectPrograms"],
  map: [
    ...["mapName", "mapFd", "mapDefinition", "mapSetMaxEntries", "mapInner", "mapSetInnerFd", "mapReuse"],
    ...["mapSetPinPath", "mapInitialValue", "mapSetInitialValue"],
  ],
  program: [
    "programName",
    "programSection",
    "programFd",
    "programSetAutoload",
    "programAttach",
    "programAttachType",
    "programAttachUsdt",
  ],
  link: ["linkDestroy", "linkFd", "linkPinned"],
};

/** Exports that take descriptors of the process: a number of another's is no wrong kind of argument, but theirs to lose. */
const takesAnything = ["close", "own"];

/** One handle of each kind, those that have ended, and a way to call. */
const prelude = `
import { readFileSync } from "node:fs";
import { BpfObject, createRingBuf } from "@rbgen/native";
import { loadAddon } from "./src/addon/load-addon.ts";
const addon = loadAddon();
const text = (value) => new TextEncoder().encode(value + "\\0");
const page = addon.pageSize();
const ring = createRingBuf({ name: "ring", maxEntries: 4096 });
const mapped = (writable) => addon.map(ring.fd, writable ? 0 : page, page, writable, false).handle;
const set = () => addon.epollCreate();
addon.libbpfOpen();
const opened = () => addon.objectOpen(readFileSync(process.env.OBJECT), text("object"), null);
const closedObject = opened();
const closedMap = addon.objectMaps(closedObject)[0];
const closedProgram = addon.objectPrograms(closedObject)[0];
addon.objectClose(closedObject);
const unmapped = mapped(true); addon.unmap(unmapped, undefined);
const disowned = addon.own(addon.duplicate(ring.fd)); addon.disown(disowned);
const ended = addon.watch(set(), () => {}, false); addon.watchEnd(ended);
const object = opened();
const handles = {
  owner: addon.own(addon.duplicate(ring.fd)),
  claim: addon.claim(1e9),
  mapping: mapped(true),
  watcher: addon.watch(set(), () => {}, false),
  object,
  map: addon.objectMaps(object)[0],
  program: addon.objectPrograms(object)[0],
};
const gone = { mapping: unmapped, object: closedObject, map: closedMap, program: closedProgram };
const detached = new Uint8Array(8); structuredClone(detached.buffer, { transfer: [detached.buffer] });
const shrinking = new ArrayBuffer(64, { maxByteLength: 128 }); const tracking = new Uint8Array(shrinking); shrinking.resize(0);
class Lying extends Uint8Array { get byteLength() { return 2 ** 40; } get length() { return 2 ** 40; } }
const others = [
  undefined, null, true, false, -1, 0, NaN, 1.5, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, "x", "", Symbol("x"), 8n, -1n, 2n ** 64n,
  {}, [], [{}], [1.5], () => {}, new Date(), new Proxy({}, {}), new Uint8Array(0), new Uint8Array(8), new Lying(8), new Uint16Array(8),
  new ArrayBuffer(8), new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(64)), new DataView(new ArrayBuffer(8)), detached, tracking, text("x"),
  ...Object.values(handles), unmapped, closedObject, closedMap, closedProgram, disowned, ended,
];
let state = 7;
const random = (most) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor((state / 2 ** 32) * most); };
`;

describeWith(["kernel", "clang", "libbpf"], "an export of the addon", () => {
  let folder: string;
  let env: Record<string, string>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-arguments-"));
    env = { OBJECT: join(folder, "object.bpf.o") };
    writeFileSync(join(folder, "object.bpf.o"), compileBeside("object.bpf.c"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function passes(script: string): Promise<void> {
    const { code, signal, stderr } = await runChild(`${prelude}\n${script}\nprocess.exit(0);`, { env });
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  }

  test("that takes a handle refuses each of another kind, and each that has ended", async () => {
    await passes(`
      const kinds = ${JSON.stringify(kinds)};
      const rest = [0, 4, new Uint8Array(64), 0n];
      const arguments_ = { read: [0, new Uint8Array(8)], write: [0, new Uint8Array(8)], load: [0, 8], store: [0, 8, 0n],
        acquireRecords: [0, 8, new Uint8Array(4)], fetchRecords: [0, 8, new Uint8Array(8192), new Uint8Array(4)], releaseRecord: [0, 0, new Uint8Array(8192)],
        watchRef: [true], unmap: [undefined], programSetAutoload: [true], programAttachUsdt: [0, text("x"), text("x"), text("x"), 0n], mapSetPinPath: [text("x")], mapSetInitialValue: [new Uint8Array(8)] };
      const refused = (name, handle, what) => {
        try { addon[name](handle, ...(arguments_[name] ?? rest)); } catch (error) {
          if (error instanceof TypeError) return;
          throw new Error(name + " of " + what + ": " + error);
        }
        throw new Error(name + " took " + what);
      };
      for (const [kind, names] of Object.entries(kinds)) {
        for (const name of names) {
          for (const [other, handle] of Object.entries(handles)) if (other !== kind) refused(name, handle, other);
          // to end twice is no fault
          if (kind in gone && !["objectClose", "unmap"].includes(name)) refused(name, gone[kind], "one that is gone");
        }
      }`);
  });

  test("throws or returns, whatever it is called with, and never ends the process", async () => {
    const names = Object.keys(loadAddon()).filter((name) => !takesAnything.includes(name));
    const listed = Object.values(kinds).flat();
    expect(names).toEqual(expect.arrayContaining(listed));
    await passes(`
      for (const name of ${JSON.stringify(names)}) {
        for (let round = 0; round < 3000; round++) {
          const given = Array.from({ length: random(7) }, () => others[random(others.length)]);
          try { addon[name](...given); } catch (error) {
            if (!(error instanceof Error)) throw new Error(name + " threw " + String(error));
          }
        }
      }`);
  });

  test("gathers columns within a ring and their memory, or refuses the plan", async () => {
    await passes(`
      const arrays = () => {
        const made = [new Uint8Array(random(600)), new Int32Array(random(90)), new Float64Array(random(40)), new BigUint64Array(random(40)),
          new Int32Array(2 ** random(6)), new Int32Array(64).fill(random(9)), others[random(others.length)]];
        return Array.from({ length: random(9) }, () => made[random(made.length)]);
      };
      const sizes = [0, 1, 2, 4, 8, 16, 24, 48, 2 ** 31, 2 ** 32 - 1];
      const size = () => sizes[random(sizes.length)];
      let [taken, refused] = [0, 0];
      for (let round = 0; round < 40000; round++) {
        const words = Array.from({ length: 3 * random(4) }, (_, at) => (at % 3 === 0 ? random(4) : random(3) ? 8 * random(3) : size()));
        const plan = new Uint8Array(Uint32Array.from(words).buffer);
        const given = [8 * random(520), 48, random(3) ? 56 : size(), random(3) ? random(60) : size(), random(3) ? random(9) : size(), plan, arrays()];
        if (random(5) === 0) given[random(given.length)] = others[random(others.length)];
        try { addon.gatherRecords(handles.mapping, ...given); taken++; } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          refused++;
        }
      }
      if (taken < 100 || refused < 100) throw new Error(taken + " were taken, " + refused + " refused");`);
  });

  test("takes a number for an integer only where it is one", async () => {
    await passes(`
      for (const wrong of [NaN, 1.5, Infinity, -Infinity, 2 ** 54, "8", 8n, null, undefined, {}]) {
        for (const call of [
          () => addon.duplicate(wrong), () => addon.epollDelete(wrong, 0), () => addon.claim(wrong),
          () => addon.read(handles.mapping, wrong, new Uint8Array(8)), () => addon.load(handles.mapping, wrong, 8),
          () => addon.map(ring.fd, wrong, page, false, false), () => addon.acquireRecords(handles.mapping, 0, wrong, new Uint8Array(4)),
        ]) {
          let thrown;
          try { call(); } catch (error) { thrown = error; }
          if (!(thrown instanceof TypeError)) throw new Error(call + " took " + String(wrong));
        }
      }`);
  });

  test("maps no file beyond its end, where a look at it would end the process", async () => {
    await passes(`
      import { openSync } from "node:fs";
      const fd = openSync(process.env.OBJECT, "r");
      for (const [offset, length] of [[0, 2 ** 30], [2 ** 30, 4096], [-4096, 4096], [0, 0], [0, -1]]) {
        const made = addon.map(fd, offset, length, false, false);
        if (made !== -22) throw new Error("mapped " + length + " bytes at " + offset);
      }`);
  });
});
