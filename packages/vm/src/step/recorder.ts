import { Interpreter } from "../engine/interpreter/interpreter.ts";
import type { Instruction } from "../instruction/instruction.ts";
import { registerCount, stackMark, writtenDelta } from "../memory/layout.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import type { Code } from "../run/code.ts";
import type { Engine } from "../run/run.ts";
import { StackLog } from "./stack-log.ts";
import type { MemoryWrite } from "./step-state.ts";

const words = 2 * registerCount;

/** Bytes that are about to change: what they were, and how to see what they are then. */
interface Pending extends Omit<MemoryWrite, "after"> {
  readonly address: number;
  readonly size: number;
  readonly after: (() => Uint8Array) | undefined;
}

/** One step of a run: where it was, and what the one before had written. */
export interface RecordedStep {
  readonly code: Code;
  readonly slot: number;
  readonly frame: number;
  /** Step at which the function that called this one stands; −1 for the first function. */
  readonly caller: number;
  /** By register, what its pointer pointed to then. */
  readonly regions: readonly (Region | undefined)[];
  readonly written: readonly MemoryWrite[];
}

const nothing: readonly MemoryWrite[] = [];

/**
 * Keeps what each instruction of a run did. The run takes its course on interpreters of its own, so that rings, maps and
 * helpers are what they are in any other run; it is looked at afterwards.
 */
export class Recorder {
  readonly steps: RecordedStep[] = [];
  readonly stacks: StackLog = new StackLog();
  /** Whether there were more steps than are kept. */
  full = false;
  readonly #memory: VmMemory;
  readonly #limit: number;
  readonly #interpreters = new Map<Engine, Interpreter>();
  readonly #lastOfFrame: number[] = [];
  #registers: Int32Array = new Int32Array(words * 1024);
  #pending: Pending[] = [];

  constructor(memory: VmMemory, limit: number) {
    this.#memory = memory;
    this.#limit = limit;
  }

  /** What is run in place of a program's engine. */
  readonly inPlaceOf = (engine: Engine): Engine => {
    const known = this.#interpreters.get(engine);
    if (known !== undefined) return known;
    const { code } = engine;
    const interpreter = new Interpreter(code, this.#memory);
    const counted = engine instanceof Interpreter ? engine : undefined;
    interpreter.observe = (slot, frame, registers) => {
      counted?.observe?.(slot, frame, registers);
      this.#step(code, slot, frame, registers);
    };
    this.#interpreters.set(engine, interpreter);
    return interpreter;
  };

  /** Records what `work` runs. */
  during<T>(work: () => T): T {
    this.#memory.watch = (what, offset, address, size) => this.#changes(what, offset, address, size);
    try {
      return work();
    } finally {
      this.#memory.watch = undefined;
      this.#pending = [];
    }
  }

  /** Low and high words of r0 to r10 before a step. */
  registers(step: number): Int32Array {
    return this.#registers.subarray(words * step, words * (step + 1));
  }

  #step(code: Code, slot: number, frame: number, registers: Int32Array): void {
    if (this.full) return;
    const index = this.steps.length;
    if (index === this.#limit) {
      this.full = true;
      this.#memory.watch = undefined;
      return;
    }
    const written = this.#settle(index);
    const before = this.steps[index - 1]?.regions;
    this.#keep(index, registers);
    this.steps.push({
      code,
      slot,
      frame,
      caller: frame === 0 ? -1 : (this.#lastOfFrame[frame - 1] as number),
      regions: this.#regionsIn(registers, before),
      written,
    });
    this.#lastOfFrame[frame] = index;
    const instruction = code.instructions[slot];
    if (instruction !== undefined) this.#stores(instruction, registers);
  }

  #keep(index: number, registers: Int32Array): void {
    const at = words * index;
    if (at + words > this.#registers.length) {
      const larger = new Int32Array(2 * this.#registers.length);
      larger.set(this.#registers);
      this.#registers = larger;
    }
    for (let word = 0; word < words; word += 1) this.#registers[at + word] = registers[word] as number;
  }

  /** The same array as before where no register points elsewhere. */
  #regionsIn(
    registers: Int32Array,
    before: readonly (Region | undefined)[] | undefined,
  ): readonly (Region | undefined)[] {
    const regions: (Region | undefined)[] = [];
    let same = before !== undefined;
    for (let register = 0; register < registerCount; register += 1) {
      const region = this.#memory.regionOf(registers[2 * register + 1] as number);
      regions.push(region);
      same = same && before?.[register] === region;
    }
    return same && before !== undefined ? before : regions;
  }

  /** What an instruction is about to store, where its pointer is good. */
  #stores(instruction: Instruction, registers: Int32Array): void {
    if (instruction.kind !== "store" && instruction.kind !== "atomic") return;
    const { dst, offset: distance, size } = instruction;
    const high = registers[2 * dst + 1] as number;
    const region = this.#memory.regionOf(high);
    const offset = ((registers[2 * dst] as number) >>> 0) + distance;
    if (region === undefined || region.kind === "stack" || offset < 0 || offset + size > region.size) return;
    const { members, kind, name } = region;
    if (members === undefined) {
      this.#changes(region, offset, region.address + offset, size);
      return;
    }
    const look = (): Uint8Array => {
      const value = new Int32Array(2);
      return members.read(offset, size, value) === undefined
        ? new Uint8Array(value.buffer).slice(0, size)
        : new Uint8Array(size);
    };
    this.#pending.push({ kind, name, offset, address: 0, size, before: look(), after: look });
  }

  #changes({ kind, name }: Pick<Region, "kind" | "name">, offset: number, address: number, size: number): void {
    // a helper may clear bytes before it sets them: one write
    if (this.#pending.some((one) => one.address === address && one.size === size)) return;
    const before = this.#memory.bytes.slice(address, address + size);
    this.#pending.push({ kind, name, offset, address, size, before, after: undefined });
  }

  /** The step before is done: what it wrote. */
  #settle(index: number): readonly MemoryWrite[] {
    if (this.#pending.length === 0) return nothing;
    const { bytes } = this.#memory;
    const written: MemoryWrite[] = [];
    for (const { kind, name, offset, address, size, before, after } of this.#pending) {
      if (kind === "stack") {
        this.stacks.note(index, bytes, address, size);
        // bytes that only count as never written from now on, or as an object's, were not written
        if (bytes[address + writtenDelta] !== stackMark.written) continue;
      }
      written.push({ kind, name, offset, before, after: after?.() ?? bytes.slice(address, address + size) });
    }
    this.#pending = [];
    return written;
  }
}
