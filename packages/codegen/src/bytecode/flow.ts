import { computed, storable } from "./arithmetic.ts";
import { type Carried, CarriedCalls } from "./carried.ts";
import type { PointerVariable } from "./dwarf/variables.ts";
import { helped } from "./helper-call.ts";
import {
  accessBytes,
  exit,
  type Instruction,
  instructionBytes,
  instructionClass,
  loadConstant,
  successors,
} from "./instruction.ts";
import { Memory } from "./memory.ts";
import type { CodePlace, ObjectCode } from "./object-code.ts";
import { escaped, loaded, placesIn, storedIn } from "./pointer.ts";
import { joinedStates, returned, type State, withRegister } from "./state.ts";
import {
  constant,
  joined,
  mayBeSeveral,
  numberFrom,
  one,
  pointerAtom,
  type Region,
  unknown,
  unknownAtom,
  type Value,
  without,
} from "./value.ts";

/** Instructions that are looked at in all, each as often as more becomes known of what leads to it. */
const mostSteps = 200_000;
/** Calls inside of each other that are followed. */
const deepest = 8;

/** A call of a function of the object: what it is reached through, for keys, and its program. */
interface Frame {
  readonly path: string;
  readonly depth: number;
  readonly program: string;
}

type Outcome = { readonly result: Value; readonly memory: Memory } | undefined;

/**
 * Follows the programs of an object: which maps, pointers and constants their registers and stacks hold where a helper
 * is called. Both sides of every branch count, so what is found may be more than ever runs, and not less, but for what leads
 * through memory that is not followed.
 */
export class Flow {
  readonly #code: ObjectCode;
  readonly #pointersAt: (place: CodePlace) => readonly PointerVariable[];
  readonly #calls = new CarriedCalls();
  /** Instructions that gave a number of which nothing is known. */
  readonly #origins = new Set<string>();
  #steps = 0;

  /** @param pointersAt variables that are known to point somewhere from an instruction on */
  constructor(code: ObjectCode, pointersAt: (place: CodePlace) => readonly PointerVariable[]) {
    this.#code = code;
    this.#pointersAt = pointersAt;
  }

  /** All that the programs carry over maps, in the order of the code. */
  read(): readonly Carried[] {
    for (const { section, offset, name } of this.#code.programs) {
      const at = { section: section.index, at: offset };
      this.#call(at, [], new Memory(), { path: `${section.index}:${offset}`, depth: 0, program: name });
    }
    return this.#calls.all();
  }

  /** Whether the code was too large to be followed to its end. */
  get cut(): boolean {
    return this.#steps > mostSteps;
  }

  #call(entry: CodePlace, args: readonly Value[], memory: Memory, frame: Frame): Outcome {
    const end = this.#code.endOf(entry);
    if (end === undefined || frame.depth > deepest) return { result: unknown, memory: new Memory() };
    const stack: Region = { kind: "stack", key: `k${frame.path}` };
    const registers = Array.from({ length: 11 }, (_, index) => (index === 0 ? unknown : (args[index - 1] ?? unknown)));
    registers[10] = one(pointerAtom(stack, 0));
    const states = new Map<number, State>([[entry.at, { registers, memory: memory.begin(stack) }]]);
    const pending = new Set([entry.at]);
    let outcome: Outcome;
    for (const at of pending) {
      pending.delete(at);
      const state = states.get(at);
      const instruction = this.#code.instruction({ section: entry.section, at });
      if (state === undefined || instruction === undefined) continue;
      for (const { register, target } of this.#pointersAt({ section: entry.section, at })) {
        this.#calls.declare(target, state.registers[register] ?? unknown);
      }
      if (++this.#steps > mostSteps) return { result: unknown, memory: new Memory() };
      if (instruction.opcode === exit) {
        const result = state.registers[0] ?? unknown;
        outcome =
          outcome === undefined
            ? { result, memory: state.memory }
            : { result: joined(outcome.result, result), memory: outcome.memory.join(state.memory) };
        continue;
      }
      const next = this.#step(instruction, { section: entry.section, at }, state, frame);
      if (next === undefined) continue;
      for (const to of successors(instruction, at)) {
        if (to < entry.at || to >= end) continue;
        const known = states.get(to);
        const merged = known === undefined ? next : joinedStates(known, next);
        if (merged === known) continue;
        states.set(to, merged);
        pending.add(to);
      }
    }
    return outcome;
  }

  /** The state behind an instruction; undefined where nothing is behind it. */
  #step(instruction: Instruction, place: CodePlace, state: State, frame: Frame): State | undefined {
    const { opcode, destination, source, offset, immediate } = instruction;
    const { registers, memory } = state;
    const register = (index: number): Value => registers[index] ?? unknown;
    const kind = opcode & 7;
    switch (kind) {
      case instructionClass.alu:
      case instructionClass.alu64: {
        const result = computed(instruction, register(destination), register(source));
        if (!isUnknown(result)) return withRegister(state, destination, result);
        return this.#given(state, destination, originOf(frame, place), bitsOf(instruction));
      }
      case instructionClass.ld: {
        if (opcode !== loadConstant) return withRegister(state, 0, unknown);
        const reference = this.#code.reference(place);
        if (reference !== undefined) return withRegister(state, destination, one(reference));
        const high = this.#code.instruction({ section: place.section, at: place.at + instructionBytes });
        const value = (BigInt(high?.immediate ?? 0) << 32n) | BigInt.asUintN(32, BigInt(immediate));
        return withRegister(state, destination, constant(value));
      }
      case instructionClass.ldx:
        return this.#loadedInto(state, instruction, originOf(frame, place));
      case instructionClass.st:
      case instructionClass.stx: {
        const width = accessBytes(opcode);
        const atomic = kind === instructionClass.stx && opcode >> 5 !== 3;
        const value = kind === instructionClass.st ? constant(BigInt(immediate)) : storable(register(source), width);
        const what = { width, value, ...(!mayBeSeveral(value) && { alone: true as const }) };
        const stored = storedIn(memory, register(destination), offset, width, atomic ? undefined : what);
        const fetching = atomic && (immediate & 1) !== 0;
        const behind = { registers, memory: stored };
        // `cmpxchg` fetches to r0, the others to their own operand.
        if (!fetching) return behind;
        return withRegister(behind, (immediate & 0xf0) === 0xf0 ? 0 : source, unknown);
      }
      default: {
        if (opcode >> 4 !== 8 || kind !== instructionClass.jmp) return state;
        return this.#called(instruction, place, state, frame);
      }
    }
  }

  #called(instruction: Instruction, place: CodePlace, state: State, frame: Frame): State | undefined {
    const args = state.registers.slice(1, 6);
    if (instruction.source === 1) {
      const callee = this.#code.callee(place, instruction);
      if (callee === undefined) return returned(state, unknown, new Memory());
      for (const [index, value] of args.entries()) this.#calls.hand(callee, index + 1, value);
      const outcome = this.#call(callee, args, state.memory, this.#inner(frame, place));
      if (outcome !== undefined) this.#calls.hand(callee, 0, outcome.result);
      return outcome === undefined ? undefined : returned(state, outcome.result, outcome.memory);
    }
    if (instruction.source !== 0) return returned(state, unknown, escaped(state.memory, args));
    const key = originOf(frame, place);
    const { result, memory } = helped(
      {
        number: instruction.immediate,
        args,
        memory: state.memory,
        place,
        program: frame.program,
        key,
        callBack: (callback, given, before) => this.#calledBack(callback, given, before, place, frame),
      },
      this.#calls,
    );
    const behind = returned(state, result, memory);
    return isUnknown(result) ? this.#given(behind, 0, key, 64) : behind;
  }

  /** An instruction gives a number of which nothing is known: what it gave before is another one. */
  #given(state: State, register: number, origin: string, bits: number, fromMemory = false): State {
    const seen = this.#origins.has(origin);
    this.#origins.add(origin);
    const known = seen
      ? { registers: state.registers.map((value) => without(value, origin)), memory: state.memory.without(origin) }
      : state;
    return withRegister(known, register, numberFrom(origin, bits, fromMemory));
  }

  #loadedInto(state: State, { opcode, destination, source, offset }: Instruction, origin: string): State {
    const width = accessBytes(opcode);
    const pointer = state.registers[source] ?? unknown;
    this.#calls.load(pointer, offset, width);
    const value = loaded(state.memory, pointer, offset, width);
    if (!isUnknown(value)) return withRegister(state, destination, value);
    const given = this.#given(state, destination, origin, width * 8, true);
    const [target, ...others] = placesIn(pointer);
    if (target === undefined || others.length > 0) return given;
    // What stands there is this number, until something else is stored.
    const { registers, memory } = given;
    const number = registers[destination] ?? unknown;
    return { registers, memory: memory.store(target.region, target.offset + offset, { width, value: number }) };
  }

  #inner(frame: Frame, place: CodePlace): Frame {
    return { ...frame, path: originOf(frame, place), depth: frame.depth + 1 };
  }

  #calledBack(callback: Value, args: readonly Value[], memory: Memory, place: CodePlace, frame: Frame): Memory {
    let behind = memory;
    for (const atom of callback.values()) {
      if (atom.kind !== "function") continue;
      const outcome = this.#call(atom, args, memory, this.#inner(frame, place));
      // It may run never, or more than once.
      behind = outcome === undefined ? behind : behind.join(outcome.memory);
    }
    return behind;
  }
}

/** What tells an instruction, and the calls that lead to it, from others. */
function originOf({ path }: Frame, { section, at }: CodePlace): string {
  return `${path}/${section}:${at}`;
}

function isUnknown(value: Value): boolean {
  return value.size === 1 && value.has(unknownAtom.key);
}

/** Bits that the result of an arithmetic instruction may have. */
function bitsOf({ opcode, immediate }: Instruction): number {
  // BPF_AND with a constant that is not negative
  if (opcode >> 4 === 5 && (opcode & 8) === 0 && immediate > 0) return immediate.toString(2).length;
  return (opcode & 7) === instructionClass.alu64 ? 64 : 32;
}
