import { BPF_RB_CONS_POS, BPF_RB_PROD_POS } from "@rbgen/runtime";
import {
  insideRingBuf,
  insideUserRingBuf,
  type RingBufInside,
  type UserRingBufInside,
} from "@rbgen/runtime/emulated/helpers";
import type { RingMap } from "../maps/ring-map.ts";
import { toHex } from "./hex.ts";
import type { Hex, RingInput } from "./recording.ts";

/** What was found at a ring. */
export interface Found {
  /** What user space did; undefined for nothing. */
  readonly input: RingInput | undefined;
  /** Whether its kernel side moved though no program of the object ran. */
  readonly others: boolean;
}

/** Sees what user space does to one ring between two runs. */
export class RingWatch {
  readonly #map: RingMap;
  readonly #side: ProducedRing | DrainedRing;
  /** Whether nobody had used it when it was first seen. */
  readonly untouched: boolean;

  constructor(map: RingMap) {
    this.#map = map;
    const produced = (): RingBufInside | undefined => insideRingBuf(map.ring);
    const drained = (): UserRingBufInside => insideUserRingBuf(map.ring) as UserRingBufInside;
    this.#side =
      produced() === undefined ? new DrainedRing(drained) : new ProducedRing(produced as () => RingBufInside);
    this.untouched = this.#side.untouched;
  }

  /** What user space did since the last run; it is told once. */
  look(): Found {
    return this.#map.ring.closed ? { input: undefined, others: false } : this.#side.look();
  }

  /** After a run: what programs did is known. */
  settle(): void {
    if (!this.#map.ring.closed) this.#side.settle();
  }
}

/** A ring buffer: programs produce, user space moves its consumer position. */
class ProducedRing {
  readonly #ring: () => RingBufInside;
  #producer = 0n;
  #consumer = 0n;
  readonly untouched: boolean;

  constructor(ring: () => RingBufInside) {
    this.#ring = ring;
    this.settle();
    this.#consumer = ring().query(BPF_RB_CONS_POS, false);
    this.untouched = this.#producer === 0n && this.#consumer === 0n;
  }

  look(): Found {
    const consumer = this.#ring().query(BPF_RB_CONS_POS, false);
    const others = this.#ring().query(BPF_RB_PROD_POS, false) !== this.#producer;
    if (consumer === this.#consumer) return { input: undefined, others };
    this.#consumer = consumer;
    return { input: { consumer: `${consumer}` }, others };
  }

  settle(): void {
    this.#producer = this.#ring().query(BPF_RB_PROD_POS, false);
  }
}

/** Bytes between two changes that are told as one. */
const near = 16;

/** A user ring: user space writes its data and moves its producer position, programs drain it. */
class DrainedRing {
  readonly #ring: () => UserRingBufInside;
  readonly #known: Uint8Array;
  #producer = 0n;
  #consumer = 0n;
  readonly untouched: boolean;

  constructor(ring: () => UserRingBufInside) {
    this.#ring = ring;
    this.#known = ring().userData.slice();
    const { producer, consumer } = ring().positions();
    this.#producer = producer;
    this.#consumer = consumer;
    this.untouched = producer === 0n && consumer === 0n && this.#known.every((byte) => byte === 0);
  }

  look(): Found {
    const { producer, consumer } = this.#ring().positions();
    const others = consumer !== this.#consumer;
    const changes = this.#changes();
    if (producer === this.#producer && changes.length === 0) return { input: undefined, others };
    this.#producer = producer;
    return { input: { producer: `${producer}`, changes }, others };
  }

  settle(): void {
    this.#consumer = this.#ring().positions().consumer;
    // a program may have written into samples that it drained
    this.#known.set(this.#ring().userData);
  }

  #changes(): readonly (readonly [offset: number, bytes: Hex])[] {
    const now = this.#ring().userData;
    const known = this.#known;
    const changes: (readonly [number, Hex])[] = [];
    for (let at = 0; at < now.length; at += 1) {
      if (now[at] === known[at]) continue;
      let end = at + 1;
      for (let next = end; next < now.length && next < end + near; next += 1)
        if (now[next] !== known[next]) end = next + 1;
      changes.push([at, toHex(now.subarray(at, end))]);
      at = end;
    }
    known.set(now);
    return changes;
  }
}
