import { joinedStates, type State } from "./state.ts";
import type { Value } from "./value.ts";

/** States of one instruction that are kept apart by their pointers. */
const mostPointers = 16;
/** States with the same pointers that are kept apart by their constants. */
const mostNumbers = 4;

/** The states that the instructions of a function are reached in, and those that are still to be followed. */
export class States {
  readonly #apart: boolean;
  readonly #states = new Map<number, State[]>();
  /** The place of an instruction, and which of its states. */
  readonly #pending = new Set<string>();

  /** @param apart whether states are kept apart in which registers, or the stack, hold different pointers or constants */
  constructor(apart: boolean) {
    this.#apart = apart;
  }

  /** A path leads to the instruction at a place. */
  reach(at: number, state: State): void {
    const known = this.#states.get(at) ?? [];
    const all = known.map((one) => joinedStates(one, state));
    if (all.some((one, index) => one === known[index])) return;
    const index = this.#indexFor(state, known);
    known[index] = all[index] ?? state;
    this.#states.set(at, known);
    this.#pending.add(`${at} ${index}`);
  }

  /** Each state that is to be followed, until no path brings another one. */
  *[Symbol.iterator](): Iterator<{ readonly at: number; readonly state: State }> {
    for (const next of this.#pending) {
      this.#pending.delete(next);
      const [at = 0, index = 0] = next.split(" ").map(Number);
      const state = this.#states.get(at)?.[index];
      if (state !== undefined) yield { at, state };
    }
  }

  /** The state to join another one to, which is as much like it as can be; a new one where there is room. */
  #indexFor(state: State, known: readonly State[]): number {
    if (!this.#apart || known.length === 0) return 0;
    const own = choicesOf(state);
    const all = known.map(choicesOf);
    const alike = all.flatMap((one, index) => (areSame(one.pointers, own.pointers) ? [index] : []));
    const isFull = alike.length === 0 ? known.length >= mostPointers * mostNumbers : alike.length >= mostNumbers;
    const among = alike.length === 0 ? [...all.keys()] : alike;
    const differences = among.map((index) => differencesOf(all[index]!, own));
    const least = Math.min(...differences);
    return least > 0 && !isFull ? known.length : among[differences.indexOf(least)]!;
  }
}

/** What a state has in registers and on the stack that paths choose, by place. */
interface Choices {
  readonly pointers: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, string>;
}

function choicesOf({ registers, memory }: State): Choices {
  const pointers = new Map<string, string>();
  const numbers = new Map<string, string>();
  const add = (place: string, value: Value): void => {
    const chosen = [...value.values()].filter(({ kind }) => kind !== "sum" && kind !== "unknown");
    for (const choices of [pointers, numbers]) {
      const own = chosen.filter(({ kind }) => (kind === "constant") === (choices === numbers));
      if (own.length > 0)
        choices.set(
          place,
          own
            .map(({ key }) => key)
            .sort()
            .join(" "),
        );
    }
  };
  for (const [index, value] of registers.entries()) add(`r${index}`, value);
  for (const { region, places } of memory.stacks) {
    for (const [at, { width, value }] of places) if (width === 8) add(`${region.key} ${at}`, value);
  }
  return { pointers, numbers };
}

function areSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([place, choice]) => b.get(place) === choice);
}

function differencesOf(a: Choices, b: Choices): number {
  let count = 0;
  for (const of of ["pointers", "numbers"] as const) {
    for (const place of new Set([...a[of].keys(), ...b[of].keys()])) if (a[of].get(place) !== b[of].get(place)) count++;
  }
  return count;
}
