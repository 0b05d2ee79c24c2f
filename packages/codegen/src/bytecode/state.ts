import type { Facts } from "./decision.ts";
import type { Memory } from "./memory.ts";
import { aged, agedWithin, joined, nulled, unknown, type Value, without } from "./value.ts";

/** What the code has at an instruction. */
export interface State {
  /** r0 to r10. */
  readonly registers: readonly Value[];
  readonly memory: Memory;
  /** How branches went that lead here, and that the same numbers decide again. */
  readonly facts: Facts;
}

export function withRegister(state: State, index: number, value: Value): State {
  return { ...state, registers: state.registers.map((old, at) => (at === index ? value : old)) };
}

/** Registers behind a call: those of arguments hold nothing any more. */
export function returned(state: State, result: Value, memory: Memory): State {
  const registers = state.registers.map((old, at) => (at === 0 ? result : at < 6 ? unknown : old));
  return { ...state, registers, memory };
}

export function joinedStates(known: State, next: State): State {
  const registers = known.registers.map((value, index) => joined(value, next.registers[index] ?? unknown));
  const memory = known.memory.join(next.memory);
  const facts = known.facts.onBoth(next.facts);
  const isSame = memory === known.memory && facts === known.facts;
  if (isSame && registers.every((value, index) => value === known.registers[index])) return known;
  return { registers, memory, facts };
}

/** The state where `origin` gives another number from now on. */
export function stateWithoutNumber({ registers, memory, facts }: State, origin: string): State {
  return {
    registers: registers.map((value) => without(value, origin)),
    memory: memory.without(origin),
    facts: facts.without(origin),
  };
}

/** The state before a call that may have given something before: pointers that it gave may lead to what it gives now, or not. */
export function agedIn(state: State, origin: string): State {
  const { registers, memory } = state;
  if (!memory.isGivenBy(origin)) return state;
  return { ...state, registers: registers.map((value) => aged(value, origin)), memory: memory.aged(origin) };
}

/** The same of a function's call, by all that calls and numbers in it gave before; what it has in memory, these see themselves. */
export function agedInCall(state: State, path: string): State {
  const registers = state.registers.map((value) => agedWithin(value, path));
  const isSame = registers.every((value, index) => value === state.registers[index]);
  return { ...state, ...(!isSame && { registers }), facts: state.facts.withoutWithin(path) };
}

/** The state where the last call that was to give a region gave none. */
export function stateWithout(state: State, region: string): State {
  return {
    ...state,
    registers: state.registers.map((value) => nulled(value, region)),
    memory: state.memory.end(region),
  };
}
