import type { Call, Expression } from "../body/tree.ts";
import type { MemoryObject } from "./memory-object.ts";
import type { Frame } from "./typing.ts";

/** The call that sends a record, or that reserves the memory of one that is submitted later. */
export interface Sending {
  readonly call: Call;
  readonly where: Frame;
  /** Whether {@link call} is the one behind which nothing counts; else those are that submit it. */
  readonly sent: boolean;
  /** What {@link call} is handed that points to it. */
  readonly pointer?: Expression | undefined;
  /** What the record may lie in. */
  readonly memory: readonly MemoryObject[];
}
