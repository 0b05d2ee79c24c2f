export type { Chunk, ChunkHeader, Dropped, DropReason } from "./chunk/index.ts";
export { ChunkError } from "./chunk/index.ts";
export type { CommandRing } from "./command/command-port.ts";
export { RelayWriter, type RelayWriterOptions } from "./command/relay-writer.ts";
export type { HostClock } from "./host/host-clock.ts";
export { RingRelay } from "./host/relay.ts";
export type {
  RelayedRing,
  RelayedRingStats,
  RelayStats,
  RingRelayOptions,
} from "./host/relay-options.ts";
export type { Observed } from "./metrics/instruments.ts";
export { type ObservableMeter, observe } from "./metrics/observe.ts";
export { prometheusText } from "./metrics/prometheus-text.ts";
export type { ReadFrom } from "./read/beginning.ts";
export type { RelayCheckpoint } from "./read/checkpoint.ts";
export { type DriftPolicy, LayoutDriftError } from "./read/drift.ts";
export { type MergedRecord, type MergeOptions, mergeByTime } from "./read/merge-by-time.ts";
export type { HostStats } from "./read/reader-account.ts";
export {
  RelayReader,
  type RelayReaderOptions,
  type RelayReaderStats,
  type RelayRecord,
} from "./read/relay-reader.ts";
export { type ReplayOptions, replay } from "./read/replay.ts";
export { RelayError, type RelayErrorCode } from "./relay-error.ts";
export type { FullPolicy } from "./spool/spool.ts";
export type { Described } from "./stream/described.ts";
export type { RelayStreamOptions } from "./stream/relay-stream.ts";
