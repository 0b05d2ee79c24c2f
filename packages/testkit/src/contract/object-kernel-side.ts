import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import type { BatchRecord, Commit, Drained, DrainOptions, ReserveOptions } from "./kernel-side.ts";

/** Bytes of a sample and of a batch record that cross over; `HEAD` of native/contract.bpf.c. */
const head = 64;
const seen = 64;
const slots = 64;

/** What is asked of an object that was loaded from native/contract.bpf.c, whoever runs it. */
export interface ContractObject {
  /** Puts a ring into a slot of the map of rings of this name. */
  put(rings: "rings" | "user_rings", slot: number, map: RingBufMap | UserRingBufMap): void;
  global(name: string): { get(): unknown; set(value: number | Uint8Array): void };
  program(name: string): { run(): { readonly returnValue: number } };
}

/** The kernel's end of the contract by the programs of native/contract.bpf.c: one run is one operation. */
export class ObjectKernelSide {
  readonly #object: ContractObject;
  readonly #rings: RingSlots;
  readonly #userRings: RingSlots;

  constructor(object: ContractObject) {
    this.#object = object;
    this.#rings = new RingSlots((slot, map) => object.put("rings", slot, map));
    this.#userRings = new RingSlots((slot, map) => object.put("user_rings", slot, map));
  }

  /** Slot of a ring in the object's map of rings. */
  protected slotOf(map: RingBufMap): number {
    return this.#rings.of(map);
  }

  output(map: RingBufMap, bytes: Uint8Array, flags: number): number {
    this.#set({ slot: this.#rings.of(map), size: bytes.byteLength, flags });
    this.#object.global("payload").set(padded(bytes, 8192));
    this.#run("output");
    return Number(this.#get("returned"));
  }

  query(map: RingBufMap, what: number): bigint {
    this.#set({ slot: this.#rings.of(map), what });
    this.#run("query");
    return BigInt.asUintN(64, this.#get("returned"));
  }

  reserve(map: RingBufMap, size: number, commit: Commit, options: ReserveOptions = {}): boolean {
    const { reserveFlags = 0, fill } = options;
    if (fill !== undefined) this.#object.global("fill").set(new Uint8Array(0x30000).fill(fill));
    this.#set({
      slot: this.#rings.of(map),
      size,
      flags: commit.flags,
      reserve_flags: reserveFlags,
      discard: commit.how === "discard" ? 1 : 0,
      filled: fill === undefined ? 0 : 1,
    });
    this.#run("reserve");
    return this.#get("returned") !== 0n;
  }

  batch(map: RingBufMap, records: readonly BatchRecord[], order: "forward" | "reverse"): number[] {
    const bytes = new Uint8Array(4 * (24 + head));
    const view = new DataView(bytes.buffer);
    records.forEach((record, i) => {
      const at = i * (24 + head);
      view.setUint32(at, record.size, true);
      view.setUint32(at + 4, record.commit.how === "discard" ? 1 : 0, true);
      view.setBigUint64(at + 8, BigInt(record.commit.flags), true);
      view.setUint32(at + 16, record.bytes?.byteLength ?? 0, true);
      if (record.bytes !== undefined) bytes.set(record.bytes, at + 24);
    });
    this.#object.global("records").set(bytes);
    this.#set({ slot: this.#rings.of(map), record_count: records.length, reversed: order === "reverse" ? 1 : 0 });
    this.#run("batch");
    const returned = new BigInt64Array((this.#object.global("batch_returned").get() as Uint8Array).slice().buffer);
    return records.map((_, i) => Number(returned[i]));
  }

  drain(map: UserRingBufMap, options: DrainOptions = {}): Drained {
    this.#set({
      slot: this.#userRings.of(map),
      drain_flags: options.flags ?? 0,
      stop_at: options.stopAt ?? 0,
      reply_slot: options.replyTo === undefined ? slots : this.#rings.of(options.replyTo),
      nested: options.nested ? 1 : 0,
      overwrite: options.overwrite ?? 256,
    });
    this.#run("drain");
    const samples = this.#object.global("samples").get() as Uint8Array;
    const view = new DataView(samples.buffer, samples.byteOffset);
    const count = Math.min(Number(this.#object.global("sample_count").get()), seen);
    const drained: Drained = {
      returned: Number(this.#get("returned")),
      samples: Array.from({ length: count }, (_, i) => {
        const at = i * (8 + head);
        const byteLength = view.getUint32(at, true);
        return { byteLength, head: samples.slice(at + 8, at + 8 + Math.min(byteLength, head)) };
      }),
    };
    return options.nested && count > 0 ? { ...drained, nested: Number(this.#get("nested_returned")) } : drained;
  }

  #set(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.#object.global(name).set(value);
  }

  #get(name: string): bigint {
    return this.#object.global(name).get() as bigint;
  }

  #run(name: string): void {
    const { returnValue } = this.#object.program(name).run();
    if (returnValue !== 0) throw new Error(`program ${name} refused its request (${returnValue})`);
  }
}

/** Which slot of an array of maps holds which ring; when all are taken, the oldest gives way. */
class RingSlots {
  readonly #put: (slot: number, map: RingBufMap | UserRingBufMap) => void;
  readonly #slots = new Map<RingBufMap | UserRingBufMap, number>();
  #next = 0;

  constructor(put: (slot: number, map: RingBufMap | UserRingBufMap) => void) {
    this.#put = put;
  }

  /** The slot of `map`, which is put into one if it is in none. */
  of(map: RingBufMap | UserRingBufMap): number {
    const known = this.#slots.get(map);
    if (known !== undefined) return known;
    const slot = this.#next++ % slots;
    for (const [other, taken] of this.#slots) if (taken === slot) this.#slots.delete(other);
    this.#put(slot, map);
    this.#slots.set(map, slot);
    return slot;
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}
