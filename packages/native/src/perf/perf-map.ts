import type { PerfClaim, PerfEventArrayMap, PerfRingOptions } from "@rbgen/runtime/backend";
import { claimPerfRings } from "@rbgen/runtime/backend";
import { littleEndian } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { explainPin } from "../kernel/explain.ts";
import { type MapInfo, pin } from "../kernel/map-commands.ts";
import { OpenMap, type OwnedDescriptor } from "../kernel/open-map.ts";
import { type MapReference, openMap } from "../ring/open-ring.ts";
import { NativePerfClaim } from "./perf-claim.ts";

/** A BPF_MAP_TYPE_PERF_EVENT_ARRAY of the kernel. */
export interface NativePerfEventArrayMap extends PerfEventArrayMap {
  /** The kernel's description of it. */
  readonly info: MapInfo;
  /** The kernel's id of the map, as bpftool shows it. */
  readonly id: number;
  /** The map's descriptor, for calls that take one; it stays the map's own. */
  readonly fd: number;
  /** Whether it was closed, by itself or with its object. */
  readonly closed: boolean;
  /**
   * Gives the map a path on a BPF file system.
   * @throws RingBufError EEXIST, EPERM, EACCES, ENOENT.
   */
  pin(path: string): void;
}

class PerfEventArray implements NativePerfEventArrayMap {
  readonly type = "perf_event_array";
  readonly info: MapInfo;
  readonly #map: OpenMap;
  /** Weak: a reader that is forgotten gives its map free when it is collected. */
  #claim: WeakRef<NativePerfClaim> | undefined;
  /** Its claim is being told. */
  #closing = false;

  constructor(descriptor: OwnedDescriptor, info: MapInfo) {
    this.#map = new OpenMap(descriptor, info);
    this.info = info;
  }

  get name(): string {
    return this.info.name;
  }
  get maxEntries(): number {
    return this.info.maxEntries;
  }
  get endian(): "little" | "big" {
    return littleEndian ? "little" : "big";
  }
  get id(): number {
    return this.info.id;
  }
  get fd(): number {
    return this.#map.fd;
  }
  get closed(): boolean {
    return !this.#map.open;
  }

  pin(path: string): void {
    const result = pin(this.#map.fd, path);
    if (result < 0) throw kernelError(result, "BPF_OBJ_PIN", explainPin(result, path));
  }

  close(): void {
    if (!this.#map.open || this.#closing) return;
    this.#closing = true;
    const claim = this.#claim?.deref();
    this.#claim = undefined;
    try {
      claim?.terminate();
    } finally {
      this.#map.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [claimPerfRings](options: PerfRingOptions): PerfClaim {
    if (this.#closing) throw ringError("ERR_RINGBUF_CLOSED", `map "${this.info.name}" is closed`);
    const claim = new NativePerfClaim(this.#map, options, () => {
      this.#claim = undefined;
    });
    this.#claim = new WeakRef(claim);
    return claim;
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
