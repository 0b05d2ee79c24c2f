import type { VmMap } from "../maps/vm-map.ts";
import { unlockHelper } from "../run/code.ts";
import { type Execution, giveWords, type Lock } from "../run/execution.ts";
import { highOf, lowOf } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { lockless } from "./program-types.ts";

/** Locks of map values (kernel/bpf/helpers.c). There is one run at a time, so that a lock is free; how it is used is checked. */
export const lockHelpers: readonly HelperDefinition[] = [
  { id: 93, name: "bpf_spin_lock", run: lock },
  { id: unlockHelper, name: "bpf_spin_unlock", run: unlock },
];

/** The lock that r1 points to (verifier.c `process_spin_lock`). */
function lockIn(execution: Execution): Lock {
  const { memory } = execution;
  const region = memory.regionOf(highOf(memory, 1));
  const map = region?.kind === "map value" ? (region.owner as VmMap | undefined) : undefined;
  if (region === undefined || map === undefined)
    execution.fault(
      "R1 doesn't have constant offset or is no pointer to a map's value: bpf_spin_lock has to be in one",
    );
  if (map.lockOffset === undefined) execution.fault(`map '${map.name}' has no valid bpf_spin_lock`);
  const offset = lowOf(memory, 1) >>> 0;
  if (offset === map.lockOffset) return { region: region.id, offset };
  return execution.fault(`off ${offset} doesn't point to 'struct bpf_spin_lock' that is at ${map.lockOffset}`);
}

function lock(execution: Execution): void {
  const { memory, program } = execution;
  if (lockless.has(program.type)) execution.fault("tracing progs cannot use bpf_spin_lock yet");
  if (program.type === "socket_filter") execution.fault("socket filter progs cannot use bpf_spin_lock yet");
  const taken = lockIn(execution);
  execution.lock = taken;
  execution.owe(taken, "a bpf_spin_lock is held, and bpf_spin_unlock was not called");
  giveWords(memory, 0, 0);
}

function unlock(execution: Execution): void {
  const { lock: held } = execution;
  const given = lockIn(execution);
  if (held === undefined) execution.fault("bpf_spin_unlock without taking a lock");
  if (held.region !== given.region) execution.fault("bpf_spin_unlock of different lock");
  execution.settle(held);
  execution.lock = undefined;
  giveWords(execution.memory, 0, 0);
}
