import type { EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { insideRingBuf, insideUserRingBuf } from "@rbgen/runtime/emulated/helpers";
import type { VmMemory } from "../memory/memory.ts";
import { OpaqueMap } from "./opaque-map.ts";
import type { MapDefinition } from "./vm-map.ts";

/** `BPF_MAP_TYPE_RINGBUF` and `BPF_MAP_TYPE_USER_RINGBUF`: a ring of the emulated kernel, which helpers work on. */
export class RingMap<
  Ring extends EmulatedRingBuf | EmulatedUserRingBuf = EmulatedRingBuf | EmulatedUserRingBuf,
> extends OpaqueMap {
  #ring: Ring;
  readonly #lent: boolean;
  #open = true;

  /** A ring that is `lent` outlives the map. */
  constructor(memory: VmMemory, definition: MapDefinition, ring: Ring, lent = false) {
    super(memory, definition);
    this.#ring = ring;
    this.#lent = lent;
  }

  /** The ring. It lives as long as the map does, whoever closed the one that it was asked for before. */
  get ring(): Ring {
    if (this.#open && this.#ring.closed) {
      const inside = insideRingBuf(this.#ring) ?? insideUserRingBuf(this.#ring);
      if (inside !== undefined) this.#ring = inside.again() as Ring;
    }
    return this.#ring;
  }

  close(): void {
    this.#open = false;
    if (!this.#lent) this.#ring.close();
  }
}
