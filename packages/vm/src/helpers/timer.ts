import type { VmMap } from "../maps/vm-map.ts";
import { timerCallbackHelper } from "../run/code.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import type { TimedMap, Timers } from "../run/timers.ts";
import { highOf, lowOf, numberOf } from "./arguments.ts";
import { callbackIn } from "./control.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { mapIn } from "./map-access.ts";
import { lockless } from "./program-types.ts";

/** Timers of map values (kernel/bpf/helpers.c): their callbacks run when the kernel's clock says so. */
export const timerHelpers: readonly HelperDefinition[] = [
  { id: 169, name: "bpf_timer_init", run: init },
  { id: timerCallbackHelper, name: "bpf_timer_set_callback", run: setCallback },
  { id: 171, name: "bpf_timer_start", run: start },
  { id: 172, name: "bpf_timer_cancel", run: cancel },
];

interface FoundTimer {
  readonly timers: Timers;
  readonly map: TimedMap;
  /** Region of the value. */
  readonly value: number;
}

/** The timer that r1 points to (verifier.c `process_timer_func`). */
function timerIn(execution: Execution): FoundTimer {
  const { memory, host, program } = execution;
  if (lockless.has(program.type)) execution.fault("tracing progs cannot use bpf_timer yet");
  const region = memory.regionOf(highOf(memory, 1));
  const map = region?.kind === "map value" ? (region.owner as VmMap | undefined) : undefined;
  if (region === undefined || map === undefined || host.timers === undefined) {
    return execution.fault("R1 is no pointer to a map's value: bpf_timer has to be in one");
  }
  if (map.timerOffset === undefined) execution.fault(`map '${map.name}' has no valid bpf_timer`);
  const offset = lowOf(memory, 1) >>> 0;
  if (offset !== map.timerOffset) {
    execution.fault(`off ${offset} doesn't point to 'struct bpf_timer' that is at ${map.timerOffset}`);
  }
  return { timers: host.timers, map: map as TimedMap, value: region.id };
}

function init(execution: Execution): void {
  const { memory } = execution;
  const { timers, map, value } = timerIn(execution);
  if (mapIn(execution, 2) !== map) execution.fault("the timer that R1 points to is in another map than R2");
  giveInteger(memory, timers.init(map, value, numberOf(memory, 3)));
}

function setCallback(execution: Execution): void {
  const { timers, value } = timerIn(execution);
  giveInteger(execution.memory, timers.setCallback(value, execution.later(callbackIn(execution, 2))));
}

function start(execution: Execution): void {
  const { memory } = execution;
  const { timers, value } = timerIn(execution);
  giveInteger(memory, timers.start(value, numberOf(memory, 2), numberOf(memory, 3)));
}

function cancel(execution: Execution): void {
  const { timers, value } = timerIn(execution);
  giveInteger(execution.memory, timers.cancel(value));
}
