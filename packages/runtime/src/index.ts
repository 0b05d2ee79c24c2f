export type {
  KernelCounters,
  RingBufMap,
  RingClaim,
  RingMemory,
  RingPart,
  UserRingBufMap,
  WaitOptions,
  Wake,
} from "./backend.ts";
export type {
  ArrayMapDescriptor,
  Attachable,
  ColumnsOf,
  ElementCodec,
  ElementInput,
  ElementOf,
  GeneratedCodec,
  HashMapDescriptor,
  JsonCodec,
  JsonValue,
  KeyInput,
  LayoutDescriptor,
  LayoutLeaf,
  OwnedBytes,
  PerfEventArrayDescriptor,
  PerfEventArrayTableDescriptor,
  ProgramDescriptor,
  RecordCodec,
  RecordOf,
  RingBufDescriptor,
  RingBufTableDescriptor,
  ScalarClass,
  VariableDescriptor,
} from "./codec.ts";
export type { DevParts, FlagSet, Formatted, Input, NumberArray, OpenEnum } from "./codegen/input.ts";
export { cacheStrings } from "./codegen/string-cache.ts";
export type {
  ArmColumn,
  BytesColumn,
  ColumnBatch,
  DictionaryColumn,
  FixedListColumn,
  ListColumn,
  NumberColumn,
  StreamBatch,
  StructColumns,
  TextColumn,
} from "./columns/column-batch.ts";
export type { ColumnType, ElementName, MemberType, StreamType, StructType } from "./columns/column-type.ts";
export { decodeColumns } from "./columns/decode-columns.ts";
export { bytesAt, textAt, validAt } from "./columns/row.ts";
export {
  BPF_F_CURRENT_CPU,
  BPF_F_NUMA_NODE,
  BPF_F_RB_OVERWRITE,
  BPF_RB_AVAIL_DATA,
  BPF_RB_CONS_POS,
  BPF_RB_FORCE_WAKEUP,
  BPF_RB_NO_WAKEUP,
  BPF_RB_OVERWRITE_POS,
  BPF_RB_PROD_POS,
  BPF_RB_RING_SIZE,
} from "./constants.ts";
export { devParts } from "./dev.ts";
export { errnoName } from "./errno-name.ts";
export type { RingBufErrorOptions } from "./errors.ts";
export {
  CorruptRingError,
  DecodeError,
  EncodeError,
  isRingBufError,
  RingBufError,
  UnsupportedError,
} from "./errors.ts";
export { formatIPv4, formatIPv6, formatMac, formatUuid } from "./format-address.ts";
export type { GroupPerfOptions, GroupRecord, RingBufGroupOptions, StatsOf } from "./group.ts";
export { RingBufGroup } from "./group.ts";
export type { IterationOptions } from "./iteration.ts";
export { ktimeToDate } from "./ktime.ts";
export type { ArrayMap, HashMap, MapSource, Variable } from "./map-source.ts";
export type { PerfEventReaderOptions } from "./perf/perf-reader.ts";
export { PerfEventReader } from "./perf/perf-reader.ts";
export type { PerfOptions } from "./perf/perf-source.ts";
export type { PerfCpuStats, PerfReaderStats } from "./perf/perf-stats.ts";
export type { PerfClaim, PerfEventArrayMap, PerfRing, PerfRingOptions } from "./perf-backend.ts";
export type { RingBufReaderOptions } from "./reader.ts";
export { RingBufReader } from "./reader.ts";
export type { ColumnOptions, ReaderOptions, RecordHandler } from "./reader-options.ts";
export type { RecordMap, SourceOptions } from "./record-source.ts";
export type { DecodeErrorPolicy } from "./sample-decoder.ts";
export type { ReaderStats } from "./stats.ts";
export { toOpenMetrics } from "./stats.ts";
export type { LostTraceLines, PlainTraceLine, TracedLine, TraceLine } from "./trace-line.ts";
export type { PollOptions } from "./waiting.ts";
export type { BlockingOptions, ReserveOptions, UserRingBufWriterOptions, UserSample } from "./writer.ts";
export { UserRingBufWriter } from "./writer.ts";
