import { errno } from "../errno.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import { highOf, lowOf } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";

/** Turns of a `bpf_loop` at most (`BPF_MAX_LOOPS`). */
const maxLoops = 8 * 1024 * 1024;

/** Helpers that run the program's own functions. */
export const controlHelpers: readonly HelperDefinition[] = [{ id: 181, name: "bpf_loop", run: loop }];

/** kernel/bpf/bpf_iter.c `bpf_loop`: turns that were run; the callback's 1 ends it. */
function loop(execution: Execution): void {
  const { memory } = execution;
  const turns = lowOf(memory, 1) >>> 0;
  const callback = callbackIn(execution, 2);
  const [contextLow, contextHigh] = [lowOf(memory, 3), highOf(memory, 3)];
  if (lowOf(memory, 4) !== 0 || highOf(memory, 4) !== 0) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  if (turns > maxLoops) {
    giveInteger(memory, errno.E2BIG);
    return;
  }
  let done = 0;
  while (done < turns) {
    const { registers } = memory;
    registers[2] = done;
    registers[3] = 0;
    registers[4] = contextLow;
    registers[5] = contextHigh;
    execution.call(callback);
    done += 1;
    if (resultOf(execution) === 1) break;
  }
  giveInteger(memory, done);
}

/** Slot where the function begins that r`register` points to; a fault for anything else. */
export function callbackIn(execution: Execution, register: number): number {
  const { memory } = execution;
  const region = memory.regionOf(highOf(memory, register));
  if (region?.kind !== "function") execution.fault(`R${register} is no function of the program`);
  return lowOf(memory, register);
}

/** What a callback returned: 0 or 1, as the verifier wants it. */
export function resultOf(execution: Execution): 0 | 1 {
  const { memory } = execution;
  const [low, high] = [lowOf(memory, 0), highOf(memory, 0)];
  if (high === 0 && (low === 0 || low === 1)) return low;
  return execution.fault(
    `At callback return the register R0 has value ${(BigInt(high) << 32n) | BigInt(low >>> 0)}, should have been in [0, 1]`,
  );
}
