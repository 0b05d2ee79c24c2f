import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import type { BpfMapOfMaps, HasDescriptor } from "../../../native/src/index.ts";

/** Which slot of an array of maps holds which ring; when all are taken, the oldest gives way. */
export class RingSlots {
  readonly #outer: BpfMapOfMaps;
  readonly #count: number;
  readonly #slots = new Map<RingBufMap | UserRingBufMap, number>();
  #next = 0;

  constructor(outer: BpfMapOfMaps, count: number) {
    this.#outer = outer;
    this.#count = count;
  }

  /** The slot of `map`, which is put into one if it is in none. */
  of(map: RingBufMap | UserRingBufMap): number {
    const known = this.#slots.get(map);
    if (known !== undefined) return known;
    const slot = this.#next++ % this.#count;
    for (const [other, taken] of this.#slots) if (taken === slot) this.#slots.delete(other);
    this.#outer.set(slot, map as (RingBufMap | UserRingBufMap) & HasDescriptor);
    this.#slots.set(map, slot);
    return slot;
  }
}
