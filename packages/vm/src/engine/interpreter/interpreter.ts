import { AccessFault } from "../../memory/access-fault.ts";
import { budgetAt, callSlotsAt, firstStack, maxFrames, registerCount, stackBytes } from "../../memory/layout.ts";
import type { VmMemory } from "../../memory/memory.ts";
import type { Code } from "../../run/code.ts";
import { type Engine, type Run, tailCallLimit, tooDeep } from "../../run/run.ts";
import { noHelper, notSet } from "../faults.ts";
import { Accesses } from "./accesses.ts";
import { exchange } from "./atomic.ts";
import { holds } from "./branch.ts";
import { type Steps, translate } from "./translate.ts";
import {
  divide,
  divideSigned,
  divideSigned32,
  multiply,
  shiftLeft,
  shiftRight,
  shiftRightSigned,
  swapBytes,
  wide,
} from "./wide-arithmetic.ts";

const budgetWord = budgetAt >> 2;
const callSlotsWord = callSlotsAt >> 2;
const frameRegister = 20;
/** Where r6 begins, and the words from there on: a function leaves them as they were. */
const keptFrom = 12;
const keptWords = 2 * registerCount - keptFrom;
/** Functions of a program that are entered at a time: a call chain, whose last may tail-call itself. */
const deepest = maxFrames + tailCallLimit;
/** `BPF_MAX_LOOPS`: turns that a function's `may_goto` lets through. */
const mayGotoTurns = 8 * 1024 * 1024;

/** What a step sees of an instruction at a time, for {@link Interpreter.observe}. */
export type Observe = (slot: number, frame: number, registers: Int32Array) => void;

/**
 * Runs a program instruction by instruction, on pairs of int32: where WebAssembly may not be compiled, and for stepping.
 */
export class Interpreter implements Engine {
  readonly code: Code;
  readonly #memory: VmMemory;
  readonly #steps: Steps;
  readonly #accesses: Accesses;
  /** r6 to r10 of the functions that called the one that runs, outermost first: frames, and programs that tail calls left. */
  readonly #saved = new Int32Array(keptWords * deepest);
  #depth = 0;
  /** Called before every instruction. */
  observe: Observe | undefined;

  constructor(code: Code, memory: VmMemory) {
    this.code = code;
    this.#memory = memory;
    this.#steps = translate(code);
    this.#accesses = new Accesses(memory, this.#steps.values);
  }

  enter(run: Run, start: number, frame: number): void {
    const { values } = this.#steps;
    const { registers } = this.#memory;
    for (let word = 0; word < keptFrom; word += 1) values[word] = registers[word] as number;
    this.#function(run, start, frame);
    const after = this.#memory.registers;
    after[0] = values[0] as number;
    after[1] = values[1] as number;
  }

  /** Runs a function on {@link Steps.values}, and leaves r6 to r10 as they were. */
  #function(run: Run, start: number, frame: number): void {
    const memory = this.#memory;
    const { operation, dst, src, extra, slot, values, stepOf } = this.#steps;
    const saved = this.#saved;
    const savedAt = this.#depth * keptWords;
    this.#depth += 1;
    for (let word = 0; word < keptWords; word += 1) saved[savedAt + word] = values[keptFrom + word] as number;
    values[frameRegister] = stackBytes;
    values[frameRegister + 1] = firstStack + frame;
    if (this.code.functionsByStart.get(start)?.usesStack) memory.clearStack(frame);
    // so that a function without a result leaves the same on both engines
    values[0] = 0;
    values[1] = 0;
    const { observe } = this;
    const accesses = this.#accesses;
    const { member } = accesses;
    let view = memory.view;
    let words = memory.words;
    let left = words[budgetWord] as number;
    let turns = mayGotoTurns;
    // r1 to r5 are set when a function begins, and r10 always
    let set = 0b10000111110;
    let step = stepOf[start] as number;
    try {
      for (;;) {
        const d = dst[step] as number;
        const s = src[step] as number;
        left = (left - 1) | 0;
        if (observe !== undefined) observe(slot[step] as number, frame, values);
        switch (operation[step]) {
          case 0: {
            const low = ((values[d] as number) >>> 0) + ((values[s] as number) >>> 0);
            values[d + 1] = (values[d + 1] as number) + (values[s + 1] as number) + (low > 0xffffffff ? 1 : 0);
            values[d] = low;
            break;
          }
          case 1: {
            const low = ((values[d] as number) >>> 0) - ((values[s] as number) >>> 0);
            values[d + 1] = (values[d + 1] as number) - (values[s + 1] as number) - (low < 0 ? 1 : 0);
            values[d] = low;
            break;
          }
          case 2:
            values[d] = multiply(
              values[d] as number,
              values[d + 1] as number,
              values[s] as number,
              values[s + 1] as number,
            );
            values[d + 1] = wide.high;
            break;
          case 3: // div
          case 5: // mod
            values[d] = divide(
              values[d] as number,
              values[d + 1] as number,
              values[s] as number,
              values[s + 1] as number,
              operation[step] === 5,
            );
            values[d + 1] = wide.high;
            break;
          case 4: // sdiv
          case 6: // smod
            values[d] = divideSigned(
              values[d] as number,
              values[d + 1] as number,
              values[s] as number,
              values[s + 1] as number,
              operation[step] === 6,
            );
            values[d + 1] = wide.high;
            break;
          case 7: {
            const high = (values[d + 1] as number) | (values[s + 1] as number);
            values[d] = (values[d] as number) | (values[s] as number);
            values[d + 1] = high;
            break;
          }
          case 8: {
            const high = (values[d + 1] as number) & (values[s + 1] as number);
            values[d] = (values[d] as number) & (values[s] as number);
            values[d + 1] = high;
            break;
          }
          case 9: {
            const high = (values[d + 1] as number) ^ (values[s + 1] as number);
            values[d] = (values[d] as number) ^ (values[s] as number);
            values[d + 1] = high;
            break;
          }
          case 10:
            values[d] = shiftLeft(values[d] as number, values[d + 1] as number, values[s] as number);
            values[d + 1] = wide.high;
            break;
          case 11:
            values[d] = shiftRight(values[d] as number, values[d + 1] as number, values[s] as number);
            values[d + 1] = wide.high;
            break;
          case 12:
            values[d] = shiftRightSigned(values[d] as number, values[d + 1] as number, values[s] as number);
            values[d + 1] = wide.high;
            break;
          case 13: {
            const low = -(values[d] as number) | 0;
            values[d + 1] = low === 0 ? -(values[d + 1] as number) : ~(values[d + 1] as number);
            values[d] = low;
            break;
          }
          case 14:
            values[d + 1] = values[s + 1] as number;
            values[d] = values[s] as number;
            break;
          case 15: {
            const low = ((values[s] as number) << 24) >> 24;
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 16: {
            const low = ((values[s] as number) << 16) >> 16;
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 17: {
            const low = values[s] as number;
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 20:
            values[d] = (values[d] as number) + (values[s] as number);
            values[d + 1] = 0;
            break;
          case 21:
            values[d] = (values[d] as number) - (values[s] as number);
            values[d + 1] = 0;
            break;
          case 22:
            values[d] = Math.imul(values[d] as number, values[s] as number);
            values[d + 1] = 0;
            break;
          case 23: {
            const divisor = (values[s] as number) >>> 0;
            values[d] = divisor === 0 ? 0 : Math.floor(((values[d] as number) >>> 0) / divisor);
            values[d + 1] = 0;
            break;
          }
          case 24: // sdiv
          case 26: // smod
            values[d] = divideSigned32(values[d] as number, values[s] as number, operation[step] === 26);
            values[d + 1] = 0;
            break;
          case 25: {
            const divisor = (values[s] as number) >>> 0;
            if (divisor !== 0) values[d] = ((values[d] as number) >>> 0) % divisor;
            values[d + 1] = 0;
            break;
          }
          case 27:
            values[d] = (values[d] as number) | (values[s] as number);
            values[d + 1] = 0;
            break;
          case 28:
            values[d] = (values[d] as number) & (values[s] as number);
            values[d + 1] = 0;
            break;
          case 29:
            values[d] = (values[d] as number) ^ (values[s] as number);
            values[d + 1] = 0;
            break;
          case 30:
            values[d] = (values[d] as number) << (values[s] as number);
            values[d + 1] = 0;
            break;
          case 31:
            values[d] = (values[d] as number) >>> (values[s] as number);
            values[d + 1] = 0;
            break;
          case 32:
            values[d] = (values[d] as number) >> (values[s] as number);
            values[d + 1] = 0;
            break;
          case 33:
            values[d] = -(values[d] as number);
            values[d + 1] = 0;
            break;
          case 34:
            values[d] = values[s] as number;
            values[d + 1] = 0;
            break;
          case 35:
            values[d] = ((values[s] as number) << 24) >> 24;
            values[d + 1] = 0;
            break;
          case 36:
            values[d] = ((values[s] as number) << 16) >> 16;
            values[d + 1] = 0;
            break;
          case 40:
            values[d] = swapBytes(values[d] as number) >>> 16;
            values[d + 1] = 0;
            break;
          case 41:
            values[d] = swapBytes(values[d] as number);
            values[d + 1] = 0;
            break;
          case 42: {
            const low = swapBytes(values[d + 1] as number);
            values[d + 1] = swapBytes(values[d] as number);
            values[d] = low;
            break;
          }
          case 43:
            values[d] = (values[d] as number) & 0xffff;
            values[d + 1] = 0;
            break;
          case 44:
            values[d + 1] = 0;
            break;
          case 45:
            break;
          case 50: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 1);
            values[d] = at < 0 ? (member[0] as number) : view.getUint8(at);
            values[d + 1] = at < 0 ? (member[1] as number) : 0;
            break;
          }
          case 51: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 2);
            values[d] = at < 0 ? (member[0] as number) : view.getUint16(at, true);
            values[d + 1] = at < 0 ? (member[1] as number) : 0;
            break;
          }
          case 52: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 4);
            values[d] = at < 0 ? (member[0] as number) : view.getInt32(at, true);
            values[d + 1] = at < 0 ? (member[1] as number) : 0;
            break;
          }
          case 53: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 8);
            values[d] = at < 0 ? (member[0] as number) : view.getInt32(at, true);
            values[d + 1] = at < 0 ? (member[1] as number) : view.getInt32(at + 4, true);
            break;
          }
          case 54: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 1);
            const low = at < 0 ? ((member[0] as number) << 24) >> 24 : view.getInt8(at);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 55: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 2);
            const low = at < 0 ? ((member[0] as number) << 16) >> 16 : view.getInt16(at, true);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 56: {
            const at = accesses.reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 4);
            const low = at < 0 ? (member[0] as number) : view.getInt32(at, true);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 60: {
            const at = accesses.writes(words, d, s, extra[step] as number, 1);
            if (at >= 0) view.setInt8(at, values[s] as number);
            break;
          }
          case 61: {
            const at = accesses.writes(words, d, s, extra[step] as number, 2);
            if (at >= 0) view.setInt16(at, values[s] as number, true);
            break;
          }
          case 62: {
            const at = accesses.writes(words, d, s, extra[step] as number, 4);
            if (at >= 0) view.setInt32(at, values[s] as number, true);
            break;
          }
          case 63: {
            const at = accesses.writes(words, d, s, extra[step] as number, 8);
            if (at >= 0) {
              view.setInt32(at, values[s] as number, true);
              view.setInt32(at + 4, values[s + 1] as number, true);
            }
            break;
          }
          case 70:
          case 71: {
            const eight = operation[step] === 71;
            const at = accesses.both(words, d, s, (extra[step] as number) >> 8, eight ? 8 : 4);
            exchange(view, values, at, s, extra[step] as number, eight);
            break;
          }
          case 80: {
            const to = extra[step] as number;
            if (to <= step && left < 0) throw new AccessFault(run.exhausted());
            step = to;
            continue;
          }
          case 120:
          case 121:
          case 125: {
            this.#helper(run, frame, slot[step] as number, left, operation[step] === 125 ? d : -1);
            if (run.tailCalled) {
              run.tailCalled = false;
              return;
            }
            view = memory.view;
            words = memory.words;
            left = words[budgetWord] as number;
            break;
          }
          case 122: {
            if (frame + 1 >= maxFrames) throw new AccessFault(tooDeep);
            words[budgetWord] = left;
            words[callSlotsWord + frame] = slot[step] as number;
            this.#function(run, slot[extra[step] as number] as number, frame + 1);
            view = memory.view;
            words = memory.words;
            left = words[budgetWord] as number;
            break;
          }
          case 123:
            words[budgetWord] = left;
            return;
          case 124:
            if (turns === 0) {
              const to = extra[step] as number;
              if (to <= step && left < 0) throw new AccessFault(run.exhausted());
              step = to;
              continue;
            }
            turns -= 1;
            break;
          case 130: {
            left += 1;
            const missing = (extra[step] as number) & ~set;
            if (missing !== 0) {
              throw new AccessFault(notSet(31 - Math.clz32(missing & -missing)));
            }
            break;
          }
          case 131:
            left += 1;
            set = (set & ~((extra[step] as number) >>> 16)) | ((extra[step] as number) & 0xffff);
            break;
          default:
            if (
              holds(
                operation[step] as number,
                values[d] as number,
                values[d + 1] as number,
                values[s] as number,
                values[s + 1] as number,
              )
            ) {
              const to = extra[step] as number;
              if (to <= step && left < 0) throw new AccessFault(run.exhausted());
              step = to;
              continue;
            }
        }
        step += 1;
      }
    } catch (error) {
      // a helper's refusal tells of the registers that it was called with
      if (error instanceof AccessFault) memory.registers.set(values.subarray(0, 2 * registerCount));
      throw run.faultAt(error, frame, slot[step] as number);
    } finally {
      this.#depth -= 1;
      for (let word = 0; word < keptWords; word += 1) values[keptFrom + word] = saved[savedAt + word] as number;
    }
  }

  /** Calls the helper of a slot, or the one whose number is in a register. */
  #helper(run: Run, frame: number, slot: number, left: number, register: number): void {
    const memory = this.#memory;
    const { values } = this.#steps;
    const helper =
      register < 0
        ? this.code.helpers.get(slot)
        : values[register + 1] === 0
          ? this.code.helpersByNumber.get(values[register] as number)
          : undefined;
    if (helper === undefined) throw new AccessFault(noHelper);
    memory.words[budgetWord] = left;
    const { registers } = memory;
    for (let word = 0; word < 2 * registerCount; word += 1) registers[word] = values[word] as number;
    run.at(frame, slot);
    // a callback of the helper runs on the same values, and leaves r6 to r10 as they are
    helper(run);
    run.expectLeft();
    values[0] = memory.registers[0] as number;
    values[1] = memory.registers[1] as number;
  }
}
