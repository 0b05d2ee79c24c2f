import type { LayoutDescriptor } from "@rbgen/btf";
import type { RelayCheckpoint } from "../../read/checkpoint.ts";

/** Any bytes, of which the first eight are a number. */
export const chaosLayout: LayoutDescriptor = {
  name: "bytes",
  size: 0,
  endian: "little",
  leaves: [{ path: "bytes", bitOffset: 0, bitSize: 8, class: "bytes", count: 0, stride: 8 }],
};

interface Job {
  readonly servers: readonly string[];
  readonly ring: string;
  readonly replicas: number;
}

/** What a relay's process is told. */
export interface RelayJob extends Job {
  readonly mapId: number;
  /** Holds how many records found no room in the ring, 64 bits. */
  readonly dropsFile: string;
  readonly spool: string;
  readonly spoolBytes: number;
}

/** What a reader's process is told. */
export interface ReaderJob extends Job {
  readonly file: string;
}

/** What a reader's process writes for each batch. */
export interface ReadLine {
  readonly numbers: readonly string[];
  /** What the records hold. */
  readonly seqs: readonly string[];
  readonly checkpoint: RelayCheckpoint;
  readonly account: {
    readonly next: string;
    readonly delivered: string;
    readonly missing: string;
    readonly dropped: Readonly<Record<string, string>>;
  };
}
