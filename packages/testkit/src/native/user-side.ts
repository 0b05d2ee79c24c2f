import type { RingMemory, RingPart } from "@rbgen/runtime/backend";
import type { ExecutorRing } from "./executor.ts";
import { consumerOp, producerOp, type Step, taken } from "./operations.ts";

const busy = 0x8000_0000;
const discarded = 0x4000_0000;
const length = 0x3fff_ffff;

/**
 * What user space does to a ring between two programs, honest or not, on the mapped memory of either kernel. Where the
 * memory that a claim has is a copy, it goes through the hooks of the seam, as reader and writer do.
 */
export class UserSide {
  /** The ring itself, for a comparison: positions, and its bytes once. */
  readonly truth: {
    readonly consumer: BigUint64Array;
    readonly producer: BigUint64Array;
    readonly bytes: Uint8Array;
  };
  readonly #memory: RingMemory;
  readonly #consumer: BigUint64Array;
  readonly #producer: BigUint64Array;
  readonly #data: DataView;
  readonly #all: Uint8Array;
  readonly #pattern: Uint8Array;
  readonly #posted = new Array<bigint>(8).fill(0n);
  #posts = 0;

  constructor({ memory, truth }: ExecutorRing, pattern: Uint8Array) {
    const { data, size } = memory;
    this.#memory = memory;
    this.#pattern = pattern;
    this.#consumer = positionsOf(memory.consumer);
    this.#producer = positionsOf(memory.producer);
    this.truth = {
      consumer: positionsOf(truth.consumer),
      producer: positionsOf(truth.producer),
      bytes: new Uint8Array(truth.data.buffer as ArrayBuffer, truth.data.byteOffset, size),
    };
    this.#all = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, 2 * size);
    this.#data = new DataView(data.buffer, data.byteOffset, 2 * size);
  }

  run(step: Step): number {
    this.#memory.consumer.pull?.();
    this.#memory.producer.pull?.();
    return step.actor === "consumer" ? this.#consume(step) : this.#produce(step);
  }

  #consume(step: Step): number {
    let consumer = Atomics.load(this.#consumer, 0);
    const producer = Atomics.load(this.#producer, 0);
    let acquired = consumer;
    let passed = 0;
    switch (step.code) {
      case consumerOp.consume:
        if (consumer % 8n !== 0n) return taken;
        while (passed < step.size && consumer < producer) {
          if (consumer >= acquired) acquired = consumer + this.#acquire(consumer, producer - consumer);
          const header = this.#data.getUint32(this.#offset(consumer), true);
          if ((header & busy) !== 0) break;
          consumer += footprint(header);
          passed++;
        }
        break;
      case consumerOp.forward:
        consumer = BigInt.asUintN(64, consumer + BigInt(step.a[0]));
        break;
      case consumerOp.set:
        consumer = (BigInt(step.a[1]) << 32n) | BigInt(step.a[0]);
        break;
      default:
        consumer = producer;
    }
    Atomics.store(this.#consumer, 0, consumer);
    this.#memory.consumer.push?.();
    return passed;
  }

  /** Bytes of the run of records at `position`; where memory is a copy, it is held against the ring itself. */
  #acquire(position: bigint, left: bigint): bigint {
    const { acquire, release, size } = this.#memory;
    const at = this.#offset(position);
    const room = size - at;
    const run = acquire?.(at, left < room ? Number(left) : room) ?? 0;
    if (release !== undefined) {
      // of a length that lies, as far as the data goes
      for (let i = at; i < Math.min(at + run, 2 * size); i++) {
        if (this.#all[i] !== this.truth.bytes[i & (size - 1)]) throw new Error(`byte ${i} of the copy is another one`);
      }
    }
    return BigInt(run);
  }

  #produce(step: Step): number {
    const producer = Atomics.load(this.#producer, 0);
    switch (step.code) {
      case producerOp.post:
        return this.#post(step, producer);
      case producerOp.finish: {
        const at = this.#offset(this.#posted[step.slot] as bigint);
        // what a writer's copy still has of its record, unless that was overwritten long ago
        if (this.#memory.release !== undefined) this.#all.set(this.truth.bytes.subarray(at, at + 8), at);
        const header = (this.#data.getUint32(at, true) & ~busy) | (step.kind ? discarded : 0);
        this.#word(at, header);
        this.#memory.release?.(at, 0);
        return header >>> 0;
      }
      case producerOp.forward:
        this.#publish(BigInt.asUintN(64, producer + BigInt(step.a[0])));
        return 0;
      case producerOp.set: {
        const from = step.kind ? Atomics.load(this.#consumer, 0) : producer;
        // Not before the beginning of time, and near enough for a drain to end.
        this.#publish(step.kind ? from : from - (from % 8n) + BigInt(step.a[0]));
        return 0;
      }
      default: {
        const at = step.size & (this.#memory.size - 1) & ~7;
        this.#word(at, step.a[0]);
        this.#word(at + 4, step.a[1]);
        this.#memory.release?.(at, 0);
        return 0;
      }
    }
  }

  #post(step: Step, producer: bigint): number {
    const size = this.#memory.size;
    const room = BigInt.asUintN(64, BigInt(size) - BigInt.asUintN(64, producer - Atomics.load(this.#consumer, 0)));
    if (producer % 8n !== 0n) return taken;
    if (step.kind && (footprint(step.size) > BigInt(size) || room > BigInt(size) || room < footprint(step.size)))
      return -28;
    const at = this.#offset(producer);
    const bytes = step.size & length;
    if (bytes <= size) this.#fill(this.#offset(BigInt.asUintN(64, producer + 8n)), bytes, step.b[0] & 4095);
    this.#word(at, step.size >>> 0);
    this.#word(at + 4, 0);
    this.#memory.release?.(at, bytes <= size ? bytes : 0);
    this.#posted[this.#posts++ & 7] = producer;
    this.#publish(BigInt.asUintN(64, producer + footprint(step.size)));
    return 0;
  }

  #publish(position: bigint): void {
    Atomics.store(this.#producer, 0, position);
    this.#memory.producer.push?.();
  }

  /** Payload, and its other copy where the memory is not mapped twice. */
  #fill(at: number, count: number, seed: number): void {
    const { size, aliased } = this.#memory;
    const payload = this.#pattern.subarray(seed, seed + count);
    this.#all.set(payload, at);
    if (aliased) return;
    if (at + count > size) this.#all.set(payload.subarray(size - at), 0);
    this.#all.set(payload.subarray(0, Math.min(count, size - at)), at + size);
  }

  #word(at: number, value: number): void {
    const { size, aliased } = this.#memory;
    this.#data.setUint32(at, value >>> 0, true);
    if (!aliased) this.#data.setUint32(at < size ? at + size : at - size, value >>> 0, true);
  }

  #offset(position: bigint): number {
    return Number(position & BigInt(this.#memory.size - 1));
  }
}

/** The position, and the pending one behind it. */
function positionsOf(part: RingPart): BigUint64Array {
  return new BigUint64Array(part.buffer as ArrayBuffer, part.byteOffset, 2);
}

function footprint(header: number): bigint {
  return BigInt((((header & length) + 15) & ~7) >>> 0);
}
