import type { CurrentTask } from "../run/host.ts";
import type { RecordedTask } from "./recording.ts";

/** Who a program runs for, as a recording has it. */
export function toRecorded({ stack, cgroupId, ...task }: CurrentTask): RecordedTask {
  const decimal = (value: bigint): string => `${BigInt.asUintN(64, value)}`;
  return {
    ...task,
    cgroupId: decimal(cgroupId),
    stack: { kernel: stack?.kernel?.map(decimal) ?? null, user: stack?.user?.map(decimal) ?? null },
  };
}

/** Who a program ran for. */
export function fromRecorded({ stack: { kernel, user }, cgroupId, ...task }: RecordedTask): CurrentTask {
  return {
    ...task,
    cgroupId: BigInt(cgroupId),
    stack: { ...(kernel && { kernel: kernel.map(BigInt) }), ...(user && { user: user.map(BigInt) }) },
  };
}
