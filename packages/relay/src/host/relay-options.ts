import type { NatsConnection } from "@nats-io/transport-node";
import type { RingBufMap } from "@rbgen/runtime";
import type { CommandRing } from "../command/command-port.ts";
import type { FullPolicy } from "../spool/spool.ts";
import type { Described } from "../stream/described.ts";
import type { RelayStreamOptions } from "../stream/relay-stream.ts";
import type { HostClock } from "./host-clock.ts";

/** A ring to be relayed. */
export type RelayedRing = Described & {
  /** Of any backend. The relay is its reader; a ring in overwrite mode is refused, since nobody counts what it loses. */
  readonly map: RingBufMap;
  /** What readers ask for: the map's name unless told. */
  readonly name?: string | undefined;
  /** Member with the record's time, by its path: "ts_ns", "header.ts_ns". Unless told, records have the time when their chunk was begun. */
  readonly time?: string | undefined;
  /**
   * Records that found no room in the ring since it was made, as the BPF side counts them (`rb_reserve_or_count`). The
   * emulated kernel counts by itself; the real one does not, and without this its drops are in no number.
   */
  readonly dropped?: (() => number | bigint) | undefined;
  /** Which ring of this name: what a kernel's map has its id for. */
  readonly instance?: bigint | undefined;
};

/** How a host's rings are relayed. */
export interface RingRelayOptions {
  /** The client's connection, which stays its owner's. */
  readonly connection: NatsConnection;
  /** This host's name; `os.hostname()` unless told. */
  readonly host?: string | undefined;
  /** The rings that are relayed. */
  readonly rings: readonly RelayedRing[];
  /** User rings that take commands from elsewhere; none unless told. */
  readonly commands?: readonly CommandRing[] | undefined;
  /** Where samples wait for the server. */
  readonly spool: {
    /** Most bytes of chunks that wait for their acknowledgement. */
    readonly bytes: number;
    /** A folder, from which a relay that was killed goes on; without it the spool is memory, and dies with the process. */
    readonly file?: string | undefined;
  };
  /** How samples are put together. */
  readonly chunk?: {
    /** 65536 unless told. */
    readonly bytes?: number | undefined;
    /** Longest wait for a chunk to fill, milliseconds: 50 unless told. */
    readonly ms?: number | undefined;
    /** Whether chunks are compressed where that makes them shorter. */
    readonly deflate?: boolean | undefined;
  };
  /** "hold" (default): the ring fills, and the kernel drops and counts; or the spool gives up its oldest chunks, and counts. */
  readonly onFull?: FullPolicy | undefined;
  /** Of streams that are not there yet. */
  readonly stream?: RelayStreamOptions | undefined;
  /** The kernel's clock that the records' times are of: "monotonic" (`bpf_ktime_get_ns`, default) or "boottime". */
  readonly clock?: "monotonic" | "boottime" | HostClock | undefined;
}

/** A ring's part in what a relay did. */
export interface RelayedRingStats {
  /** Records that were read from the ring. */
  readonly records: number;
  /** Bytes of samples. */
  readonly bytes: number;
  /** Chunks that they were put into. */
  readonly chunks: number;
  /** Ring bytes that are in no chunk yet. */
  readonly lagBytes: number;
  /** Number of the next record. */
  readonly next: bigint;
  /** Records that the kernel side dropped so far, as far as it counts. */
  readonly droppedByKernel: bigint;
  /** Times that a chunk found no room in the spool. */
  readonly held: number;
}

/** What became of a relay's chunks so far. */
export interface RelayStats {
  /** The same by ring. */
  readonly rings: Readonly<Record<string, RelayedRingStats>>;
  /** Chunks that the server has stored. */
  readonly acknowledgedChunks: number;
  /** Records in them. */
  readonly acknowledgedRecords: number;
  /** Bytes of them. */
  readonly acknowledgedBytes: number;
  /** Chunks that the server had already. */
  readonly duplicates: number;
  /** Times that sending began again. */
  readonly retries: number;
  /** Bytes that wait for the server. */
  readonly spooledBytes: number;
  /** Records that wait for the server. */
  readonly spooledRecords: number;
  /** Most bytes that ever waited. */
  readonly spoolHighWaterBytes: number;
  /** Most bytes that may wait. */
  readonly spoolLimitBytes: number;
  /** Records that were lost since no more could wait. */
  readonly droppedBySpool: number;
  /** Bytes of a chunk that was half written when an earlier relay ended; its samples were still in the ring. */
  readonly tornBytes: number;
  /** Commands that were put into user rings. */
  readonly commandsApplied: number;
  /** Commands that were not: no room, or no such ring. */
  readonly commandsRefused: number;
  /** Why sending failed last; undefined when it goes. */
  readonly lastError: string | undefined;
}
