import { errno } from "../errno.ts";
import { StackTraceMap, stackFlag } from "../maps/stack-trace-map.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import { numberOf, sizeIn, writeTo } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { mapIn } from "./map-access.ts";
import { tracingTypes } from "./program-types.ts";

/** `PERF_MAX_STACK_DEPTH`: frames that the kernel walks, those that are skipped counted in. */
const mostFrames = 127;
/** `BPF_F_USER_BUILD_ID` */
const buildId = 1 << 11;

/** Programs that something runs whose stack can be walked. */
const walkedTypes = [...tracingTypes, "syscall"];

/** Helpers of stacks (kernel/bpf/stackmap.c): those that a test declared with `become({ stack })`. */
export const stackHelpers: readonly HelperDefinition[] = [
  { id: 27, name: "bpf_get_stackid", types: walkedTypes, run: getStackId },
  { id: 67, name: "bpf_get_stack", types: walkedTypes, run: getStack },
];

/** Frames, innermost first; undefined where none were declared. */
function framesOf({ host }: Execution, user: boolean, most: number): readonly bigint[] | undefined {
  const { stack } = host.current;
  return (user ? stack?.user : stack?.kernel)?.slice(0, Math.min(most, mostFrames));
}

/** The stack's id, −EINVAL for unknown flags, −EFAULT where there is no stack, or none beyond what is skipped. */
function getStackId(execution: Execution): void {
  const { memory } = execution;
  const map = mapIn(execution, 2);
  if (!(map instanceof StackTraceMap)) {
    execution.fault(`cannot pass map_type ${map.type} into func bpf_get_stackid`);
  }
  const given = numberOf(memory, 3);
  const known = BigInt(stackFlag.skip | stackFlag.user | stackFlag.fastCompare | stackFlag.reuseId);
  if ((given & ~known) !== 0n) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  const flags = Number(given);
  const frames = framesOf(execution, (flags & stackFlag.user) !== 0, map.depth + (flags & stackFlag.skip));
  giveInteger(memory, frames === undefined ? errno.EFAULT : map.put(frames, flags));
}

/** The bytes that were copied; −EINVAL, −EFAULT, and a buffer of zeros. */
function getStack(execution: Execution): void {
  const { memory } = execution;
  const size = sizeIn(execution, 3);
  const to = writeTo(memory, 2, size);
  const given = numberOf(memory, 4);
  memory.bytes.fill(0, to, to + size);
  if ((given & ~BigInt(stackFlag.skip | stackFlag.user | buildId)) !== 0n || size % 8 !== 0) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  const flags = Number(given);
  const skip = flags & stackFlag.skip;
  // build ids are of files that processes map, which there are none of
  const refused = (flags & buildId) === 0 ? errno.EFAULT : errno.EINVAL;
  const frames =
    (flags & buildId) === 0 ? framesOf(execution, (flags & stackFlag.user) !== 0, size / 8 + skip) : undefined;
  if (frames === undefined || frames.length < skip) {
    giveInteger(memory, refused);
    return;
  }
  frames.slice(skip).forEach((frame, at) => {
    memory.view.setBigUint64(to + 8 * at, BigInt.asUintN(64, frame), true);
  });
  giveInteger(memory, 8 * (frames.length - skip));
}
