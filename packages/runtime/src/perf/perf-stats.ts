/** What became of one CPU's samples since its reader began. */
export interface PerfCpuStats {
  /** The CPU's number. */
  readonly cpu: number;
  /** Samples taken out of the ring, whatever became of them. */
  readonly samples: number;
  /** Samples that the kernel dropped for want of room, by its own counter; undefined before Linux 6.0, which has none. */
  readonly lost: number | undefined;
  /** The same by `PERF_RECORD_LOST` in the ring, each of which comes with the first sample that found room again. */
  readonly reportedLost: number;
  /** Bytes of records that were written over before they were read (`overwritable` only). */
  readonly overwrittenBytes: number;
  /** Bytes that wait, as of the last look. */
  readonly remainingBytes: number;
  /** Bytes of the ring. */
  readonly size: number;
}

/** What became of the samples of a perf event array since its reader began. */
export interface PerfReaderStats {
  /** Records handed out. */
  readonly delivered: number;
  /** Samples that did not decode. */
  readonly errored: number;
  /** Samples longer than their record by more than perf's padding. */
  readonly oversized: number;
  /** Samples that were dropped for want of room, over all CPUs: as the kernel counts them, or as their rings report. */
  readonly lost: number;
  /** Records that came after one with a later member was handed out (`mergeBy` only). */
  readonly late: number;
  /** The same for each CPU. */
  readonly cpus: readonly PerfCpuStats[];
}
