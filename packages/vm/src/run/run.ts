import { VerifierError } from "@rbgen/runtime/emulated";
import { Run as RingRun } from "@rbgen/runtime/emulated/helpers";
import { formatInstruction } from "../instruction/format.ts";
import { AccessFault, formatRegister } from "../memory/access-fault.ts";
import { callSlotsAt, maxFrames, registerCount, registersAt } from "../memory/layout.ts";
import type { VmMemory } from "../memory/memory.ts";
import { type Code, type CodeFunction, unlockHelper } from "./code.ts";
import type { Execution, Lock, Redirection, RunningProgram } from "./execution.ts";
import type { Host } from "./host.ts";
import { LentRegion } from "./lent-region.ts";
import { type FaultFrame, ProgramFault } from "./program-fault.ts";
import type { SeqOutput } from "./seq-output.ts";
import { StackObjects } from "./stack-objects.ts";
import type { LaterCall } from "./timers.ts";

/** A program on an engine. */
export interface Engine {
  readonly code: Code;
  /**
   * Runs the function at slot `start` in frame `frame` of `run`: arguments are r1 to r5 of the memory's registers, the
   * result is r0 there.
   * @throws ProgramFault
   */
  enter(run: Run, start: number, frame: number): void;
}

/** What a run is made of. */
export interface RunOptions {
  readonly memory: VmMemory;
  readonly host: Host;
  readonly program: RunningProgram;
  /** Instructions that it may take, at most 2³¹ − 1. */
  readonly budget: number;
  /** What runs in place of an engine, where the run is recorded. */
  readonly inPlaceOf?: (engine: Engine) => Engine;
}

/** Tail calls of a run at most (`MAX_TAIL_CALL_CNT`). */
export const tailCallLimit = 33;
/** Instructions that a callback counts as beside its own: what saving registers and entering an engine take. */
const callbackWork = 8;

/** One run of a program, from its first instruction to its exit or fault. */
export class Run implements Execution {
  readonly memory: VmMemory;
  readonly host: Host;
  readonly program: RunningProgram;
  readonly rings: RingRun;
  readonly #budget: number;
  readonly #inPlaceOf: (engine: Engine) => Engine;
  /** What is owed, and where it was taken. */
  #owed: Map<object, { readonly what: string; readonly engine: Engine; readonly slot: number }> | undefined;
  /** By frame, the registers of a function whose helper calls back. */
  #saved: Int32Array | undefined;
  #objects: StackObjects | undefined;
  #engine: Engine | undefined;
  /** The engine itself, where a recorder's runs in its place. */
  #given: Engine | undefined;
  #frame = 0;
  #slot = 0;
  #tailCalls = 0;
  /** Whether the helper that returned took a tail call: its caller ends, with what is in r0. */
  tailCalled = false;
  redirected: Redirection | undefined;
  written: SeqOutput | undefined;
  lock: Lock | undefined;

  constructor({ memory, host, program, budget, inPlaceOf = (engine) => engine }: RunOptions) {
    this.memory = memory;
    this.host = host;
    this.program = program;
    this.rings = new RingRun({
      clock: host.clock,
      overwrite: false,
      wideDynptrs: false,
      faults: host,
      lend: (bytes, name) => new LentRegion(memory, bytes, name),
    });
    this.#budget = budget;
    this.#inPlaceOf = inPlaceOf;
  }

  /** Instructions that were taken so far. */
  get instructions(): number {
    return this.#budget - this.memory.left - this.memory.charged;
  }

  /**
   * Runs a program from its start, or one of its functions: r1 to r5 are in the memory's registers.
   * @throws ProgramFault
   */
  start(given: Engine, at: number = given.code.functions[0]?.start ?? 0): void {
    const engine = this.#inPlaceOf(given);
    this.#engine = engine;
    this.#given = given;
    this.memory.grant(this.#budget);
    this.#enter(engine, at, 0);
  }

  later(start: number): LaterCall {
    const given = this.#given as Engine;
    if (!given.code.functionsByStart.has(start)) this.fault("a callback that is no function of the program");
    return { engine: given, program: this.program, start };
  }

  get objects(): StackObjects {
    this.#objects ??= new StackObjects(this.memory);
    return this.#objects;
  }

  owe(thing: object, what: string): void {
    this.#owed ??= new Map();
    this.#owed.set(thing, { what, engine: this.#engine as Engine, slot: this.#slot });
  }

  settle(thing: object): void {
    this.#owed?.delete(thing);
  }

  /** The program is at its end, by its exit or a fault: what it did not give back is, and is a fault if it `returned`. */
  finish(returned: boolean): VerifierError | undefined {
    const leak = this.rings.finish(returned);
    if (!returned || this.#owed === undefined) return leak;
    const [owed] = this.#owed.values();
    if (owed === undefined) return leak;
    this.#engine = owed.engine;
    return this.faultAt(new AccessFault(`Unreleased reference: ${owed.what}`), 0, owed.slot) as ProgramFault;
  }

  /** An engine calls a helper: where it is, so that the helper's faults have a place. */
  at(frame: number, slot: number): void {
    this.#frame = frame;
    this.#slot = slot;
    if (this.lock !== undefined) this.#expectUnlock(slot);
  }

  /** verifier.c `check_helper_call`, `check_kfunc_call`: nothing else is called while a lock is held. */
  #expectUnlock(slot: number): void {
    const instruction = (this.#engine as Engine).code.instructions[slot];
    if (instruction?.kind === "helper" && instruction.id === unlockHelper) return;
    this.fault("function calls are not allowed while holding a lock: call bpf_spin_unlock first");
  }

  call(start: number): void {
    const engine = this.#engine as Engine;
    const frame = this.#frame;
    const slot = this.#slot;
    if (!engine.code.functionsByStart.has(start)) {
      this.fault("a callback that is no function of the program");
    }
    if (frame + 1 >= maxFrames) this.fault(tooDeep);
    const { memory } = this;
    memory.charge(callbackWork);
    if (memory.left < 0) this.fault(this.exhausted());
    memory.words[(callSlotsAt >> 2) + frame] = slot;
    // r6 to r10 are the caller's again afterwards: what the helper may still be refused with tells of them
    this.#saved ??= new Int32Array(2 * registerCount * maxFrames);
    const saved = this.#saved;
    for (let word = 12; word < 2 * registerCount; word += 1)
      saved[2 * registerCount * frame + word] = memory.registers[word] as number;
    this.#enter(engine, start, frame + 1);
    for (let word = 12; word < 2 * registerCount; word += 1)
      memory.registers[word] = saved[2 * registerCount * frame + word] as number;
    this.at(frame, slot);
  }

  tailCall(given: Engine): boolean {
    if (this.#tailCalls >= tailCallLimit) return false;
    const engine = this.#inPlaceOf(given);
    this.#tailCalls += 1;
    const before = this.#engine;
    const beforeGiven = this.#given;
    const frame = this.#frame;
    const slot = this.#slot;
    this.#engine = engine;
    this.#given = given;
    this.#enter(engine, engine.code.functions[0]?.start ?? 0, frame);
    this.#engine = before;
    this.#given = beforeGiven;
    this.at(frame, slot);
    this.tailCalled = true;
    return true;
  }

  fault(reason: string): never {
    throw this.faultAt(new AccessFault(reason), this.#frame, this.#slot);
  }

  /** A helper did its work: what it was charged may have used up the budget. */
  expectLeft(): void {
    if (this.memory.left < 0) this.fault(this.exhausted());
  }

  /** That an endless loop was stopped. */
  exhausted(): string {
    return `the run took more than ${this.#budget} instructions, the work of its helpers counted in: a loop without an end, or a larger instructionBudget is needed`;
  }

  /** The fault that `error` is, at an instruction; errors of other kinds, and faults that have a place, stay what they are. */
  faultAt(error: unknown, frame: number, slot: number): unknown {
    const refused = error instanceof VerifierError && !(error instanceof ProgramFault);
    if (!(error instanceof AccessFault) && !refused) return error;
    const { memory } = this;
    const code = (this.#engine as Engine).code;
    const slots = [slot];
    for (let at = frame - 1; at >= 0; at -= 1) slots.push(memory.words[(callSlotsAt >> 2) + at] as number);
    const frames = slots.map((at): FaultFrame => {
      const note = code.notes?.placeOf(at);
      const name = functionAt(code, at)?.name ?? "program";
      return { function: name, instruction: at, place: note?.place, source: note?.source };
    });
    const instruction = code.instructions[slot];
    const registers = Array.from({ length: 11 }, (_, index) => memory.view.getBigUint64(registersAt + 8 * index, true));
    const registerText = Array.from({ length: 11 }, (_, index) => {
      const [low, high] = [memory.registers[2 * index] as number, memory.registers[2 * index + 1] as number];
      return formatRegister(index, low, high, memory.regionOf(high));
    });
    return new ProgramFault({
      code: refused ? (error.code as "EACCES" | "EINVAL") : "EACCES",
      reason: refused ? error.log : error.message,
      frames,
      text: instruction === undefined ? "" : formatInstruction(instruction, (kind, id) => code.notes?.nameOf(kind, id)),
      registers,
      registerText,
      region: refused ? undefined : error.region,
    });
  }

  #enter(engine: Engine, start: number, frame: number): void {
    try {
      engine.enter(this, start, frame);
    } catch (error) {
      if (error instanceof RangeError && /call stack/i.test(error.message)) this.fault(tooDeep);
      throw error;
    }
  }
}

/** What a call chain of more than eight frames is refused with. */
export const tooDeep: string = `the call stack of ${maxFrames + 1} frames is too deep: at most ${maxFrames}`;

function functionAt(code: Code, slot: number): CodeFunction | undefined {
  return code.functions.find(({ start, end }) => slot >= start && slot < end);
}
