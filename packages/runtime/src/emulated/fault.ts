import { count, integer, real } from "../checked-number.ts";
import type { Clock } from "./clock.ts";

/** A 32-bit generator (mulberry32): the same seed gives the same faults. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = integer(seed, "seed", Number.MIN_SAFE_INTEGER) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  }
}

/** Wake-ups that come late or not at all, of one map on this thread. */
export class WakeupFaults {
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  #dropped = 0;
  #dropRate = 0;
  #delayMs = 0;

  /** @internal */
  constructor(random: SeededRandom, clock: Clock) {
    this.#random = random;
    this.#clock = clock;
  }

  /** The `next` wake-ups are lost. */
  dropWakeups(next: number): void {
    this.#dropped = count(next, "next");
  }

  /** Each wake-up is lost with this probability. */
  dropWakeupsAtRate(rate: number): void {
    this.#dropRate = real(rate, "rate", 0, 1);
  }

  /** Wake-ups come `ms` later, by the kernel's clock. */
  delayWakeups(ms: number): void {
    this.#delayMs = real(ms, "ms", 0);
  }

  /** All is well again. */
  clear(): void {
    this.#dropped = this.#dropRate = this.#delayMs = 0;
  }

  /** @internal Passes a wake-up on: now, later or never. */
  deliver(wake: () => void): void {
    if (this.#dropped > 0) {
      this.#dropped -= 1;
      return;
    }
    if (this.#dropRate > 0 && this.#random.next() < this.#dropRate) return;
    if (this.#delayMs > 0) this.#clock.schedule(wake, this.#delayMs);
    else wake();
  }
}

/** Faults of a ring buffer: what can go wrong with a real one. They concern this thread's reservations and wake-ups. */
export class RingBufFaults extends WakeupFaults {
  readonly #random: SeededRandom;
  #failures = 0;
  #failureRate = 0;
  #lag = 0;
  /** @internal Whether reservations have to ask. */
  active = false;

  /** @internal */
  constructor(random: SeededRandom, clock: Clock) {
    super(random, clock);
    this.#random = random;
  }

  /** The `next` reservations fail, as without room. */
  failReservations(next: number): void {
    this.#failures = count(next, "next");
    this.#update();
  }

  /** Each reservation fails with this probability. */
  failReservationsAtRate(rate: number): void {
    this.#failureRate = real(rate, "rate", 0, 1);
    this.#update();
  }

  /** The consumer seems `bytes` further behind than it is, so that the ring is full earlier. */
  slowConsumer(bytes: number): void {
    this.#lag = integer(bytes, "bytes");
    this.#update();
  }

  override clear(): void {
    super.clear();
    this.#failures = this.#failureRate = this.#lag = 0;
    this.#update();
  }

  /** @internal Whether this reservation fails, which would leave `free` bytes. */
  reservationFails(free: number): boolean {
    if (this.#failures > 0) {
      this.#failures -= 1;
      this.#update();
      return true;
    }
    if (this.#failureRate > 0 && this.#random.next() < this.#failureRate) return true;
    return this.#lag > free;
  }

  #update(): void {
    this.active = this.#failures > 0 || this.#failureRate > 0 || this.#lag > 0;
  }
}
