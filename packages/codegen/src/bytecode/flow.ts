import type { PointerVariable } from "@rbgen/btf";
import { carrierOf, type MapDefinition } from "../module.ts";
import { computed, extended, storable } from "./arithmetic.ts";
import { type Carried, CarriedCalls } from "./carried.ts";
import { Facts, sidesOf } from "./decision.ts";
import { failureOf } from "./failure.ts";
import { helped } from "./helper-call.ts";
import { argumentCounts, resultBits } from "./helpers.ts";
import {
  accessBytes,
  exit,
  type Instruction,
  instructionBytes,
  instructionClass,
  isIndirect,
  isSigned,
  loadConstant,
  ordered,
  successors,
} from "./instruction.ts";
import { MapElements } from "./map-elements.ts";
import { Memory } from "./memory.ts";
import type { CodePlace, ObjectCode } from "./object-code.ts";
import { escaped, loaded, placeIn, storedIn } from "./pointer.ts";
import { agedIn, agedInCall, returned, type State, stateWithout, stateWithoutNumber, withRegister } from "./state.ts";
import { States } from "./states.ts";
import {
  anything,
  constant,
  joined,
  mayBeSeveral,
  numberFrom,
  one,
  pointerAtom,
  type Region,
  type Term,
  unknown,
  unknownAtom,
  type Value,
} from "./value.ts";

/** Instructions that are looked at in all, each as often as more becomes known of what leads to it. */
const mostSteps = 200_000;
const tooLarge = "it takes more steps than are made";
/** Calls inside of each other that are followed. */
const deepest = 8;
/** Calls of a function by a helper that are followed one after the other, before anything may have been stored by them. */
const mostRounds = 3;

/** Code that is followed. */
export interface FollowedCode {
  readonly code: ObjectCode;
  readonly maps: readonly MapDefinition[];
  /** Variables that are known to point somewhere from an instruction on. */
  readonly pointersAt: (place: CodePlace) => readonly PointerVariable[];
}

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
  readonly #calls: CarriedCalls;
  readonly #elements: MapElements;
  /** Maps that records are carried over. */
  readonly #carriers: readonly string[];
  /** Instructions that gave a number of which nothing is known. */
  readonly #origins = new Set<string>();
  readonly #apart: boolean;
  #steps = 0;

  private constructor({ code, maps, pointersAt }: FollowedCode, apart: boolean) {
    this.#code = code;
    this.#elements = new MapElements(maps);
    this.#carriers = maps.filter((map) => carrierOf(map) === map).map(({ name }) => name);
    this.#calls = new CarriedCalls(code.endian, apart);
    this.#pointersAt = pointersAt;
    this.#apart = apart;
  }

  /**
   * All that the programs carry over maps, in the order of the code. Where a call may have one of several pointers, sizes or
   * maps together, paths are followed apart, to tell which of them go together. Of code that is too large to be followed to its
   * end nothing is told but that: each of its maps may carry anything.
   */
  static read(code: FollowedCode): readonly Carried[] {
    const flow = new Flow(code, false);
    const carried = flow.#read();
    if (flow.#isCut) return carried.filter(({ limit }) => limit === tooLarge);
    if (!carried.some(({ mixed }) => mixed === true)) return carried;
    const apart = new Flow(code, true);
    const told = apart.#read();
    return apart.#isCut ? carried : told;
  }

  #read(): readonly Carried[] {
    for (const { section, offset, name } of this.#code.programs) {
      const at = { section: section.index, at: offset };
      this.#call(at, [], new Memory(this.#code.endian), {
        path: `${section.index}:${offset}`,
        depth: 0,
        program: name,
      });
    }
    return this.#calls.all();
  }

  get #isCut(): boolean {
    return this.#steps > mostSteps;
  }

  #call(entry: CodePlace, args: readonly Value[], memory: Memory, frame: Frame): Outcome {
    const end = this.#code.endOf(entry);
    if (end === undefined || frame.depth > deepest) return this.#lost(memory);
    const stack: Region = { kind: "stack", key: `k${frame.path}` };
    const registers = Array.from({ length: 11 }, (_, index) => (index === 0 ? unknown : (args[index - 1] ?? unknown)));
    registers[10] = one(pointerAtom(stack, 0));
    const states = new States(this.#apart);
    this.#steps += memory.cost;
    states.reach(entry.at, { registers, memory: memory.begin(stack), facts: new Facts() });
    let outcome: Outcome;
    for (const { at, state } of states) {
      const instruction = this.#code.instruction({ section: entry.section, at });
      if (instruction === undefined) continue;
      for (const { register, target } of this.#pointersAt({ section: entry.section, at })) {
        this.#calls.declare(target, state.registers[register] ?? unknown);
      }
      if (++this.#steps > mostSteps) {
        const place = { section: entry.section, at };
        this.#calls.cutOff(tooLarge, this.#carriers, { place, program: frame.program });
        return { result: anything, memory: memory.forget() };
      }
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
      this.#reach(stack, instruction, state, next);
      const failed = failureOf(instruction, at, state);
      const without = failed === undefined ? next : stateWithout(next, failed.region);
      const following = successors(instruction, at);
      const sides = this.#apart && following.length > 1 ? sidesOf(instruction, state) : undefined;
      for (const [side, to] of following.entries()) {
        if (to < entry.at || to >= end) continue;
        const own = to === failed?.at ? without : next;
        const facts = side === 0 ? sides?.next : sides?.jump;
        if (sides === undefined) states.reach(to, own);
        else if (facts !== undefined) states.reach(to, { ...own, facts });
      }
    }
    // What lies in the frame is gone with the function.
    return outcome && { ...outcome, memory: outcome.memory.end(stack.key) };
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
        const isPlain = kind === instructionClass.st || opcode >> 5 === 3;
        if (!isPlain && immediate === ordered.load) return this.#loadedInto(state, instruction, originOf(frame, place));
        const atomic = !isPlain && immediate !== ordered.store;
        const given = kind === instructionClass.st ? constant(BigInt(immediate)) : register(source);
        const value = storable(given, width);
        const what = { width, value, ...(!mayBeSeveral(value) && { alone: true as const }) };
        const stored = storedIn(memory, register(destination), offset, width, atomic ? undefined : what);
        const fetching = atomic && (immediate & 1) !== 0;
        const behind = { ...state, memory: stored };
        // `cmpxchg` fetches to r0, the others to their own operand.
        if (!fetching) return behind;
        return withRegister(behind, (immediate & 0xf0) === 0xf0 ? 0 : source, unknown);
      }
      default: {
        if (isIndirect(opcode)) {
          const limit = "where a jump or a call leads only a run knows";
          this.#calls.cutOff(limit, this.#carriers, { place, program: frame.program });
          // A call comes back; nothing else is known of where the code goes on.
          return opcode >> 4 === 0 ? undefined : this.#calledElsewhere(state, [], place, frame);
        }
        if (opcode >> 4 !== 8 || kind !== instructionClass.jmp) return state;
        return this.#called(instruction, place, state, frame);
      }
    }
  }

  /** What of its frame the function uses by an instruction. */
  #reach(stack: Region, { opcode, destination, source, offset }: Instruction, before: State, behind: State): void {
    const kind = opcode & 7;
    if (kind === instructionClass.alu64) this.#calls.reach(stack, behind.registers[destination] ?? unknown);
    const isStore = kind === instructionClass.st || kind === instructionClass.stx;
    if (!isStore && kind !== instructionClass.ldx) return;
    this.#calls.reach(stack, before.registers[isStore ? destination : source] ?? unknown, offset);
  }

  #called(instruction: Instruction, place: CodePlace, state: State, frame: Frame): State | undefined {
    const args = state.registers.slice(1, 6);
    if (instruction.source === 1) {
      const callee = this.#code.callee(place, instruction);
      if (callee === undefined) {
        return this.#calledElsewhere(state, args, place, frame);
      }
      for (const [index, value] of args.entries()) this.#calls.hand(callee, index + 1, value);
      const inner = this.#inner(frame, place);
      const outcome = this.#call(callee, args, state.memory, inner);
      if (outcome === undefined) return undefined;
      this.#calls.hand(callee, 0, outcome.result);
      return returned(agedInCall(state, inner.path), outcome.result, outcome.memory);
    }
    if (instruction.source !== 0) {
      if (args.some(hasFunction)) return this.#calledElsewhere(state, args, place, frame);
      // A function of the kernel may give a pointer into what it is handed.
      const behind = escaped(state.memory, args);
      return returned(state, behind === state.memory ? unknown : anything, behind);
    }
    const key = originOf(frame, place);
    this.#steps += state.memory.cost;
    const before = agedIn(state, key);
    const { result, memory } = helped(
      {
        number: instruction.immediate,
        args: before.registers.slice(1, 1 + (argumentCounts[instruction.immediate] ?? 5)),
        memory: before.memory,
        place,
        program: frame.program,
        key,
        elements: this.#elements,
        carriers: this.#carriers,
        callBack: (callback, given, from) => this.#calledBack(callback, given, from, place, frame),
      },
      this.#calls,
    );
    const behind = returned(before, result, memory);
    return isUnknown(result) ? this.#given(behind, 0, key, resultBits.get(instruction.immediate) ?? 64) : behind;
  }

  /** A function that is not in the object may call those that it is handed, then or later. */
  #calledElsewhere(state: State, args: readonly Value[], place: CodePlace, frame: Frame): State {
    const { result, memory } = this.#lost(state.memory);
    for (const atom of args.flatMap((value) => [...value.values()]))
      if (atom.kind === "function") this.#call(atom, [], memory, this.#inner(frame, place));
    return returned(state, result, memory);
  }

  /** What is behind code that is not followed: it may have done anything. */
  #lost(memory: Memory): { readonly result: Value; readonly memory: Memory } {
    this.#calls.lose(memory);
    return { result: anything, memory: memory.forget() };
  }

  /** An instruction gives a number of which nothing is known: what it gave before is another one. */
  #given(state: State, register: number, origin: string, bits: number, from?: Term["loaded"]): State {
    const seen = this.#origins.has(origin);
    this.#origins.add(origin);
    const known = seen ? stateWithoutNumber(state, origin) : state;
    return withRegister(known, register, numberFrom(origin, bits, from));
  }

  #loadedInto(state: State, { opcode, destination, source, offset }: Instruction, origin: string): State {
    const width = accessBytes(opcode);
    const pointer = state.registers[source] ?? unknown;
    this.#calls.load(pointer, offset, width);
    const value = loaded(state.memory, pointer, offset, width);
    if (isSigned(opcode)) {
      const wide = extended(value, width);
      return isUnknown(wide) ? this.#given(state, destination, origin, 64) : withRegister(state, destination, wide);
    }
    if (!isUnknown(value)) return withRegister(state, destination, value);
    const given = this.#given(state, destination, origin, width * 8, mayBeStack(pointer) ? "stack" : "memory");
    const { registers, memory } = given;
    const target = placeIn(pointer);
    const at = (target?.offset ?? 0) + offset;
    if (target === undefined || memory.knows(target.region, at, width)) return given;
    // What stands there is this number, until something else is stored.
    return {
      ...given,
      memory: memory.store(target.region, at, { width, value: registers[destination] ?? unknown }),
    };
  }

  #inner(frame: Frame, place: CodePlace): Frame {
    return { ...frame, path: originOf(frame, place), depth: frame.depth + 1 };
  }

  /** A helper calls a function of the program: never, or more than once. */
  #calledBack(callback: Value, args: readonly Value[], memory: Memory, place: CodePlace, frame: Frame): Memory {
    let behind = memory;
    for (let round = 0; ; round++) {
      const before = round < mostRounds ? behind : behind.forget();
      let after = before;
      for (const atom of callback.values()) {
        if (atom.kind === "constant") continue;
        if (atom.kind !== "function") return this.#lost(memory).memory;
        const outcome = this.#call(atom, args, before, this.#inner(frame, place));
        if (outcome !== undefined) after = after.join(outcome.memory);
      }
      if (after === before || round === mostRounds) return after;
      behind = after;
    }
  }
}

const hasFunction = (value: Value): boolean => [...value.values()].some(({ kind }) => kind === "function");

/** Whether what a stack holds may be read through a pointer. */
function mayBeStack(pointer: Value): boolean {
  return [...pointer.values()].some(
    (atom) => atom.key === "*" || (atom.kind === "pointer" && atom.region.kind === "stack"),
  );
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
