import type { FrameInput } from "../protocol/frame.ts";
import type { Command } from "../types.gen.ts";
import type { SampleFrames } from "./sample-frames.ts";

/** Where a page server has its records from: the rings of this machine, or those of many hosts through a relay. */
export interface RecordSource {
  /** What runs the kernel side: "vm", "emulated", "native", "native-all" where it records the whole machine; "relay" for that of others. */
  readonly name: string;
  /** Bytes of the rings; 0 where they are other machines'. */
  readonly eventsSize: number;
  readonly commandsSize: number;
  /** Bytes that wait in them. */
  readonly eventsFill: number;
  readonly commandsFill: number;
  /** Records that the kernel side could not place, by reason. */
  readonly lost: { readonly full: number; readonly tooBig: number };
  /** The records that were read, and who gets them. */
  readonly frames: SampleFrames;
  /** Times that the reader slept until it was woken up. */
  readonly waits: number;
  /** Resolves after `close`, or rejects with what went wrong. */
  readonly reading: Promise<void>;
  /** The accounts of hosts; undefined where there are none. */
  hosts(): FrameInput | undefined;
  /** The command's sequence number; undefined where it was not taken. */
  send(command: Omit<Command, "sequence">): number | undefined;
  close(): Promise<void>;
}
