import type { Run as RingRun } from "@rbgen/runtime/emulated/helpers";
import type { VmMemory } from "../memory/memory.ts";
import type { Host } from "./host.ts";
import type { Engine } from "./run.ts";
import type { SeqOutput } from "./seq-output.ts";
import type { StackObjects } from "./stack-objects.ts";
import type { LaterCall } from "./timers.ts";

/** The program that runs, as helpers ask for it. */
export interface RunningProgram {
  readonly name: string;
  /** `BPF_PROG_TYPE_*` in lower case without the prefix. */
  readonly type: string;
  /** Of the link that it runs for, what `bpf_get_attach_cookie` gives; 0 unless told. */
  readonly cookie?: bigint | undefined;
  /** Of the function at whose entry or exit it runs, what `bpf_get_func_ip` gives; 0 unless told. */
  readonly functionAddress?: bigint | undefined;
}

/** A `struct bpf_spin_lock` of a map's value. */
export interface Lock {
  /** Region of the value. */
  readonly region: number;
  readonly offset: number;
}

/** Where a packet is sent. */
export interface Redirection {
  /** The interface that the packet goes to. */
  readonly ifindex: number;
  /** Flags of the helper's call. */
  readonly flags: number;
}

/** One run of a program, as helpers see it. */
export interface Execution {
  /** The arguments are in `memory.registers`: r1 is words 2 and 3. The result goes to r0, words 0 and 1. */
  readonly memory: VmMemory;
  /** What the run belongs to: kernel, clock, processors, task, trace. */
  readonly host: Host;
  /** What runs. */
  readonly program: RunningProgram;
  /** The run as rings of the emulated kernel know it: what it holds of them. */
  readonly rings: RingRun;
  /** Dynptrs and iterators in the program's stack. */
  readonly objects: StackObjects;
  /** The lock that the program holds: it calls nothing but its unlock meanwhile. */
  lock: Lock | undefined;
  /** What `bpf_redirect` asked for last. */
  redirected: Redirection | undefined;
  /** What an iterator wrote, once it did. */
  written: SeqOutput | undefined;
  /** The program has to give `thing` back before it ends; `what` it is in words, for who forgets it. */
  owe(thing: object, what: string): void;
  /** It was given back. */
  settle(thing: object): void;
  /**
   * Runs a function of the program in the next frame: the instruction at `start`, which is the low word of a pointer
   * into the region of functions. Its arguments are what `memory.registers` holds as r1 to r5, its result is r0 there;
   * r1 to r5 of the caller are gone afterwards.
   * @throws the fault that ended it; one for too many frames.
   */
  call(start: number): void;
  /** What runs a function of the program by itself, later; `start` as in {@link call}. */
  later(start: number): LaterCall;
  /**
   * Goes on with another program in place of the one that runs, which ends with its r0: r1 is in `memory.registers`.
   * False, and nothing happens, beyond the kernel's limit of 33.
   */
  tailCall(engine: Engine): boolean;
  /** Ends the run with a fault at the instruction that called the helper; `reason` says what is wrong and what to do. */
  fault(reason: string): never;
}

/**
 * A helper or kernel function. It takes what it needs of r1 to r5 before it calls back, leaves its result in r0, and
 * makes nothing that lasts. Pointers are checked by `memory.readable` and `memory.writable`, whose errors become faults.
 */
export type Helper = (execution: Execution) => void;

/** Puts an integer into r0, sign-extended as a helper's `long`. */
export function giveInteger(memory: VmMemory, value: number): void {
  const { registers } = memory;
  registers[0] = value;
  registers[1] = value >> 31;
}

/** Puts a pointer, or two words of any kind, into r0; `0, 0` is NULL. */
export function giveWords(memory: VmMemory, low: number, high: number): void {
  const { registers } = memory;
  registers[0] = low;
  registers[1] = high;
}
