export type {
  ArrayMapDescriptor,
  Attachable,
  GeneratedCodec,
  HashMapDescriptor,
  JsonCodec,
  JsonValue,
  LayoutDescriptor,
  LayoutLeaf,
  Leased,
  OwnedBytes,
  PerfEventArrayDescriptor,
  PerfEventArrayTableDescriptor,
  ProgramDescriptor,
  RecordCodec,
  RecordLoops,
  RecordOf,
  RingBufDescriptor,
  RingBufTableDescriptor,
  ScalarClass,
  VariableDescriptor,
} from "../codec.ts";
export { attachView, noLease, recordColumns, recordLoops, takeLease } from "../codec.ts";
export type { BytesBuffer } from "../columns/bytes-buffer.ts";
export type {
  ArmColumn,
  BytesColumn,
  ColumnBatch,
  DictionaryColumn,
  FixedListColumn,
  ListColumn,
  StreamBatch,
  StructColumns,
  TextColumn,
} from "../columns/column-batch.ts";
export type { StreamType, StructType } from "../columns/column-type.ts";
export type { DictionaryBuffer, KindBuffer } from "../columns/dictionary-buffer.ts";
export type { FixedListBuffer, ListBuffer } from "../columns/list-buffer.ts";
export { type NumberBuffer, putInt64 } from "../columns/number-buffer.ts";
export { StreamBuffer, StructBuffer } from "../columns/struct-buffer.ts";
export { dead, Lease } from "../ring/lease.ts";
export { readBits, setBits8, setBits16, setBits32, writeBits } from "./bits.ts";
export {
  atLeast,
  atMost,
  checkBounds,
  checkCount,
  checkItems,
  checkLeft,
  checkRoom,
  checkSlice,
  noPlace,
  outOfRange,
  unknownItem,
  within,
} from "./bounds.ts";
export { clearSample, copyBytes, copyBytesTo, writeBytes, zero } from "./bytes.ts";
export { attached, leased } from "./cursors.ts";
export { encoded } from "./encoded.ts";
export {
  devNumber,
  errnoNumber,
  flagBits,
  flagNames,
  ipv4Bytes,
  ipv4Number,
  ipv6Bytes,
  macBytes,
  narrowFlagBits,
  uuidBytes,
  wideFlagNames,
} from "./formatted.ts";
export type { JsonStream, JsonStruct, JsonType } from "./from-json.ts";
export { fromJson } from "./from-json.ts";
export {
  bool,
  checkArray,
  checkFit,
  checkObject,
  countBytes,
  countElements,
  endOfElements,
  float32,
  float64,
  givenArm,
  givenLength,
  members,
  orElse,
  truth,
} from "./given.ts";
export type {
  AnyArm,
  DevParts,
  FlagSet,
  Formatted,
  Input,
  NumberArray,
  OpenEnum,
  ToldApart,
  ViewOf,
  WriterOf,
} from "./input.ts";
export {
  bigint,
  biguint,
  int,
  safeNumber,
  uint,
  uint32,
  uint64,
} from "./integers.ts";
export { toJson } from "./json.ts";
export { leftOut } from "./left-out.ts";
export {
  checkClamped,
  clampCount,
  countCutText,
  endOfCut,
  givenSum,
  isGivenCut,
  paddedLength,
  solvedLength,
} from "./lengths.ts";
export {
  checkCutPieces,
  checkPieces,
  countCutPieces,
  countPieces,
  givenLengths,
  lengthAt,
  readBytePieces,
  readLengths,
  readTextPieces,
  toldPieces,
  writePieces,
} from "./pieces.ts";
export { RecordView } from "./record-view.ts";
export {
  countStrings,
  endOfString,
  endOfStrings,
  readStrings,
  stringsLength,
  writeStrings,
} from "./string-lists.ts";
export { blobLength, countText, readString, readString16, utf8Length, writeString } from "./strings.ts";
export { textTag, wideTextTag } from "./text-tag.ts";
export { viewed } from "./viewed.ts";
export { readInt64, readUint64, safeInt64, safeUint64, writeInt64, writeUint64 } from "./words.ts";
