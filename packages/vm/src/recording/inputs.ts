import type { Clock, EmulatedKernel, SeededRandom } from "@rbgen/runtime/emulated";
import type { FailingHelper, FaultSource, RingBufInside } from "@rbgen/runtime/emulated/helpers";
import { invalid } from "../invalid.ts";
import type { Draws } from "./recording.ts";

/** What a run asks of clock and chance. */
export interface Inputs extends FaultSource {
  /** Milliseconds. */
  now(): number;
  /** 32 bits, unsigned. */
  random(): number;
}

/** A clock, seeded numbers, and the faults that a test asked the kernel for. */
export class LiveInputs implements Inputs {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #kernel: EmulatedKernel;

  constructor(clock: Clock, random: SeededRandom, kernel: EmulatedKernel) {
    this.#clock = clock;
    this.#random = random;
    this.#kernel = kernel;
  }

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return Math.floor(this.#random.next() * 0x100000000);
  }

  failing(helper: FailingHelper, ring?: RingBufInside, byteLength?: number): number {
    return this.#kernel.faults.failing(helper, ring, byteLength);
  }
}

/** Passes on what others give, and keeps it. */
export class KeptInputs implements Inputs {
  readonly #from: Inputs;
  #clock: number[] = [];
  #random: number[] = [];
  #faults: (readonly [number, number])[] = [];
  #asked = 0;

  constructor(from: Inputs) {
    this.#from = from;
  }

  now(): number {
    const now = this.#from.now();
    this.#clock.push(now);
    return now;
  }

  random(): number {
    const drawn = this.#from.random();
    this.#random.push(drawn);
    return drawn;
  }

  failing(helper: FailingHelper, ring?: RingBufInside, byteLength?: number): number {
    const errno = this.#from.failing(helper, ring, byteLength);
    if (errno !== 0) this.#faults.push([this.#asked, errno]);
    this.#asked += 1;
    return errno;
  }

  /** What was given since the last call. */
  take(): Draws {
    const draws = { clock: this.#clock, random: this.#random, faults: this.#faults };
    this.#clock = [];
    this.#random = [];
    this.#faults = [];
    this.#asked = 0;
    return draws;
  }
}

/** Gives what was kept, and nothing else. */
export class ReplayedInputs implements Inputs {
  #draws: Draws = { clock: [], random: [], faults: [] };
  #where = "";
  #times = 0;
  #numbers = 0;
  #asked = 0;
  #failed = 0;

  /** The draws of the next run; `where` they are from in words. */
  give(draws: Draws, where: string): void {
    this.#draws = draws;
    this.#where = where;
    this.#times = this.#numbers = this.#asked = this.#failed = 0;
  }

  /** @throws RingBufError EINVAL where the run asked less often than the one that was recorded. */
  expectTaken(): void {
    const { clock, random, faults } = this.#draws;
    if (this.#times < clock.length) throw this.#diverged("clock", "less");
    if (this.#numbers < random.length) throw this.#diverged("random", "less");
    if (this.#failed < faults.length) throw this.#diverged("faults", "less");
  }

  now(): number {
    const now = this.#draws.clock[this.#times];
    if (now === undefined) throw this.#diverged("clock", "more");
    this.#times += 1;
    return now;
  }

  random(): number {
    const drawn = this.#draws.random[this.#numbers];
    if (drawn === undefined) throw this.#diverged("random", "more");
    this.#numbers += 1;
    return drawn;
  }

  failing(): number {
    const fault = this.#draws.faults[this.#failed];
    const call = this.#asked;
    this.#asked += 1;
    if (fault === undefined || fault[0] !== call) return 0;
    this.#failed += 1;
    return fault[1];
  }

  #diverged(what: "clock" | "random" | "faults", how: "less" | "more"): Error {
    return invalid(
      `${this.#where}.${what}: the program asked ${how} often than when it was recorded, and so is not the same`,
    );
  }
}
