import type { VerifierError } from "@rbgen/runtime/emulated";
import { formatInstruction } from "../instruction/format.ts";
import { formatRegister } from "../memory/access-fault.ts";
import { stackBytes } from "../memory/layout.ts";
import type { Region } from "../memory/region.ts";
import type { Code } from "../run/code.ts";
import type { FaultFrame } from "../run/program-fault.ts";
import type { RecordedStep, Recorder } from "./recorder.ts";
import type { StepState } from "./step-state.ts";

/**
 * How far a step goes: to the next instruction; to the next line of C, into functions that are called; to the next line of
 * the same function; out of the function that runs.
 */
export type StepUnit = "instruction" | "line" | "over" | "out";

/** What a stepped run came to. */
interface Ending<Output> {
  /** What the run gave; undefined where it ended with a fault. */
  readonly output: Output | undefined;
  readonly fault: VerifierError | undefined;
}

/**
 * A run that took place, to be gone through in both directions. Maps, rings and globals are as the whole run left them; what
 * each step wrote is in the steps.
 */
export class SteppedRun<Output> {
  /** What the run gave; undefined where it ended with a fault. */
  readonly output: Output | undefined;
  /** What it ended with: the last step is the one that faulted. */
  readonly fault: VerifierError | undefined;
  /** Whether every step of the run was kept. */
  readonly complete: boolean;
  readonly #recorder: Recorder;
  #position = 0;

  /** @internal */
  constructor(recorder: Recorder, { output, fault }: Ending<Output>) {
    this.#recorder = recorder;
    this.output = output;
    this.fault = fault;
    this.complete = !recorder.full;
  }

  /** Steps that there are: one for each instruction that was taken. */
  get length(): number {
    return this.#recorder.steps.length;
  }

  /** Number of the step that it stands before, from 0. */
  get position(): number {
    return this.#position;
  }

  /** Where it stands. */
  get state(): StepState {
    return this.at(this.#position);
  }

  /** Goes forward; false, and it stays where it is, where there is no such step any more. */
  step(unit: StepUnit = "instruction"): boolean {
    return this.#go(unit, 1);
  }

  /** Goes back: to where {@link step} would have come from. False, and it stays, where there was no such step. */
  back(unit: StepUnit = "instruction"): boolean {
    return this.#go(unit, -1);
  }

  /**
   * Goes to a step by its number.
   * @throws RangeError
   */
  seek(position: number): void {
    this.#stepAt(position);
    this.#position = position;
  }

  /**
   * The state at any step.
   * @throws RangeError
   */
  at(position: number): StepState {
    const { code, slot, frame, regions, written } = this.#stepAt(position);
    const instruction = code.instructions[slot];
    const words = this.#recorder.registers(position);
    const { bytes, marks } = functionOf(code, slot)?.usesStack
      ? this.#recorder.stacks.at(position, frame)
      : { bytes: new Uint8Array(stackBytes), marks: new Uint8Array(stackBytes) };
    return {
      index: position,
      program: code.functions[0]?.name ?? "",
      text: instruction === undefined ? "" : formatInstruction(instruction, (kind, id) => code.notes?.nameOf(kind, id)),
      instruction: slot,
      place: code.notes?.placeOf(slot),
      frames: this.#framesAt(position),
      registers: regions.map((_, register) => unsigned(words, register)),
      registerText: regions.map((region: Region | undefined, register) =>
        formatRegister(register, words[2 * register] as number, words[2 * register + 1] as number, region),
      ),
      stack: bytes,
      stackMarks: marks,
      written,
    };
  }

  #framesAt(position: number): readonly FaultFrame[] {
    const frames: FaultFrame[] = [];
    for (let at = position; at >= 0; ) {
      const { code, slot, caller } = this.#stepAt(at);
      const note = code.notes?.placeOf(slot);
      const name = functionOf(code, slot)?.name ?? "program";
      frames.push({ function: name, instruction: slot, place: note?.place, source: note?.source });
      at = caller;
    }
    return frames;
  }

  #go(unit: StepUnit, direction: 1 | -1): boolean {
    const { steps } = this.#recorder;
    const from = steps[this.#position];
    if (from === undefined) return false;
    for (let at = this.#position + direction; at >= 0 && at < steps.length; at += direction) {
      if (!this.#stops(unit, from, steps[at] as RecordedStep, at)) continue;
      this.#position = at;
      return true;
    }
    return false;
  }

  /** Whether a step of `unit` that began at `from` ends at this step. */
  #stops(unit: StepUnit, from: RecordedStep, step: RecordedStep, at: number): boolean {
    switch (unit) {
      case "instruction":
        return true;
      case "line":
        return this.#beginsLine(at);
      case "over":
        return step.frame <= from.frame && this.#beginsLine(at);
      case "out":
        return step.frame < from.frame;
    }
  }

  /** Whether a line of C begins here, another one than the step before was a part of. */
  #beginsLine(at: number): boolean {
    const { code, slot, frame } = this.#stepAt(at);
    const place = code.notes?.beginsLine(slot) ? code.notes.placeOf(slot) : undefined;
    if (place === undefined || place.line === 0) return false;
    const before = this.#beforeIn(frame, at);
    if (before === undefined || before.code !== code || before.frame < frame) return true;
    const last = before.code.notes?.placeOf(before.slot);
    return last === undefined || last.line !== place.line || last.file !== place.file || before.slot > slot;
  }

  /** The step before, or the call that a function returned from. */
  #beforeIn(frame: number, at: number): RecordedStep | undefined {
    const { steps } = this.#recorder;
    let before = steps[at - 1];
    while (before !== undefined && before.frame > frame) before = steps[before.caller];
    return before;
  }

  #stepAt(position: number): RecordedStep {
    const step = this.#recorder.steps[position];
    if (step === undefined) throw new RangeError(`there is no step ${position}: the run has ${this.length}`);
    return step;
  }
}

function functionOf(code: Code, slot: number): Code["functions"][number] | undefined {
  return code.functions.find(({ start, end }) => slot >= start && slot < end);
}

function unsigned(words: Int32Array, register: number): bigint {
  const [low, high] = [words[2 * register] as number, words[2 * register + 1] as number];
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
