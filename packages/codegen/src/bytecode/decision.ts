import { type Instruction, instructionClass } from "./instruction.ts";
import { type Atom, constantAtom, type Value } from "./value.ts";

/** Comparisons that are kept, the last ones: what they choose is soon chosen. */
const mostFacts = 16;

/** How a comparison of numbers went. */
interface Fact {
  readonly holds: boolean;
  /** What gave the numbers. */
  readonly origins: readonly string[];
}

/** Comparisons that are decided on every path that leads somewhere; an immutable value. */
export class Facts {
  readonly #facts: ReadonlyMap<string, Fact>;

  constructor(facts: ReadonlyMap<string, Fact> = new Map()) {
    this.#facts = facts;
  }

  get(comparison: string): boolean | undefined {
    return this.#facts.get(comparison)?.holds;
  }

  with({ key, origins }: Comparison, holds: boolean): Facts {
    const last = [...this.#facts].slice(1 - mostFacts);
    return new Facts(new Map(last).set(key, { holds, origins }));
  }

  /** Those of both of two paths. The same where the other one has all. */
  onBoth(other: Facts): Facts {
    return this === other ? this : this.#filtered((key, { holds }) => other.get(key) === holds);
  }

  /** Those that hold where `origin` gives another number. */
  without(origin: string): Facts {
    return this.#filtered((_, { origins }) => !origins.includes(origin));
  }

  /** Those that hold where all that is given in the call `path` is another number. */
  withoutWithin(path: string): Facts {
    return this.#filtered((_, { origins }) => !origins.some((origin) => origin.startsWith(`${path}/`)));
  }

  #filtered(isKept: (key: string, fact: Fact) => boolean): Facts {
    const kept = [...this.#facts].filter(([key, fact]) => isKept(key, fact));
    return kept.length === this.#facts.size ? this : new Facts(new Map(kept));
  }
}

/** A comparison of numbers that come up again, and whether a jump is made where it does not hold. */
interface Comparison {
  readonly key: string;
  readonly origins: readonly string[];
  readonly inverted: boolean;
}

/** Operations that others are the contrary of: `!=`, `<=`, `<`, and these with a sign. */
const contraries: ReadonlyMap<number, number> = new Map([
  [5, 1],
  [0xb, 2],
  [0xa, 3],
  [0xd, 6],
  [0xc, 7],
]);

/** What a branch compares, as far as that decides others; a constant where it decides this one. */
function comparisonOf(instruction: Instruction, registers: readonly Value[]): Comparison | boolean | undefined {
  const { opcode, destination, source, immediate } = instruction;
  const kind = opcode & 7;
  const operation = opcode >> 4;
  if ((kind !== instructionClass.jmp && kind !== instructionClass.jmp32) || operation === 0 || operation > 0xd)
    return undefined;
  // Of jumps, calls and exits are the others.
  if (operation === 8 || operation === 9) return undefined;
  const left = onlyNumber(registers[destination]);
  const right = (opcode & 8) === 0 ? constantAtom(BigInt(immediate)) : onlyNumber(registers[source]);
  if (left === undefined || right === undefined) return undefined;
  const bits = kind === instructionClass.jmp32 ? 32 : 64;
  const contrary = contraries.get(operation);
  const base = contrary ?? operation;
  if (left.kind === "constant" && right.kind === "constant")
    return compared(base, left.value, right.value, bits) !== (contrary !== undefined);
  const origins = [left, right].flatMap((atom) => (atom.kind === "sum" && atom.term ? [atom.term.origin] : []));
  return { key: `${left.key} ${base} ${right.key} ${bits}`, origins, inverted: contrary !== undefined };
}

/** The number that a value is, where it is known as one that may come up again. */
function onlyNumber(value: Value | undefined): Atom | undefined {
  const [atom, ...others] = value?.values() ?? [];
  if (atom === undefined || others.length > 0) return undefined;
  return atom.kind === "constant" || (atom.kind === "sum" && atom.term !== undefined) ? atom : undefined;
}

/** `BPF_JEQ`, `BPF_JGT`, `BPF_JGE`, `BPF_JSET`, `BPF_JSGT` and `BPF_JSGE` of two numbers. */
function compared(operation: number, left: bigint, right: bigint, bits: number): boolean {
  const [a, b] = [BigInt.asUintN(bits, left), BigInt.asUintN(bits, right)];
  const [signedA, signedB] = [BigInt.asIntN(bits, left), BigInt.asIntN(bits, right)];
  switch (operation) {
    case 1:
      return a === b;
    case 2:
      return a > b;
    case 3:
      return a >= b;
    case 4:
      return (a & b) !== 0n;
    case 6:
      return signedA > signedB;
    default:
      return signedA >= signedB;
  }
}

/** The sides of a branch that may be taken, and what is known on them; undefined for one that is not. */
export interface Sides {
  readonly jump: Facts | undefined;
  readonly next: Facts | undefined;
}

/** How a branch goes by what is known where it stands. */
export function sidesOf(
  instruction: Instruction,
  { registers, facts }: { readonly registers: readonly Value[]; readonly facts: Facts },
): Sides {
  const comparison = comparisonOf(instruction, registers);
  if (comparison === undefined) return { jump: facts, next: facts };
  if (typeof comparison === "boolean")
    return comparison ? { jump: facts, next: undefined } : { jump: undefined, next: facts };
  const known = facts.get(comparison.key);
  const { inverted } = comparison;
  if (known !== undefined)
    return known !== inverted ? { jump: facts, next: undefined } : { jump: undefined, next: facts };
  return { jump: facts.with(comparison, !inverted), next: facts.with(comparison, inverted) };
}
