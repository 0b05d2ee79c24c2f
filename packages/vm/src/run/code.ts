import type { Instructions } from "../instruction/instruction.ts";
import type { Helper } from "./execution.ts";

/** One function of a program: slots from `start` up to `end`. */
export interface CodeFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Whether it touches its stack: the byte that tells which bytes were written are cleared when it begins. */
  readonly usesStack: boolean;
  /**
   * Registers that an instruction reads and that some way to it may not have set, as bits by slot: looked at when they
   * run. Most functions have none.
   */
  readonly doubtful: ReadonlyMap<number, number>;
}

/** A line of C. */
export interface Place {
  /** "probe.bpf.c:42:7" */
  readonly place: string;
  /** The file, as the compiler was given it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1 on. */
  readonly column: number;
  /** Its text. */
  readonly source: string;
}

/** Words about a program's code, for faults. */
export interface CodeNotes {
  /** Where an instruction comes from. */
  placeOf(slot: number): Place | undefined;
  /** Whether a line of C begins with an instruction. */
  beginsLine(slot: number): boolean;
  /** Name of a helper, or of a kernel function, by its number. */
  nameOf(kind: "helper" | "kfunc", id: number): string | undefined;
}

/** A program that was checked, for an engine to run. */
export interface Code {
  readonly instructions: Instructions;
  /** In the order of their slots; a program begins with the first one. */
  readonly functions: readonly CodeFunction[];
  /** The same by the slot where they begin. */
  readonly functionsByStart: ReadonlyMap<number, CodeFunction>;
  /** What each slot that calls a helper or kernel function calls. */
  readonly helpers: ReadonlyMap<number, Helper>;
  /** By number, for calls whose helper is in a register. */
  readonly helpersByNumber: ReadonlyMap<number, Helper>;
  readonly notes: CodeNotes | undefined;
}

/** Number of `bpf_tail_call`, after which a program does not go on. */
export const tailCallHelper = 12;

/** Number of `bpf_timer_set_callback`, whose callback runs by itself, later. */
export const timerCallbackHelper = 170;

/** Number of `bpf_spin_unlock`, all that may be called while a lock is held. */
export const unlockHelper = 94;
