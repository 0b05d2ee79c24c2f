import type { Memory } from "./memory.ts";
import { aged, joined, nulled, unknown, type Value } from "./value.ts";

/** What the code has at an instruction. */
export interface State {
  /** r0 to r10. */
  readonly registers: readonly Value[];
  readonly memory: Memory;
}

export function withRegister({ registers, memory }: State, index: number, value: Value): State {
  return { registers: registers.map((old, at) => (at === index ? value : old)), memory };
}

/** Registers behind a call: those of arguments hold nothing any more. */
export function returned({ registers }: State, result: Value, memory: Memory): State {
  return { registers: registers.map((old, at) => (at === 0 ? result : at < 6 ? unknown : old)), memory };
}

export function joinedStates(known: State, next: State): State {
  const registers = known.registers.map((value, index) => joined(value, next.registers[index] ?? unknown));
  const memory = known.memory.join(next.memory);
  if (memory === known.memory && registers.every((value, index) => value === known.registers[index])) return known;
  return { registers, memory };
}

/** The state before a call that may have given something before: pointers that it gave may lead to what it gives now, or not. */
export function agedIn(state: State, origin: string): State {
  const { registers, memory } = state;
  if (!memory.isGivenBy(origin)) return state;
  return { registers: registers.map((value) => aged(value, origin)), memory: memory.aged(origin) };
}

/** The state where the last call that was to give a region gave none. */
export function stateWithout({ registers, memory }: State, region: string): State {
  return { registers: registers.map((value) => nulled(value, region)), memory: memory.end(region) };
}
