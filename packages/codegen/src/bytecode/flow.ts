import { computed, storable } from "./arithmetic.ts";
import { callers, carriers, helper, writers } from "./helpers.ts";
import {
  accessBytes,
  exit,
  type Instruction,
  instructionBytes,
  instructionClass,
  loadConstant,
} from "./instruction.ts";
import { Memory, type Places, type Stored } from "./memory.ts";
import type { CodePlace, ObjectCode } from "./object-code.ts";
import {
  constant,
  joined,
  numberFrom,
  numberOf,
  one,
  pointerAtom,
  type Region,
  unknown,
  unknownAtom,
  type Value,
  without,
} from "./value.ts";

/** Bytes that a call carries over a map. */
export interface Carried {
  readonly verb: "reserved" | "sent" | "received" | "written";
  /** Empty where the bytes go to whoever reads the program's file. */
  readonly maps: readonly string[];
  /** How many: a constant, or a sum. */
  readonly size: Value;
  /** What they lie in, from which byte on; absent where nothing says it. */
  readonly source?: { readonly region: Region; readonly offset: number };
  readonly place: CodePlace;
  readonly program: string;
  /** What the code stored in them, by byte. */
  readonly stored: Places;
  /** What it loaded from them, where user space sent them. */
  readonly loaded: Places;
}

/** Instructions that are looked at in all, each as often as more becomes known of what leads to it. */
const mostSteps = 200_000;
/** Calls inside of each other that are followed. */
const deepest = 8;

interface State {
  /** r0 to r10. */
  readonly registers: readonly Value[];
  readonly memory: Memory;
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
  readonly #carried = new Map<string, Carried>();
  /** What was in a reserved sample when it was sent, by sample and place. */
  readonly #submitted = new Map<string, Map<string, Places>>();
  /** Places that the code loads from, by region. */
  readonly #loaded = new Map<string, Map<number, Stored>>();
  /** Maps of user space's samples, by region. */
  readonly #drained = new Map<string, readonly string[]>();
  /** Instructions that gave a number of which nothing is known. */
  readonly #origins = new Set<string>();
  #steps = 0;

  constructor(code: ObjectCode) {
    this.#code = code;
  }

  /** All that the programs carry over maps, in the order of the code. */
  read(): readonly Carried[] {
    for (const { section, offset, name } of this.#code.programs) {
      const at = { section: section.index, at: offset };
      this.#call(at, [], new Memory(), { path: `${section.index}:${offset}`, depth: 0, program: name });
    }
    return [...this.#carried].map(([key, carried]) => {
      const submitted = [...(this.#submitted.get(key)?.values() ?? [])];
      const { source, size, verb } = carried;
      // What is written through a dynptr at once is the whole sample, whatever else leads to where it is submitted.
      const whole = submitted.length === 0 || source !== undefined;
      const stored = whole ? carried.stored : submitted.reduce(onBoth);
      const places = source === undefined ? undefined : this.#loaded.get(source.region.key);
      const loaded = verb === "received" && source && places ? cutOut(places, source.offset, size) : carried.loaded;
      return { ...carried, stored, loaded };
    });
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
        const stored = storedIn(memory, register(destination), offset, width, atomic ? undefined : value);
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
      const outcome = this.#call(callee, args, state.memory, this.#inner(frame, place));
      return outcome === undefined ? undefined : returned(state, outcome.result, outcome.memory);
    }
    if (instruction.source !== 0) return returned(state, unknown, escaped(state.memory, args));
    const { result, memory } = this.#helped(instruction.immediate, args, place, state.memory, frame);
    const behind = returned(state, result, memory);
    return isUnknown(result) ? this.#given(behind, 0, originOf(frame, place), 64) : behind;
  }

  /** An instruction gives a number of which nothing is known: what it gave before is another one. */
  #given(state: State, register: number, origin: string, bits: number): State {
    const seen = this.#origins.has(origin);
    this.#origins.add(origin);
    const known = seen
      ? { registers: state.registers.map((value) => without(value, origin)), memory: state.memory.without(origin) }
      : state;
    return withRegister(known, register, numberFrom(origin, bits));
  }

  #loadedInto(state: State, { opcode, destination, source, offset }: Instruction, origin: string): State {
    const width = accessBytes(opcode);
    const pointer = state.registers[source] ?? unknown;
    this.#noteLoad(pointer, offset, width);
    const value = loaded(state.memory, pointer, offset, width);
    if (!isUnknown(value)) return withRegister(state, destination, value);
    const given = this.#given(state, destination, origin, width * 8);
    const [target, ...others] = placesIn(pointer);
    if (target === undefined || others.length > 0) return given;
    // What stands there is this number, until something else is stored.
    const { registers, memory } = given;
    const number = registers[destination] ?? unknown;
    return { registers, memory: memory.store(target.region, target.offset + offset, width, number) };
  }

  #inner(frame: Frame, place: CodePlace): Frame {
    return { ...frame, path: originOf(frame, place), depth: frame.depth + 1 };
  }

  /** What a helper of the kernel does. */
  #helped(
    number: number,
    args: readonly Value[],
    place: CodePlace,
    memory: Memory,
    frame: Frame,
  ): { readonly result: Value; readonly memory: Memory } {
    const arg = (index: number): Value => args[index - 1] ?? unknown;
    const key = originOf(frame, place);
    const carrier = carriers.get(number);
    if (carrier !== undefined) {
      const maps = carrier.map === undefined ? [] : mapsIn(arg(carrier.map));
      const sample: Region = { kind: "sample", key };
      const data = carrier.data === undefined ? [] : placesIn(arg(carrier.data));
      const [source, ...others] = data;
      const size = arg(carrier.size);
      const stored = data
        .map(({ region, offset }) => cutOut(memory.placesOf(region), offset, size))
        .reduce<Places | undefined>((all, one) => (all === undefined ? one : onBoth(all, one)), undefined);
      const { verb } = carrier;
      const { program } = frame;
      this.#carried.set(key, {
        verb,
        maps,
        size,
        place,
        program,
        stored: stored ?? new Map(),
        loaded: new Map(),
        ...(source !== undefined && others.length === 0 && { source }),
      });
      if (verb === "sent" || verb === "written") return { result: unknown, memory };
      const fresh = memory.begin(sample);
      if (carrier.dynptr === undefined) return { result: one(pointerAtom(sample, 0)), memory: fresh };
      return {
        result: unknown,
        memory: storedIn(fresh, arg(carrier.dynptr), 0, 16, one(pointerAtom(sample, 0))),
      };
    }
    switch (number) {
      case helper.mapLookup:
      case helper.mapLookupPercpu: {
        const [map, ...others] = mapsIn(arg(1));
        if (map === undefined || others.length > 0) return { result: unknown, memory };
        const element: Region = { kind: "element", key: `e${map}`, map };
        return {
          result: one(pointerAtom(element, 0)),
          memory: memory.has(element) ? memory : memory.begin(element),
        };
      }
      case helper.ringbufSubmit:
        this.#submit(arg(1), memory, key);
        return { result: unknown, memory };
      case helper.ringbufSubmitDynptr:
        this.#submit(loaded(memory, arg(1), 0, 16), memory, key);
        return { result: unknown, memory };
      case helper.dynptrData: {
        const over = loaded(memory, arg(1), 0, 16);
        const offset = numberOf(arg(2));
        const [target] = placesIn(over);
        this.#receive(over, offset, arg(3), target, place, frame, key);
        if (target === undefined) return { result: unknown, memory };
        return { result: one(pointerAtom(target.region, offset === undefined ? undefined : Number(offset))), memory };
      }
      case helper.dynptrRead: {
        const [to] = placesIn(arg(1));
        this.#receive(loaded(memory, arg(3), 0, 16), numberOf(arg(4)), arg(2), to, place, frame, key);
        return { result: unknown, memory: spoiled(memory, arg(1), arg(2)) };
      }
      case helper.dynptrWrite:
        return { result: unknown, memory: this.#written(args, memory) };
      case helper.userRingbufDrain: {
        const sample: Region = { kind: "sample", key: `${key}!` };
        const dynptr: Region = { kind: "stack", key: `${key}?` };
        this.#drained.set(sample.key, mapsIn(arg(1)));
        const given = memory
          .begin(sample)
          .begin(dynptr)
          .store(dynptr, 0, 16, one(pointerAtom(sample, 0)));
        const context = [one(pointerAtom(dynptr, 0)), arg(3)];
        return { result: unknown, memory: this.#calledBack(arg(2), context, given, place, frame) };
      }
    }
    const caller = callers.get(number);
    if (caller !== undefined) {
      const given = Array.from(
        { length: 5 },
        (_, index): Value => (index + 1 === caller.at ? arg(caller.context) : unknown),
      );
      return { result: unknown, memory: this.#calledBack(arg(caller.function), given, memory, place, frame) };
    }
    const writer = writers.get(number);
    const behind = writer === undefined ? escaped(memory, args) : spoiled(memory, arg(writer.to), arg(writer.size));
    return { result: unknown, memory: behind };
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

  #noteLoad(pointer: Value, offset: number, width: number): void {
    for (const place of placesIn(pointer)) {
      const places = this.#loaded.get(place.region.key) ?? new Map<number, Stored>();
      this.#loaded.set(place.region.key, places.set(place.offset + offset, { width, value: unknown }));
    }
  }

  #submit(pointer: Value, memory: Memory, key: string): void {
    for (const { region } of placesIn(pointer)) {
      const submitted = this.#submitted.get(region.key) ?? new Map<string, Places>();
      this.#submitted.set(region.key, submitted.set(key, memory.placesOf(region)));
    }
  }

  /** A callback of a drain looks at a sample of user space from its start on. */
  #receive(
    over: Value,
    offset: bigint | undefined,
    size: Value,
    source: Carried["source"],
    place: CodePlace,
    frame: Frame,
    key: string,
  ): void {
    for (const { region } of placesIn(over)) {
      const maps = this.#drained.get(region.key);
      if (maps === undefined || offset !== 0n) continue;
      const { program } = frame;
      this.#carried.set(key, {
        verb: "received",
        maps,
        size,
        place,
        program,
        stored: new Map(),
        loaded: new Map(),
        ...(source && { source }),
      });
    }
  }

  /** `bpf_dynptr_write(dst, offset, src, len, flags)`. */
  #written(args: readonly Value[], memory: Memory): Memory {
    const [dynptr = unknown, at = unknown, data = unknown, length = unknown] = args;
    const [to] = placesIn(loaded(memory, dynptr, 0, 16));
    const [from, ...others] = placesIn(data);
    const [offset, size] = [numberOf(at), numberOf(length)];
    if (to === undefined) return memory;
    const carried = this.#carried.get(to.region.key);
    if (from === undefined || others.length > 0 || offset === undefined || size === undefined) {
      return memory.spoil(to.region);
    }
    if (carried !== undefined && offset === 0n && numberOf(carried.size) === size) {
      const stored = cutOut(memory.placesOf(from.region), from.offset, length);
      this.#carried.set(to.region.key, { ...carried, source: from, stored });
    }
    return memory.copy(from.region, from.offset, Number(size), to.region, Number(offset));
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

function mapsIn(value: Value): readonly string[] {
  return [...value.values()].flatMap((atom) => {
    if (atom.kind === "map") return [atom.map];
    // What a map of maps has in a slot is a map itself, and goes by its name.
    return atom.kind === "pointer" && atom.region.kind === "element" && atom.offset === 0 ? [atom.region.map] : [];
  });
}

/** Where a value may point to, as far as that is known to the byte. */
function placesIn(value: Value): { readonly region: Region; readonly offset: number }[] {
  return [...value.values()].flatMap((atom) =>
    atom.kind === "pointer" && atom.offset !== undefined ? [{ region: atom.region, offset: atom.offset }] : [],
  );
}

function loaded(memory: Memory, pointer: Value, offset: number, width: number): Value {
  let result: Value | undefined;
  for (const atom of pointer.values()) {
    const found =
      atom.kind === "pointer" && atom.offset !== undefined
        ? memory.load(atom.region, atom.offset + offset, width)
        : unknown;
    result = result === undefined ? found : joined(result, found);
  }
  return result ?? unknown;
}

/** @param value undefined for one that nobody knows */
function storedIn(memory: Memory, pointer: Value, offset: number, width: number, value: Value | undefined): Memory {
  const sure = pointer.size === 1;
  let result = memory;
  for (const atom of pointer.values()) {
    if (atom.kind !== "pointer") continue;
    const { region } = atom;
    if (atom.offset === undefined) {
      result = result.spoil(region);
      continue;
    }
    const at = atom.offset + offset;
    const before = sure ? undefined : result.placesOf(region).get(at);
    if (value === undefined || (before !== undefined && before.width !== width)) {
      result = result.spoil(region, at, width);
      continue;
    }
    // Into one of several places: what stood there may still do so.
    result = result.store(region, at, width, before === undefined ? value : joined(before.value, value));
  }
  return result;
}

/** A helper wrote as many bytes to where `pointer` points. */
function spoiled(memory: Memory, pointer: Value, size: Value): Memory {
  const bytes = numberOf(size);
  let result = memory;
  for (const atom of pointer.values()) {
    if (atom.kind !== "pointer") continue;
    result =
      bytes === undefined || atom.offset === undefined
        ? result.spoil(atom.region)
        : result.store(atom.region, atom.offset, Number(bytes), unknown);
  }
  return result;
}

/** Whoever was handed pointers may have written behind all of them. */
function escaped(memory: Memory, args: readonly Value[]): Memory {
  let result = memory;
  for (const value of args) {
    for (const atom of value.values()) if (atom.kind === "pointer") result = result.spoil(atom.region);
  }
  return result;
}

/** What is stored from `start` on, as the sample's own bytes. */
function cutOut(places: Places, start: number, size: Value): Places {
  const bytes = Number(numberOf(size) ?? 0x7fff_ffffn);
  const inside = [...places].filter(([offset, { width }]) => offset >= start && offset + width <= start + bytes);
  return new Map(inside.map(([offset, stored]) => [offset - start, stored]));
}

/** What stands in both of two samples, with all of its values. */
function onBoth(a: Places, b: Places): Places {
  const both = new Map<number, Stored>();
  for (const [offset, { width, value }] of a) {
    const other = b.get(offset);
    if (other?.width === width) both.set(offset, { width, value: joined(value, other.value) });
  }
  return both;
}

function withRegister({ registers, memory }: State, index: number, value: Value): State {
  return { registers: registers.map((old, at) => (at === index ? value : old)), memory };
}

/** Registers behind a call: those of arguments hold nothing any more. */
function returned({ registers }: State, result: Value, memory: Memory): State {
  return { registers: registers.map((old, at) => (at === 0 ? result : at < 6 ? unknown : old)), memory };
}

function joinedStates(known: State, next: State): State {
  const registers = known.registers.map((value, index) => joined(value, next.registers[index] ?? unknown));
  const memory = known.memory.join(next.memory);
  if (memory === known.memory && registers.every((value, index) => value === known.registers[index])) return known;
  return { registers, memory };
}

/** Bytes at which the code may go on. */
function successors({ opcode, offset, immediate }: Instruction, at: number): readonly number[] {
  const kind = opcode & 7;
  if (opcode === loadConstant) return [at + 2 * instructionBytes];
  const next = at + instructionBytes;
  if ((kind !== instructionClass.jmp && kind !== instructionClass.jmp32) || opcode >> 4 === 8) return [next];
  // `gotol` of 32-bit jumps has a wide offset.
  const far = opcode >> 4 === 0 && kind === instructionClass.jmp32 ? immediate : offset;
  const target = next + far * instructionBytes;
  return opcode >> 4 === 0 ? [target] : [next, target];
}
