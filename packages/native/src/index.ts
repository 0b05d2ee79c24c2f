export { BpfArrayMap } from "./array-map.ts";
export { type DoctorReport, doctor } from "./doctor.ts";
export { type Feature, type Features, formatFeatures, probeFeatures } from "./features.ts";
export { GlobalVariable } from "./global-variable.ts";
export type { MapInfo } from "./kernel.ts";
export { checkLayout, type HasLayout } from "./kernel-layouts.ts";
export { layoutDrift } from "./layout-drift.ts";
export { BpfLoadError } from "./libbpf.ts";
export { Link } from "./link.ts";
export { BpfMapOfMaps, type HasDescriptor } from "./map-of-maps.ts";
export { BpfObject } from "./object.ts";
export type { MapOptions, Named, ObjectOptions } from "./object-options.ts";
export type { MapReference, RingDefinition } from "./open.ts";
export {
  attachRingBuf,
  attachUserRingBuf,
  createRingBuf,
  createUserRingBuf,
  openRingBuf,
  openUserRingBuf,
} from "./open.ts";
export { BpfProgram, type ProgramInput, type ProgramOutput } from "./program.ts";
export type { KernelRing, NativeRingBufMap, NativeUserRingBufMap, RingHandle } from "./ring-map.ts";
export type { GlobalValue } from "./scalar-format.ts";
