import { errno } from "../errno.ts";
import { QueueMap } from "../maps/queue.ts";
import { ProgramArray } from "../maps/reference-maps.ts";
import { isWalked, type MapBase } from "../maps/vm-map.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import { highOf, lowOf, readFrom, writeTo } from "./arguments.ts";
import { callbackIn, resultOf } from "./control.ts";
import type { HelperDefinition } from "./helper-definition.ts";

/** Helpers that work on maps (kernel/bpf/helpers.c). */
export const mapHelpers: readonly HelperDefinition[] = [
  { id: 1, name: "bpf_map_lookup_elem", run: lookup },
  { id: 2, name: "bpf_map_update_elem", run: update },
  { id: 3, name: "bpf_map_delete_elem", run: remove },
  { id: 12, name: "bpf_tail_call", run: tailCall },
  { id: 87, name: "bpf_map_push_elem", run: push },
  { id: 88, name: "bpf_map_pop_elem", run: (execution) => take(execution, false) },
  { id: 89, name: "bpf_map_peek_elem", run: (execution) => take(execution, true) },
  { id: 164, name: "bpf_for_each_map_elem", run: forEach },
  { id: 195, name: "bpf_map_lookup_percpu_elem", run: lookupPerCpu },
];

/** The map that r`register` points to; a fault for anything else. */
export function mapIn(execution: Execution, register: number): MapBase {
  const { memory } = execution;
  const region = memory.regionOf(highOf(memory, register));
  if (region?.kind === "map" && region.alive && lowOf(memory, register) === 0) return region.owner as MapBase;
  return execution.fault(`R${register} is no pointer to a map`);
}

function lookup(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  const key = readFrom(memory, 2, map.keySize);
  giveWords(memory, 0, map.lookup(key, host.cpu));
}

function lookupPerCpu(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  const key = readFrom(memory, 2, map.keySize);
  const cpu = lowOf(memory, 3) >>> 0;
  if (!map.type.includes("percpu"))
    execution.fault(`cannot pass map_type ${map.type} into func bpf_map_lookup_percpu_elem`);
  giveWords(memory, 0, cpu < host.cpus ? map.lookup(key, cpu) : 0);
}

function update(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  const key = readFrom(memory, 2, map.keySize);
  const value = readFrom(memory, 3, map.valueSize);
  const failing = host.failing("bpf_map_update_elem");
  if (failing !== 0) giveInteger(memory, failing);
  else if (highOf(memory, 4) !== 0) giveInteger(memory, errno.EINVAL);
  else giveInteger(memory, map.update(key, value, lowOf(memory, 4), host.cpu));
}

function remove(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  const key = readFrom(memory, 2, map.keySize);
  const failing = host.failing("bpf_map_delete_elem");
  giveInteger(memory, failing === 0 ? map.delete(key) : failing);
}

function queueIn(execution: Execution): QueueMap {
  const map = mapIn(execution, 1);
  return map instanceof QueueMap ? map : execution.fault(`map "${map.name}" of type ${map.type} is no queue or stack`);
}

function push(execution: Execution): void {
  const { memory, host } = execution;
  const map = queueIn(execution);
  const value = readFrom(memory, 2, map.valueSize);
  const failing = host.failing("bpf_map_push_elem");
  giveInteger(memory, failing === 0 ? map.push(value, lowOf(memory, 3)) : failing);
}

function take(execution: Execution, keep: boolean): void {
  const map = queueIn(execution);
  giveInteger(execution.memory, map.take(writeTo(execution.memory, 2, map.valueSize), keep));
}

/** Calls `callback(map, key, value, context)` for each element: how many were visited. */
function forEach(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  const callback = callbackIn(execution, 2);
  const [contextLow, contextHigh] = [lowOf(memory, 3), highOf(memory, 3)];
  if (!isWalked(map)) execution.fault(`cannot pass map_type ${map.type} into func bpf_for_each_map_elem`);
  if (lowOf(memory, 4) !== 0 || highOf(memory, 4) !== 0) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  // callbacks read the key, and do not write it
  const key = memory.allocate(map.keySize, { kind: "memory", name: `key of ${map.name}`, access: "read" });
  let visited = 0;
  map.walk(host.cpu, (from, value) => {
    memory.bytes.copyWithin(key.address, from, from + map.keySize);
    memory.registers.set([0, map.region.id, 0, key.id, 0, value, contextLow, contextHigh], 2);
    visited += 1;
    execution.call(callback);
    return resultOf(execution) === 0;
  });
  memory.release(key);
  giveInteger(memory, visited);
}

/** kernel/bpf/core.c `JMP_TAIL_CALL`: where there is no such program, or no call is left, the program goes on. */
function tailCall(execution: Execution): void {
  const { memory } = execution;
  const map = mapIn(execution, 2);
  if (!(map instanceof ProgramArray)) execution.fault(`map "${map.name}" of type ${map.type} is no prog_array`);
  const program = map.at(lowOf(memory, 3) >>> 0);
  if (program === undefined || !execution.tailCall(program)) giveInteger(memory, errno.ENOENT);
}
