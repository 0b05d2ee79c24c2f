import { closeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseBtf } from "@rbgen/btf";
import { isRingBufError } from "@rbgen/runtime";
import { afterAll, beforeAll } from "vitest";
import { selftestSample } from "../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../testkit/src/index.ts";
import { compileBeside } from "../../testkit/src/native/kernel-side.ts";
import { ProbedProgram } from "../../testkit/src/native/probed-program.ts";
import { describeNumbers } from "../../testkit/src/parameters/describe-numbers.ts";
import type { NumberRow, NumberTable } from "../../testkit/src/parameters/wrong-numbers.ts";
import {
  type BpfArrayMap,
  type BpfHashMap,
  type BpfMapOfMaps,
  BpfObject,
  checkLayout,
  createRingBuf,
  createUserRingBuf,
  type IteratorTarget,
  kernelTypes,
  layoutDrift,
  type MapReference,
  type NativePerfEventArrayMap,
  type ObjectOptions,
  openPerfEventArray,
  openRingBuf,
  openUserRingBuf,
  type PerfEventOptions,
  type RingDefinition,
  tracePipe,
  type UprobeOptions,
  type UsdtOptions,
} from "./index.ts";

const u32 = 2 ** 32 - 1;
const descriptor = { least: 0, most: 2 ** 31 - 1 } as const;
const word = { least: 0, most: u32 } as const;
const told = "told by whoever makes the error";
const elsewhere = "the object's own symbols tell it: what a generated descriptor says is not looked at";
const ofKernel = "the kernel tells it: what a generated descriptor says is not looked at";

describeWith(["kernel", "clang", "gcc", "libbpf"], "a number that native is given", () => {
  let bytes: Uint8Array;
  let object: BpfObject;
  let senders: BpfObject;
  let iterators: BpfObject;
  let attached: BpfObject;
  let probed: ProbedProgram;
  let plain: BpfArrayMap;
  let tenants: BpfMapOfMaps;
  let hash: BpfHashMap;
  let sums: BpfHashMap;
  let events: NativePerfEventArrayMap;
  const ring = createLazily(() => createRingBuf({ name: "ring", maxEntries: 4096 }));
  const user = createLazily(() => createUserRingBuf({ name: "user", maxEntries: 4096 }));
  beforeAll(async () => {
    bytes = compileBeside("object.bpf.c");
    object = await BpfObject.load(bytes);
    senders = await BpfObject.load(compileBeside("perf.bpf.c"));
    iterators = await BpfObject.load(compileBeside("iterators.bpf.c"));
    attached = await BpfObject.load(compileBeside("attach.bpf.c"));
    probed = new ProbedProgram();
    plain = object.array("plain");
    tenants = object.mapOfMaps("tenants");
    hash = object.hash("table");
    sums = object.hash("sums");
    events = senders.perfEventArray("events");
  });
  afterAll(() => {
    for (const opened of [object, senders, iterators, attached, probed, ring(), user()]) opened.close();
  });

  const layout = { name: "sample", size: 16, endian: "little", leaves: [] } as const;
  const four = (): Uint8Array => new Uint8Array(4);
  const element = (): Uint8Array => new Uint8Array(plain.info.valueSize);

  function targetRows(
    name: string,
    iterate: (program: "tasks" | "groups", target: IteratorTarget) => { close(): void },
  ): NumberTable {
    return {
      [`${name}(target.map.fd)`]: "not every kernel loads a program of iter/bpf_map_elem",
      [`${name}(target.cgroup.fd)`]: {
        ...{ ...descriptor, good: 0, optional: true },
        call: (fd) => iterate("groups", { cgroup: { fd, order: "self" } }).close(),
      },
      [`${name}(target.cgroup.id)`]: {
        ...{ kind: "bigint", least: 0n, most: 2n ** 64n - 1n, good: 0n, optional: true },
        call: (id) => iterate("groups", { cgroup: { id, order: "self" } }).close(),
      },
      [`${name}(target.task.pid)`]: {
        ...{ ...word, good: process.pid, optional: true },
        call: (pid) => iterate("tasks", { task: { pid } }).close(),
      },
      [`${name}(target.task.tid)`]: {
        ...{ ...word, good: process.pid, optional: true },
        call: (tid) => iterate("tasks", { task: { tid } }).close(),
      },
    };
  }

  function openRows(
    name: string,
    open: (reference: MapReference) => { close(): void },
    map: () => { readonly fd: number; readonly id: number },
  ): NumberTable {
    return {
      [`${name}(reference.fd)`]: {
        ...descriptor,
        get good() {
          return map().fd;
        },
        call: (fd) => open({ fd }).close(),
      },
      [`${name}(reference.id)`]: {
        ...word,
        get good() {
          return map().id;
        },
        call: (id) => open({ id }).close(),
      },
    };
  }

  function createRows(name: string, create: (definition: RingDefinition) => { close(): void }): NumberTable {
    return {
      [`${name}(definition.maxEntries)`]: {
        ...{ good: 8192, least: 4096, most: 2 ** 31 },
        call: (maxEntries) => create({ name: "made", maxEntries }).close(),
      },
      [`${name}(definition.flags)`]: {
        ...{ good: 0, optional: true, ...word },
        call: (flags) => create({ name: "made", maxEntries: 4096, flags }).close(),
      },
    };
  }

  function objectRows(name: string, open: (options: ObjectOptions) => Promise<BpfObject>): NumberTable {
    const row = (rest: Omit<NumberRow, "call">, options: (value: never) => ObjectOptions): NumberRow =>
      withCall(rest, async (value) => (await open(options(value))).close());
    return {
      [`${name}(options.maps[name].maxEntries)`]: row({ ...{ good: 8192, optional: true, ...word } }, (maxEntries) => ({
        maps: { events: { maxEntries } },
      })),
      [`${name}(options.maps[name].valueSize)`]: row({ ...{ good: 8, optional: true, ...word } }, (valueSize) => ({
        maps: { plain: { valueSize } },
      })),
      [`${name}(options.maps[name].reuse.fd)`]: row(ofRing, (fd) => ({ maps: { events: { reuse: { fd } } } })),
      [`${name}(options.maps[name].inner.fd)`]: row(ofRing, (fd) => ({ maps: { tenants: { inner: { fd } } } })),
      [`${name}(options.maps[name].inner.maxEntries)`]: row({ good: 8192, ...word }, (maxEntries) => ({
        maps: { tenants: { inner: { maxEntries } } },
      })),
      [`${name}(options.rodata[name])`]: row({ good: 100, least: 0, either: true }, (threshold) => ({
        rodata: { threshold },
      })),
    };
  }

  const key: Omit<NumberRow, "call"> = { good: 1, ...word };
  const ofRing: Omit<NumberRow, "call"> = {
    ...descriptor,
    get good() {
      return ring().fd;
    },
  };

  const signed = { least: 0, most: 2 ** 31 - 1, optional: true } as const;
  const cookie = { kind: "bigint", least: 0n, most: 2n ** 64n - 1n, good: 2n ** 63n, optional: true } as const;
  const event = { type: 1, config: 0, samplePeriod: 2 ** 40, pid: process.pid } as const;
  const attach = (options: Partial<PerfEventOptions>) =>
    attached
      .program("sampled")
      .attachPerfEvent({ ...event, ...options })
      .close();
  const probe = (options: Partial<UprobeOptions>) =>
    attached
      .program("entered")
      .attachUprobe({ path: probed.path, symbol: "handle_request", ...options })
      .close();
  const shop = (options: Partial<UsdtOptions>) =>
    attached
      .program("probed")
      .attachUsdt({ path: probed.path, provider: "shop", name: "request_start", ...options })
      .close();
  const someKernels =
    "not every kernel has kprobes, nor every system tracefs: attach.kernel.test.ts tries what is there";

  const table: NumberTable = {
    ...createRows("createRingBuf", createRingBuf),
    ...createRows("createUserRingBuf", createUserRingBuf),
    ...openRows("openRingBuf", openRingBuf, ring),
    ...openRows("openUserRingBuf", openUserRingBuf, user),
    ...openRows("openPerfEventArray", openPerfEventArray, () => events),
    "BpfArrayMap.get(index)": { good: 0, least: 0, most: 2, call: (index) => plain.get(index) },
    "BpfArrayMap.values(index)": { good: 0, least: 0, most: 2, call: (index) => plain.values(index) },
    "BpfArrayMap.set(index)": { good: 0, least: 0, most: 2, call: (index) => plain.set(index, element()) },
    "BpfArrayMap.sum(index)": { good: 0, least: 0, most: 2, call: (index) => plain.sum(index) },
    "BpfArrayMap.sum(byteOffset)": { good: 0, least: 0, optional: true, call: (offset) => plain.sum(0, offset) },
    "BpfHashMap.get(key)": { ...key, call: (value) => hash.get(value) },
    "BpfHashMap.values(key)": { ...key, call: (value) => hash.values(value) },
    "BpfHashMap.set(key)": {
      ...key,
      call(value) {
        hash.set(value, four());
        hash.delete(value);
      },
    },
    "BpfHashMap.set(flags)": {
      ...{ good: 0, least: 0, most: 1, optional: true },
      call(flags) {
        hash.delete(1);
        hash.set(1, four(), flags);
      },
    },
    "BpfHashMap.delete(key)": { ...key, call: (value) => hash.delete(value) },
    "BpfHashMap.sum(key)": { ...key, call: (value) => sums.sum(value) },
    "BpfHashMap.sum(byteOffset)": { good: 0, least: 0, optional: true, call: (offset) => sums.sum(1, offset) },
    "BpfMapOfMaps.delete(key)": { ...key, call: (value) => tenants.delete(value) },
    "BpfMapOfMaps.idOf(key)": { ...key, call: (value) => tenants.idOf(value) },
    "BpfMapOfMaps.set(key)": { ...key, call: (value) => tenants.set(value, ring()) },
    "BpfMapOfMaps.descriptorOf(key)": {
      ...key,
      call(value) {
        tenants.set(1, ring());
        closeSync(tenants.descriptorOf(value) as number);
      },
    },
    "BpfMapOfMaps.set(inner.fd)": withCall(ofRing, (fd) => tenants.set(1, { fd })),
    ...objectRows("BpfObject.open", async (options) => BpfObject.open(bytes, options)),
    ...objectRows("BpfObject.load", (options) => BpfObject.load(bytes, options)),
    "GlobalVariable.set(value)": {
      ...{ good: 100, least: 0, either: true },
      call: (value) => object.global("counter").set(value),
    },
    "BpfObject.array(map.mapFlags)": ofKernel,
    "BpfObject.array(map.maxEntries)": ofKernel,
    "BpfObject.hash(map.mapFlags)": ofKernel,
    "BpfObject.hash(map.maxEntries)": ofKernel,
    "BpfObject.global(named.offset)": elsewhere,
    "BpfObject.global(named.size)": elsewhere,
    "BpfObject.global(variable.offset)": elsewhere,
    "BpfObject.global(variable.size)": elsewhere,
    ...targetRows("BpfProgram.iterate", (name, target) => iterators.program(name).iterate(selftestSample, target)),
    ...targetRows("BpfProgram.iterateLines", (name, target) => iterators.program(name).iterateLines(target)),
    "BpfProgram.run(input.cpu)": {
      ...{ good: 0, optional: true, ...word },
      call: (cpu) => senders.program("send").run({ context: new Uint8Array(40), cpu }),
    },
    "BpfProgram.run(input.repeat)": {
      ...{ good: 2, least: 1, most: u32, optional: true },
      call: (repeat) => object.program("length").run({ data: new Uint8Array(64), repeat }),
    },
    "BpfProgram.attachCgroup(options.fd)": "attach.kernel.test.ts makes a control group of its own",
    "BpfProgram.attachKprobe(options.cookie)": someKernels,
    "BpfProgram.attachKprobe(options.offset)": someKernels,
    "BpfProgram.attachTracepoint(options.cookie)": someKernels,
    "BpfProgram.attachRawTracepoint(options.cookie)": "a cookie takes Linux 6.10 there",
    "tracePipe(options.pollMs)": {
      ...{ good: 5, least: 0, most: 2 ** 31 - 1, fraction: true, optional: true },
      call: (pollMs) => tracePipe({ pollMs }),
    },
    "Link.update(program.fd)": "attach.kernel.test.ts gives another program to a link that takes one",
    "BpfProgram.attachPerfEvent(options.type)": { good: 1, ...word, call: (type) => attach({ type }) },
    "BpfProgram.attachPerfEvent(options.config)": {
      good: 0,
      least: 0,
      either: true,
      call: (config) => attach({ config }),
    },
    "BpfProgram.attachPerfEvent(options.samplePeriod)": {
      ...{ good: 2 ** 40, least: 0, either: true, optional: true },
      call: (samplePeriod) => attach({ samplePeriod }),
    },
    "BpfProgram.attachPerfEvent(options.sampleFreq)": {
      ...{ good: 1, least: 0, most: u32, optional: true },
      call: (sampleFreq) => attach({ samplePeriod: undefined, sampleFreq }),
    },
    "BpfProgram.attachPerfEvent(options.pid)": { good: process.pid, ...signed, call: (pid) => attach({ pid }) },
    "BpfProgram.attachPerfEvent(options.cpu)": { good: 0, ...signed, call: (cpu) => attach({ cpu }) },
    "BpfProgram.attachPerfEvent(options.cookie)": { ...cookie, call: (value) => attach({ cookie: value }) },
    "BpfProgram.attachUprobe(options.pid)": { good: process.pid, ...signed, call: (pid) => probe({ pid }) },
    "BpfProgram.attachUprobe(options.offset)": {
      ...{ good: 0, least: 0, optional: true },
      call: (offset) => probe({ offset }),
    },
    "BpfProgram.attachUprobe(options.cookie)": { ...cookie, call: (value) => probe({ cookie: value }) },
    "BpfProgram.attachUsdt(options.pid)": { good: process.pid, ...signed, call: (pid) => shop({ pid }) },
    "BpfProgram.attachUsdt(options.cookie)": { ...cookie, call: (value) => shop({ cookie: value }) },
    "checkLayout(map.info.id)": {
      ...{ good: 1, ...word },
      call: (id) => checkLayout({ info: { name: "map", btfId: 0, id } }, { layout }),
    },
    "checkLayout(map.info.btfId)": {
      ...{ good: 0, ...word },
      call: (btfId) => checkLayout({ info: { name: "map", btfId, id: 1 } }, { layout }),
    },
    "checkLayout(map.info.type)": {
      ...{ good: 27, optional: true, ...word },
      call: (type) => checkLayout({ info: { name: "map", btfId: 0, id: 1, type } }, { layout }),
    },
    "checkLayout(codec.layout.size)": {
      ...{ good: 16, least: 0 },
      call: (size) => checkLayout(ring(), { layout: { ...layout, size } }),
    },
    "kernelTypes(map.info.id)": {
      ...{ good: 1, ...word },
      call: (id) => kernelTypes({ info: { name: "map", btfId: 0, id } }),
    },
    "kernelTypes(map.info.btfId)": {
      ...{ good: 0, ...word },
      call: (btfId) => kernelTypes({ info: { name: "map", btfId, id: 1 } }),
    },
    "kernelTypes(map.info.type)": {
      ...{ good: 27, optional: true, ...word },
      call: (type) => kernelTypes({ info: { name: "map", btfId: 0, id: 1, type } }),
    },
    "layoutDrift(layout.size)": {
      ...{ good: 16, least: 0 },
      call: (size) => layoutDrift({ ...layout, size }, parseBtf(bytes)),
    },
    "new BpfLoadError(errno)": told,
  };

  describeNumbers([fileURLToPath(new URL("./index.ts", import.meta.url))], table, (error) =>
    ["EINVAL", "EBADF", "EBADFD", "ENOENT", "E2BIG", "ERANGE", "EACCES", "ENXIO"].some((code) =>
      isRingBufError(error, code),
    ),
  );
});

/** `row` with its call, its other members still made when they are asked for. */
function withCall(row: Omit<NumberRow, "call">, call: NumberRow["call"]): NumberRow {
  return Object.defineProperties({ call } as NumberRow, Object.getOwnPropertyDescriptors(row));
}

/** Made when it is first used: rows are put together where there may be no kernel. */
function createLazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
