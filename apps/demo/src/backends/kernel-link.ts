import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";

/** What runs the kernel side: the BPF object in `@rbgen/vm`, a program as a function, or this machine's kernel. */
export type BackendName = "vm" | "emulated" | "native";

/** Records that the kernel side could not place, by reason (`enum rb_lost_reason` of rbgen.h). */
export interface LostRecords {
  readonly full: number;
  readonly tooBig: number;
}

/** The kernel side as the reader meets it, whichever kernel it is: two rings and counters. Its clock is `process.hrtime`'s. */
export interface KernelLink {
  readonly backend: BackendName;
  /** It records every process of the machine; absent where it does not. */
  readonly wholeMachine?: boolean;
  readonly events: RingBufMap;
  readonly commands: UserRingBufMap;
  readonly lost: LostRecords;
  /** Stops the kernel side, after both rings were given back. */
  close(): Promise<void>;
}

/** The backend cannot be used; the message says why, and what to do. */
export class LinkError extends Error {}
