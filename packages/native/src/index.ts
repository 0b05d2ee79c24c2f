export type { GlobalValue } from "@rbgen/runtime/backend";
export type { CgroupOptions } from "./attach/cgroup.ts";
export type { KprobeMultiOptions, KprobeOptions } from "./attach/kprobe.ts";
export { Link } from "./attach/link.ts";
export type { TcOptions, XdpOptions } from "./attach/network.ts";
export type { PerfEventOptions } from "./attach/perf-event.ts";
export type { RawTracepointOptions, TracepointOptions } from "./attach/tracepoint.ts";
export type { UprobeOptions } from "./attach/uprobe.ts";
export type { UsdtOptions } from "./attach/usdt.ts";
export type { KernelMap } from "./kernel/claimed-map.ts";
export { type DoctorReport, doctor } from "./kernel/doctor.ts";
export { type Feature, type Features, formatFeatures, probeFeatures } from "./kernel/features.ts";
export { checkLayout, type HasLayout, type KernelTypes, kernelTypes } from "./kernel/kernel-layouts.ts";
export { layoutDrift } from "./kernel/layout-drift.ts";
export { BpfLoadError } from "./kernel/libbpf.ts";
export type { MapInfo } from "./kernel/map-commands.ts";
export type { Trials } from "./kernel/trials.ts";
export { BpfArrayMap } from "./object/array-map.ts";
export { BpfIterator } from "./object/bpf-iterator.ts";
export { GlobalVariable } from "./object/global-variable.ts";
export { BpfHashMap } from "./object/hash-map.ts";
export type { IteratorTarget } from "./object/iterator-target.ts";
export { BpfMapOfMaps, type HasDescriptor } from "./object/map-of-maps.ts";
export { BpfObject } from "./object/object.ts";
export type { MapOptions, Named, ObjectOptions } from "./object/object-options.ts";
export { BpfProgram, type ProgramInput, type ProgramOutput } from "./object/program.ts";
export { type NativePerfEventArrayMap, openPerfEventArray } from "./perf/perf-map.ts";
export type { MapReference, RingDefinition } from "./ring/open-ring.ts";
export {
  attachRingBuf,
  attachUserRingBuf,
  createRingBuf,
  createUserRingBuf,
  openRingBuf,
  openUserRingBuf,
} from "./ring/open-ring.ts";
export type { KernelRing, NativeRingBufMap, NativeUserRingBufMap, RingHandle } from "./ring/ring-map.ts";
export { parseTraceLine } from "./trace/trace-line.ts";
export { type TracePipeOptions, tracePipe } from "./trace/trace-pipe.ts";
