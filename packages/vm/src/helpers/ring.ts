import type { EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { ringbufCommit, ringbufOutput, ringbufQuery, ringbufReserve } from "@rbgen/runtime/emulated/helpers";
import { errno } from "../errno.ts";
import { PerfEventArray } from "../maps/perf-event-array.ts";
import { RingMap } from "../maps/ring-map.ts";
import type { Region } from "../memory/region.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import type { LentRegion } from "../run/lent-region.ts";
import { flagsIn, highOf, lowOf, numberOf, readFrom, sizeIn } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { mapIn } from "./map-access.ts";
import { allBut } from "./program-types.ts";

/** Helpers of ring buffers (kernel/bpf/ringbuf.c) and perf events. */
export const ringHelpers: readonly HelperDefinition[] = [
  {
    id: 25,
    name: "bpf_perf_event_output",
    types: allBut(["sk_reuseport", "flow_dissector", "netfilter"]),
    run: perfEventOutput,
  },
  { id: 130, name: "bpf_ringbuf_output", run: output },
  { id: 131, name: "bpf_ringbuf_reserve", run: reserve },
  { id: 132, name: "bpf_ringbuf_submit", run: (execution) => commit(execution, false) },
  { id: 133, name: "bpf_ringbuf_discard", run: (execution) => commit(execution, true) },
  { id: 134, name: "bpf_ringbuf_query", run: query },
];

/** The ring buffer that r`register` points to; a fault for anything else. */
export function ringIn(execution: Execution, register: number): EmulatedRingBuf {
  const map = mapIn(execution, register);
  if (map instanceof RingMap && map.type === "ringbuf") return map.ring as EmulatedRingBuf;
  return execution.fault(`map "${map.name}" of type ${map.type} is no ring buffer`);
}

function output(execution: Execution): void {
  const { memory, rings } = execution;
  const ring = ringIn(execution, 1);
  const size = sizeIn(execution, 3);
  const from = readFrom(memory, 2, size);
  const bytes = memory.bytes.subarray(from, from + size);
  giveInteger(memory, ringbufOutput(rings, ring, bytes, flagsIn(execution, 4)));
}

function reserve(execution: Execution): void {
  const { memory, rings } = execution;
  const ring = ringIn(execution, 1);
  const size = Number(numberOf(memory, 2));
  const flags = flagsIn(execution, 3);
  const held = size < 2 ** 31 ? ringbufReserve(rings, ring, size, flags) : null;
  if (held === null) {
    giveWords(memory, 0, 0);
    return;
  }
  const lent = held.lent as LentRegion;
  lent.held = held;
  execution.owe(held, `a record of ring "${ring.name}" is neither submitted nor discarded`);
  giveWords(memory, 0, lent.region.id);
}

function commit(execution: Execution, discard: boolean): void {
  const { memory, rings } = execution;
  const region: Region | undefined = memory.regionOf(highOf(memory, 1));
  if (region?.kind !== "ring sample" || lowOf(memory, 1) !== 0) {
    execution.fault("R1 is no record that bpf_ringbuf_reserve gave: give what it returned, after a test for NULL");
  }
  if (!region.alive) execution.fault(`R1 is a record of ring "${region.name}" that was submitted or discarded before`);
  const { held } = region.owner as LentRegion;
  if (held === undefined) execution.fault("R1 is a record that a dynptr holds: give the dynptr back");
  execution.settle(held);
  ringbufCommit(rings, held, discard, flagsIn(execution, 2));
  giveWords(memory, 0, 0);
}

function query(execution: Execution): void {
  const { memory, rings } = execution;
  const value = ringbufQuery(rings, ringIn(execution, 1), flagsIn(execution, 2));
  giveWords(memory, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** kernel/trace/bpf_trace.c `bpf_perf_event_output`: flags are the processor, or BPF_F_CURRENT_CPU. */
function perfEventOutput(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 2);
  if (!(map instanceof PerfEventArray)) execution.fault(`map "${map.name}" of type ${map.type} is no perf_event_array`);
  const flags = numberOf(memory, 3);
  const size = sizeIn(execution, 5);
  const from = readFrom(memory, 4, size);
  const failing = host.failing("bpf_perf_event_output");
  if (failing !== 0) giveInteger(memory, failing);
  else if (flags >> 32n !== 0n) giveInteger(memory, errno.EINVAL);
  else giveInteger(memory, map.output(host.cpu, Number(flags), memory.bytes.subarray(from, from + size)));
}
