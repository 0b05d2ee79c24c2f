import { insidePerfEventArray } from "./perf-event-array.ts";
import type { Run } from "./run.ts";

/** `bpf_perf_event_output`: what the map's CPU makes of it, unless it is to fail. */
export function perfEventOutput(run: Run, map: unknown, flags: number, bytes: Uint8Array): number {
  run.check();
  const inside =
    insidePerfEventArray(map) ?? run.refuse("EINVAL", "cannot pass map_type to func bpf_perf_event_output");
  const slot = run.scalar(flags, 3);
  const failing = run.failing("bpf_perf_event_output");
  return failing === 0 ? inside.output(slot, bytes) : failing;
}
