export type * from "./types.ts";
export type { Bits, Bytes } from "./units.ts";
export { bits, bytes, toBits } from "./units.ts";
