import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";

/** The kernel side as the dashboard meets it, whichever kernel it is: two rings and a counter. */
export interface KernelLink {
  readonly backend: "emulated" | "native";
  readonly events: RingBufMap;
  readonly commands: UserRingBufMap;
  /** Records that found the ring full, counted by the kernel side. */
  readonly lost: number;
  /** Stops the kernel side, after both rings were given back. */
  close(): Promise<void>;
}
