export type { MapReference, RingDefinition } from "./open.ts";
export {
  attachRingBuf,
  attachUserRingBuf,
  createRingBuf,
  createUserRingBuf,
  openRingBuf,
  openUserRingBuf,
} from "./open.ts";
export type { NativeRingBufMap, NativeUserRingBufMap, RingHandle } from "./ring-map.ts";
