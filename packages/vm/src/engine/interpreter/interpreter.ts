import { AccessFault } from "../../memory/access-fault.ts";
import {
  budgetAt,
  callSlotsAt,
  entry,
  firstStack,
  flag,
  maxFrames,
  registerCount,
  stackBytes,
  stackMark,
  tableAt,
} from "../../memory/layout.ts";
import type { VmMemory } from "../../memory/memory.ts";
import type { Code } from "../../run/code.ts";
import { type Engine, type Run, tailCallLimit, tooDeep } from "../../run/run.ts";
import { atomicContext, noHelper, notSet } from "../faults.ts";
import { atomicFetch } from "./operation-numbers.ts";
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

const tableWord = tableAt >> 2;
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
  /** Words of a value that members of a context gave. */
  readonly #member = new Int32Array(2);
  /** r6 to r10 of the functions that called the one that runs, outermost first: frames, and programs that tail calls left. */
  readonly #saved = new Int32Array(keptWords * deepest);
  #depth = 0;
  /** Called before every instruction. */
  observe: Observe | undefined;

  constructor(code: Code, memory: VmMemory) {
    this.code = code;
    this.#memory = memory;
    this.#steps = translate(code);
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
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 1);
            values[d] = at < 0 ? (this.#member[0] as number) : view.getUint8(at);
            values[d + 1] = at < 0 ? (this.#member[1] as number) : 0;
            break;
          }
          case 51: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 2);
            values[d] = at < 0 ? (this.#member[0] as number) : view.getUint16(at, true);
            values[d + 1] = at < 0 ? (this.#member[1] as number) : 0;
            break;
          }
          case 52: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 4);
            values[d] = at < 0 ? (this.#member[0] as number) : view.getInt32(at, true);
            values[d + 1] = at < 0 ? (this.#member[1] as number) : 0;
            break;
          }
          case 53: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 8);
            values[d] = at < 0 ? (this.#member[0] as number) : view.getInt32(at, true);
            values[d + 1] = at < 0 ? (this.#member[1] as number) : view.getInt32(at + 4, true);
            break;
          }
          case 54: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 1);
            const low = at < 0 ? ((this.#member[0] as number) << 24) >> 24 : view.getInt8(at);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 55: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 2);
            const low = at < 0 ? ((this.#member[0] as number) << 16) >> 16 : view.getInt16(at, true);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 56: {
            const at = this.#reads(words, values[s] as number, values[s + 1] as number, extra[step] as number, 4);
            const low = at < 0 ? (this.#member[0] as number) : view.getInt32(at, true);
            values[d] = low;
            values[d + 1] = low >> 31;
            break;
          }
          case 60: {
            const at = this.#writes(words, d, s, extra[step] as number, 1);
            if (at >= 0) view.setInt8(at, values[s] as number);
            break;
          }
          case 61: {
            const at = this.#writes(words, d, s, extra[step] as number, 2);
            if (at >= 0) view.setInt16(at, values[s] as number, true);
            break;
          }
          case 62: {
            const at = this.#writes(words, d, s, extra[step] as number, 4);
            if (at >= 0) view.setInt32(at, values[s] as number, true);
            break;
          }
          case 63: {
            const at = this.#writes(words, d, s, extra[step] as number, 8);
            if (at >= 0) {
              view.setInt32(at, values[s] as number, true);
              view.setInt32(at + 4, values[s + 1] as number, true);
            }
            break;
          }
          case 70:
          case 71:
            this.#atomic(words, view, d, s, extra[step] as number, operation[step] === 71);
            break;
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
            if (this.#holds(operation[step] as number, d, s)) {
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

  /** Whether a branch is taken. */
  #holds(operation: number, d: number, s: number): boolean {
    const { values } = this.#steps;
    const low = values[d] as number;
    const high = values[d + 1] as number;
    const otherLow = values[s] as number;
    const otherHigh = values[s + 1] as number;
    switch (operation) {
      case 81:
        return low === otherLow && high === otherHigh;
      case 82:
        return low !== otherLow || high !== otherHigh;
      case 83:
        return high === otherHigh ? low >>> 0 > otherLow >>> 0 : high >>> 0 > otherHigh >>> 0;
      case 84:
        return high === otherHigh ? low >>> 0 >= otherLow >>> 0 : high >>> 0 > otherHigh >>> 0;
      case 85:
        return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
      case 86:
        return high === otherHigh ? low >>> 0 <= otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
      case 87:
        return (low & otherLow) !== 0 || (high & otherHigh) !== 0;
      case 88:
        return high === otherHigh ? low >>> 0 > otherLow >>> 0 : high > otherHigh;
      case 89:
        return high === otherHigh ? low >>> 0 >= otherLow >>> 0 : high > otherHigh;
      case 90:
        return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high < otherHigh;
      case 91:
        return high === otherHigh ? low >>> 0 <= otherLow >>> 0 : high < otherHigh;
      case 101:
        return low === otherLow;
      case 102:
        return low !== otherLow;
      case 103:
        return low >>> 0 > otherLow >>> 0;
      case 104:
        return low >>> 0 >= otherLow >>> 0;
      case 105:
        return low >>> 0 < otherLow >>> 0;
      case 106:
        return low >>> 0 <= otherLow >>> 0;
      case 107:
        return (low & otherLow) !== 0;
      case 108:
        return low > otherLow;
      case 109:
        return low >= otherLow;
      case 110:
        return low < otherLow;
      case 111:
        return low <= otherLow;
      default:
        throw new Error(`operation ${operation} is none`);
    }
  }

  /** Address of what an instruction reads; negative where members of a context gave it. */
  #reads(words: Int32Array, low: number, high: number, offset: number, size: number): number {
    const from = (low >>> 0) + offset;
    if (high > 0 && high < this.#memory.capacity && from >= 0) {
      const at = tableWord + 4 * high;
      if (from + size <= (words[at + entry.readable] as number) >>> 0) {
        const flags = words[at + entry.flags] as number;
        const address = ((words[at + entry.base] as number) >>> 0) + from;
        return flags === 0 ? address : this.#readsSpecial(flags, high, from, size, address);
      }
    }
    throw this.#wrong(low, high, offset, size, false);
  }

  #readsSpecial(flags: number, high: number, offset: number, size: number, address: number): number {
    const memory = this.#memory;
    if (flags === flag.stack) {
      if (!memory.isWritten(address, size)) throw memory.explain(offset, high, size, false);
      return address;
    }
    const region = memory.regionOf(high);
    const refused = region?.members?.read(offset, size, this.#member);
    if (refused !== undefined) throw new AccessFault(refused, region);
    return -1;
  }

  /** Address of what an instruction writes; negative where members of a context took it. */
  #writes(words: Int32Array, d: number, s: number, offset: number, size: number): number {
    const { values } = this.#steps;
    const low = values[d] as number;
    const high = values[d + 1] as number;
    const from = (low >>> 0) + offset;
    if (high > 0 && high < this.#memory.capacity && from >= 0) {
      const at = tableWord + 4 * high;
      if (from + size <= (words[at + entry.writable] as number) >>> 0) {
        const flags = words[at + entry.flags] as number;
        const address = ((words[at + entry.base] as number) >>> 0) + from;
        if (flags === 0) return address;
        if (flags === flag.stack) {
          this.#memory.mark(address, size, stackMark.written);
          return address;
        }
        const region = this.#memory.regionOf(high);
        const refused = region?.members?.write(from, size, values[s] as number, values[s + 1] as number);
        if (refused !== undefined) throw new AccessFault(refused, region);
        return -1;
      }
    }
    throw this.#wrong(low, high, offset, size, true);
  }

  #wrong(low: number, high: number, offset: number, size: number, write: boolean): AccessFault {
    const from = (low >>> 0) + offset;
    const carried = (high + (from < 0 ? -1 : from > 0xffffffff ? 1 : 0)) | 0;
    return this.#memory.explain(from | 0, carried, size, write);
  }

  #atomic(words: Int32Array, view: DataView, d: number, s: number, extra: number, eight: boolean): void {
    const { values } = this.#steps;
    const offset = extra >> 8;
    const size = eight ? 8 : 4;
    const baseLow = values[d] as number;
    const baseHigh = values[d + 1] as number;
    const address = this.#reads(words, baseLow, baseHigh, offset, size);
    if (address < 0 || ((words[tableWord + 4 * baseHigh + entry.flags] as number) & flag.members) !== 0) {
      throw new AccessFault(atomicContext, this.#memory.regionOf(baseHigh));
    }
    this.#writes(words, d, s, offset, size);
    const oldLow = view.getInt32(address, true);
    const oldHigh = eight ? view.getInt32(address + 4, true) : 0;
    let low = values[s] as number;
    let high = values[s + 1] as number;
    switch (extra & 7) {
      case 0: {
        const sum = (oldLow >>> 0) + (low >>> 0);
        high = (oldHigh + high + (sum > 0xffffffff ? 1 : 0)) | 0;
        low = sum | 0;
        break;
      }
      case 1:
        low |= oldLow;
        high |= oldHigh;
        break;
      case 2:
        low &= oldLow;
        high &= oldHigh;
        break;
      case 3:
        low ^= oldLow;
        high ^= oldHigh;
        break;
      case 4:
        break;
      default: {
        const equal = values[0] === oldLow && (!eight || values[1] === oldHigh);
        values[0] = oldLow;
        values[1] = oldHigh;
        if (!equal) return;
      }
    }
    view.setInt32(address, low, true);
    if (eight) view.setInt32(address + 4, high, true);
    if ((extra & atomicFetch) !== 0 && (extra & 7) !== 5) {
      values[s] = oldLow;
      values[s + 1] = oldHigh;
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
