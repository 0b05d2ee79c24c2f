export { type MapElementTypes, mapElementTypes } from "./drift/map-element-types.ts";
export {
  describeDrift,
  describeDriftBetween,
  describeUncompared,
  isLayoutDescriptor,
  knowsType,
  type LayoutUse,
  recordDrift,
  recordsOf,
} from "./drift/record-drift.ts";
export type { CodePlace, CodeRange } from "./dwarf/code-place.ts";
export { type DebugInfo, readDebugInfo } from "./dwarf/debug-info.ts";
export type { DebugTypes } from "./dwarf/types.ts";
export type { DebugVariables, FrameVariable, PointerVariable } from "./dwarf/variables.ts";
export { Elf, type ElfSection, type ElfSymbol, readElf } from "./elf/elf.ts";
export { type ElfFunction, functionsOf } from "./elf/functions.ts";
export { bpfRelocationType, type ElfRelocation, relocationsOf } from "./elf/relocations.ts";
export { BtfError, type BtfErrorCode, type BtfErrorPlace } from "./error.ts";
export { type BtfExt, btfExtOf, parseBtfExt } from "./ext/btf-ext.ts";
export type {
  CoreRelocation,
  CoreRelocationKind,
  ExtSection,
  FuncInfo,
  LineInfo,
} from "./ext/records.ts";
export type { Btf, TypeOf } from "./format/btf.ts";
export { type ParseOptions, parseBtf } from "./format/decode.ts";
export { type EncodeOptions, encodeBtf } from "./format/encode.ts";
export { alignOf, isPacked } from "./layout/alignment.ts";
export { type BitFieldStorage, bitFieldStorage } from "./layout/bit-field.ts";
export { byteOrderOfName } from "./layout/byte-order.ts";
export { type ClosureOptions, closureOf } from "./layout/closure.ts";
export { compareLayouts, effectOf, type LayoutDrift, type LayoutEffect } from "./layout/compare-layouts.ts";
export { layOutKconfig } from "./layout/kconfig.ts";
export {
  describeLayout,
  hashLayout,
  type LayoutDescriptor,
  type LayoutLeaf,
  layoutOf,
  type ScalarClass,
  type TypeGraph,
} from "./layout/layout-descriptor.ts";
export { type Leaf, leavesOf } from "./layout/leaves.ts";
export { bitSizeOf, type Hole, holesOf, inOrder, isFlexible, paddingOf } from "./layout/members.ts";
export { type ScalarType, scalarTypeOf } from "./layout/scalar.ts";
export { sizeOf } from "./layout/size.ts";
export { type BareType, resolve, type Stripped, skipQualifiers, strip } from "./layout/strip.ts";
export { type MapTypeName, mapTypeName, mapTypeNames, mapTypeNumber } from "./map-types.ts";
export { describePresent } from "./names/present.ts";
export { meantSection, programSections } from "./names/program-sections.ts";
export { didYouMean, suggest } from "./names/suggest.ts";
export { describeUnknownKey, type KeysOf } from "./names/unknown-key.ts";
export { formatType, underlyingName } from "./text/declaration.ts";
export { formatDefinition } from "./text/definition.ts";
export { formatDefinitions } from "./text/ordered-definitions.ts";
export type * from "./types.ts";
export type { Bits, Bytes } from "./units.ts";
export { bits, bytes } from "./units.ts";
