import type { Clock } from "@rbgen/runtime/emulated";
import { errno } from "../errno.ts";
import type { MapBase } from "../maps/vm-map.ts";
import type { RunningProgram } from "./execution.ts";
import type { Engine } from "./run.ts";

/** A function of a program that runs by itself, later. */
export interface LaterCall {
  readonly engine: Engine;
  readonly program: RunningProgram;
  /** Slot where it begins. */
  readonly start: number;
}

/** A map whose values may hold a `struct bpf_timer`. */
export interface TimedMap extends MapBase {
  /** A copy of the key whose value is this region. */
  keyOf(region: number): Uint8Array;
}

/** A timer that is due. */
export interface DueTimer {
  /** Timers are numbered as they are initialised. */
  readonly number: number;
  readonly map: TimedMap;
  readonly key: Uint8Array;
  /** Region of the value that the timer is in. */
  readonly value: number;
  readonly call: LaterCall;
}

/** What the callback of a timer gave. */
export interface TimerOutput {
  readonly returnValue: number;
  readonly instructions: number;
}

interface Timer extends Omit<DueTimer, "call"> {
  call: LaterCall | undefined;
  /** Ends the wait; undefined while the timer is not started. */
  stop: (() => void) | undefined;
}

/** `BPF_F_TIMER_ABS` and `BPF_F_TIMER_CPU_PIN`. */
const startFlag = { absolute: 1, pinned: 2 } as const;
/** CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME: all of them are the emulated clock. */
const clocks: readonly number[] = [0, 1, 7];
const nanosecondsOfMs = 1e6;

/** Timers of an object's maps (kernel/bpf/helpers.c `bpf_timer_*`), by the values that they are in. */
export class Timers {
  readonly #clock: Clock;
  readonly #run: (timer: DueTimer) => TimerOutput;
  readonly #byValue = new Map<number, Timer>();
  #made = 0;
  /** The timer whose callback runs. */
  #running: Timer | undefined;

  /** `run` runs the callback of a timer that is due, by `clock`. */
  constructor(clock: Clock, run: (timer: DueTimer) => TimerOutput) {
    this.#clock = clock;
    this.#run = run;
  }

  /** 0, −EINVAL for an unknown clock or flag, −EBUSY where there is one. */
  init(map: TimedMap, value: number, flags: bigint): number {
    if (flags > 15n || !clocks.includes(Number(flags))) return errno.EINVAL;
    if (this.#byValue.has(value)) return errno.EBUSY;
    map.freed ??= (region) => this.#drop(region);
    this.#byValue.set(value, {
      number: this.#made,
      map,
      key: map.keyOf(value),
      value,
      call: undefined,
      stop: undefined,
    });
    this.#made += 1;
    return 0;
  }

  /** 0, −EINVAL for one that was not initialised. */
  setCallback(value: number, call: LaterCall): number {
    const timer = this.#byValue.get(value);
    if (timer === undefined) return errno.EINVAL;
    timer.call = call;
    return 0;
  }

  /** 0, −EINVAL for unknown flags, or one without a callback. A timer that is started already begins anew. */
  start(value: number, nanoseconds: bigint, flags: bigint): number {
    if ((flags & ~BigInt(startFlag.absolute | startFlag.pinned)) !== 0n) return errno.EINVAL;
    const timer = this.#byValue.get(value);
    if (timer?.call === undefined) return errno.EINVAL;
    timer.stop?.();
    const until = Number(nanoseconds) / nanosecondsOfMs;
    const ms = (flags & BigInt(startFlag.absolute)) === 0n ? until : until - this.#clock.now();
    timer.stop = this.#clock.schedule(() => void this.#due(timer), Math.max(0, ms));
    return 0;
  }

  /** Whether it was started, as 1 or 0; −EINVAL for one that was not initialised, −EDEADLK in its own callback. */
  cancel(value: number): number {
    const timer = this.#byValue.get(value);
    if (timer === undefined) return errno.EINVAL;
    if (timer === this.#running) return errno.EDEADLK;
    return this.#stop(timer) ? 1 : 0;
  }

  /** Has the timer of this number be due: what its callback gave; undefined where it is not started. */
  fire(number: number): TimerOutput | undefined {
    for (const timer of this.#byValue.values()) {
      if (timer.number === number && timer.stop !== undefined) return this.#due(timer);
    }
    return undefined;
  }

  /** No timer is due any more. */
  close(): void {
    for (const timer of this.#byValue.values()) this.#stop(timer);
    this.#byValue.clear();
  }

  #due(timer: Timer): TimerOutput | undefined {
    const { call } = timer;
    timer.stop?.();
    timer.stop = undefined;
    if (call === undefined) return undefined;
    const before = this.#running;
    this.#running = timer;
    try {
      return this.#run({ ...timer, call });
    } finally {
      this.#running = before;
    }
  }

  /** Whether it was started. A timer that was cancelled has no callback. */
  #stop(timer: Timer): boolean {
    const active = timer.stop !== undefined;
    timer.stop?.();
    timer.stop = undefined;
    timer.call = undefined;
    return active;
  }

  /** The value is gone, or replaced: so is its timer. */
  #drop(value: number): void {
    const timer = this.#byValue.get(value);
    if (timer === undefined) return;
    this.#stop(timer);
    this.#byValue.delete(value);
  }
}
