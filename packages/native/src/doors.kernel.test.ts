import { fileURLToPath } from "node:url";
import { type Btf, parseBtf } from "@rbgen/btf";
import { isRingBufError, RingBufError } from "@rbgen/runtime";
import { afterAll, beforeAll } from "vitest";
import { selftestSample } from "../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../testkit/src/index.ts";
import { compileBeside } from "../../testkit/src/native/kernel-side.ts";
import { type DoorRow, type DoorTable, describeDoors } from "../../testkit/src/parameters/describe-doors.ts";
import type { ValueKind } from "../../testkit/src/parameters/hostile-values.ts";
import {
  attachRingBuf,
  attachUserRingBuf,
  BpfObject,
  checkLayout,
  createRingBuf,
  createUserRingBuf,
  formatFeatures,
  kernelTypes,
  type Link,
  layoutDrift,
  openPerfEventArray,
  openRingBuf,
  openUserRingBuf,
  parseTraceLine,
  tracePipe,
} from "./index.ts";

const takes = (...kinds: ValueKind[]): ((call: DoorRow["call"]) => DoorRow) => {
  return (call) => ({ takes: kinds, call });
};
const nothing = takes();
const options = takes("object", "nothing");
const told = "told by whoever makes the error";

describeWith(["kernel", "clang", "libbpf"], "what native is given", () => {
  let bytes: Uint8Array;
  let object: BpfObject;
  let btf: Btf;
  let perf: BpfObject;
  let iterators: BpfObject;
  let attached: BpfObject;
  beforeAll(async () => {
    bytes = compileBeside("object.bpf.c");
    btf = parseBtf(bytes);
    object = await BpfObject.load(bytes);
    perf = await BpfObject.load(compileBeside("perf.bpf.c"));
    iterators = await BpfObject.load(compileBeside("iterators.bpf.c"));
    attached = await BpfObject.load(compileBeside("attach.bpf.c"));
  });
  afterAll(() => {
    object.close();
    perf.close();
    iterators.close();
    attached.close();
  });

  const layout = { name: "sample", size: 16, endian: "little", leaves: [] } as const;
  const named = (call: (name: never) => unknown): DoorRow => nothing(call);
  const pin = nothing((path) => object.ringBuf("events").pin(path));

  const ownLink = (): Link => {
    attached.program("sampled").detach();
    return attached
      .program("sampled")
      .attachPerfEvent({ type: "software", config: 0, samplePeriod: 2 ** 40, pid: process.pid });
  };

  /** What is not told is stdout, which some kernels lack. */
  const readStream = (stream: never): string => {
    if (stream === undefined) throw new RingBufError("stdout", { code: "EINVAL" });
    return object.program("send").readStream(stream);
  };

  const table: DoorTable = {
    "BpfArrayMap.set(value)": takes("bytes")((value) => object.array("plain").set(0, value)),
    "BpfHashMap.set(value)": takes("bytes")((value) => object.hash("table").set(1, value)),
    "BpfMapOfMaps.set(inner)": nothing((inner) => object.mapOfMaps("tenants").set(1, inner)),
    "BpfObject.array(map)": named((map) => object.array(map)),
    "BpfObject.array(name)": named((name) => object.array(name)),
    "BpfObject.global(named)": named((name) => object.global(name)),
    "BpfObject.global(variable)": named((name) => object.global(name)),
    "BpfObject.hash(map)": named((map) => object.hash(map)),
    "BpfObject.hash(name)": named((name) => object.hash(name)),
    "BpfObject.load(options)": options(async (value) => (await BpfObject.load(bytes, value)).close()),
    "BpfObject.load(source)": nothing(async (value) => (await BpfObject.load(value)).close()),
    "BpfObject.mapOfMaps(named)": named((name) => object.mapOfMaps(name)),
    "BpfObject.open(options)": options((value) => BpfObject.open(bytes, value).close()),
    "BpfObject.open(source)": nothing((value) => BpfObject.open(value).close()),
    "BpfObject.perfEventArray(named)": named((name) => perf.perfEventArray(name)),
    "BpfObject.program(named)": named((name) => object.program(name)),
    "BpfObject.ringBuf(named)": named((name) => object.ringBuf(name)),
    "BpfObject.userRingBuf(named)": named((name) => object.userRingBuf(name)),
    "BpfProgram.attachCgroup(options)": nothing((value) => attached.program("leaving").attachCgroup(value)),
    "BpfProgram.attachKprobe(options)": nothing((value) => attached.program("kernel_function").attachKprobe(value)),
    "BpfProgram.attachKprobeMulti(options)": nothing((value) =>
      attached.program("kernel_function").attachKprobeMulti(value),
    ),
    "BpfProgram.attachPerfEvent(options)": nothing((value) => attached.program("sampled").attachPerfEvent(value)),
    "BpfProgram.attachRawTracepoint(options)": nothing((value) =>
      attached.program("traced_raw").attachRawTracepoint(value),
    ),
    "BpfProgram.attachTc(options)": nothing((value) => attached.program("passing").attachTc(value)),
    "BpfProgram.attachTracepoint(options)": nothing((value) => attached.program("traced").attachTracepoint(value)),
    "BpfProgram.attachUprobe(options)": nothing((value) => attached.program("entered").attachUprobe(value)),
    "BpfProgram.attachUsdt(options)": nothing((value) => attached.program("probed").attachUsdt(value)),
    "BpfProgram.attachXdp(options)": nothing((value) => attached.program("arriving").attachXdp(value)),
    "BpfProgram.autoload(on)": takes("boolean")((on) => {
      using opened = BpfObject.open(bytes);
      opened.program("send").autoload(on);
    }),
    "BpfProgram.iterate(codec)": nothing((codec) => iterators.program("tasks").iterate(codec)),
    "BpfProgram.iterate(target)": options((target) =>
      iterators.program("tasks").iterate(selftestSample, target).close(),
    ),
    "BpfProgram.iterateLines(target)": options((target) => iterators.program("lines").iterateLines(target).close()),
    "BpfIterator.consume(handler)": takes("function")((handler) => {
      using tasks = iterators.program("tasks").iterate(selftestSample, { task: { tid: 2 ** 31 - 1 } });
      return tasks.consume(handler);
    }),
    "BpfProgram.readStream(stream)": nothing((stream) => readStream(stream)),
    "BpfProgram.run(input)": options((input) => object.program("send").run(input)),
    "BpfProgram.runInPlace(context)": takes("bytes")((context) => object.program("send").runInPlace(context)),
    "KernelMap.pin(path)": pin,
    "KernelRing.pin(path)": pin,
    "Link.pin(path)": nothing((path) => ownLink().pin(path)),
    "Link.update(program)": nothing((program) => ownLink().update(program)),
    "NativePerfEventArrayMap.pin(path)": nothing((path) => perf.perfEventArray("events").pin(path)),
    "NativeRingBufMap.pin(path)": pin,
    "NativeUserRingBufMap.pin(path)": nothing((path) => object.userRingBuf("commands").pin(path)),
    "attachRingBuf(handle)": nothing((handle) => attachRingBuf(handle)),
    "attachUserRingBuf(handle)": nothing((handle) => attachUserRingBuf(handle)),
    "checkLayout(codec)": nothing((codec) => checkLayout(object.ringBuf("events"), codec)),
    "checkLayout(map)": nothing((map) => checkLayout(map, { layout })),
    "createRingBuf(definition)": nothing((definition) => createRingBuf(definition)),
    "createUserRingBuf(definition)": nothing((definition) => createUserRingBuf(definition)),
    "formatFeatures(features)": nothing((features) => formatFeatures(features)),
    "kernelTypes(map)": nothing((map) => kernelTypes(map)),
    "layoutDrift(btf)": nothing((value) => layoutDrift(layout, value)),
    "layoutDrift(layout)": nothing((value) => layoutDrift(value, btf)),
    "new BpfLoadError(log)": told,
    "new BpfLoadError(message)": told,
    "new BpfLoadError(syscall)": told,
    "openPerfEventArray(reference)": nothing((reference) => openPerfEventArray(reference)),
    "parseTraceLine(line)": takes("string")((line) => parseTraceLine(line)),
    "tracePipe(options)": options((value) => tracePipe(value)),
    "openRingBuf(reference)": nothing((reference) => openRingBuf(reference)),
    "openUserRingBuf(reference)": nothing((reference) => openUserRingBuf(reference)),
  };

  describeDoors([fileURLToPath(new URL("./index.ts", import.meta.url))], table, (error) => isRingBufError(error));
});
