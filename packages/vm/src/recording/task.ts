import type { CurrentTask } from "../run/host.ts";
import type { RecordedTask } from "./recording.ts";

/** Who a program runs for, as a recording has it. */
export function toRecorded({ stack, cgroupId, cgroupAncestors = [], ...task }: CurrentTask): RecordedTask {
  const decimal = (value: bigint): string => `${BigInt.asUintN(64, value)}`;
  return {
    ...task,
    cgroupId: decimal(cgroupId),
    cgroupAncestors: cgroupAncestors.map(decimal),
    stack: { kernel: stack?.kernel?.map(decimal) ?? null, user: stack?.user?.map(decimal) ?? null },
  };
}

/** Who a program ran for. */
export function fromRecorded({ stack, cgroupId, cgroupAncestors, ...task }: RecordedTask): CurrentTask {
  const { kernel, user } = stack;
  return {
    ...task,
    cgroupId: BigInt(cgroupId),
    cgroupAncestors: cgroupAncestors.map(BigInt),
    stack: { ...(kernel && { kernel: kernel.map(BigInt) }), ...(user && { user: user.map(BigInt) }) },
  };
}
