import type { PerfClaim, PerfEventArrayMap, PerfRingOptions } from "@rbgen/runtime/backend";
import { claimPerfRings } from "@rbgen/runtime/backend";
import { ClaimedMap, type KernelMap } from "../kernel/claimed-map.ts";
import type { MapInfo } from "../kernel/map-commands.ts";
import type { OwnedDescriptor } from "../kernel/open-map.ts";
import { type MapReference, openMap } from "../ring/open-ring.ts";
import { NativePerfClaim } from "./perf-claim.ts";

/** A BPF_MAP_TYPE_PERF_EVENT_ARRAY of the kernel. */
export interface NativePerfEventArrayMap extends KernelMap, PerfEventArrayMap {}

class PerfEventArray extends ClaimedMap<NativePerfClaim> implements NativePerfEventArrayMap {
  readonly type = "perf_event_array";

  [claimPerfRings](options: PerfRingOptions): PerfClaim {
    return this.claimedBy((released) => new NativePerfClaim(this.map, options, released));
  }
}

/** The map behind `descriptor`. */
export function perfEventArrayOf(descriptor: OwnedDescriptor, info: MapInfo): NativePerfEventArrayMap {
  return new PerfEventArray(descriptor, info);
}

/**
 * Opens a perf event array that exists. A second reader of it, in another process, takes the CPUs' slots from the first.
 * @throws as `openRingBuf`.
 */
export function openPerfEventArray(reference: MapReference): NativePerfEventArrayMap {
  const opened = openMap(reference, "perf_event_array");
  return perfEventArrayOf(opened, opened.info);
}
