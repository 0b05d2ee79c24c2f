export type { Btf, TypeOf } from "./btf.ts";
export { byteOrderOfName } from "./byte-order.ts";
export { type ClosureOptions, closureOf, references } from "./closure.ts";
export { compareLayouts, effectOf, type LayoutDrift, type LayoutEffect } from "./compare-layouts.ts";
export { type ParseOptions, parseBtf } from "./decode.ts";
export { formatDefinition } from "./definition.ts";
export { formatDefinitions } from "./definitions.ts";
export { describeDifference, diffLayouts, type LayoutDifference } from "./diff.ts";
export { Elf, type ElfSection, type ElfSymbol, isElf, readElf } from "./elf.ts";
export { type EncodeOptions, encodeBtf } from "./encode.ts";
export { BtfError, type BtfErrorCode, type BtfErrorPlace } from "./error.ts";
export { formatType, underlyingName } from "./format.ts";
export { checkKernelRules } from "./kernel-rules.ts";
export {
  alignOf,
  type BitFieldStorage,
  bitFieldStorage,
  bitSizeOf,
  type Hole,
  holesOf,
  inOrder,
  isFlexible,
  isPacked,
  paddingOf,
  resolve,
  sizeOf,
  skipQualifiers,
} from "./layout.ts";
export {
  describeLayout,
  hashLayout,
  type LayoutDescriptor,
  type LayoutLeaf,
  layoutOf,
  type ScalarClass,
  type TypeGraph,
} from "./layout-descriptor.ts";
export { type Leaf, leavesOf } from "./leaves.ts";
export { type MapTypeName, mapTypeName, mapTypeNames, mapTypeNumber } from "./map-types.ts";
export { sanitizeBtf } from "./sanitize.ts";
export type * from "./types.ts";
export type { Bits, Bytes } from "./units.ts";
export { bits, bytes, toBits } from "./units.ts";
