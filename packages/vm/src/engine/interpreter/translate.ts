import type { Instruction, Operand } from "../../instruction/instruction.ts";
import { registerCount } from "../../memory/layout.ts";
import { type Code, type CodeFunction, tailCallHelper } from "../../run/code.ts";
import { atomicFetch, atomicNumbers, narrow, narrowBranch, operationNumbers as number } from "./operation-numbers.ts";

/** A program as the interpreter runs it: parallel arrays by step, one step an instruction. */
export interface Steps {
  readonly operation: Uint8Array;
  /** Where the destination lies in {@link values}, in words. */
  readonly dst: Uint8Array;
  /** Where the second operand lies in {@link values}. */
  readonly src: Int32Array;
  /** Offset of an access, step that a jump goes to, number of an atomic operation and its offset, registers as bits. */
  readonly extra: Int32Array;
  /** Slot of the step's instruction. */
  readonly slot: Int32Array;
  /** The registers, then every constant of the program: two words each, low first. */
  readonly values: Int32Array;
  /** Step by slot. */
  readonly stepOf: Int32Array;
}

/** Puts a program's instructions into arrays, and its immediate operands beside the registers, so that both are the same to read. */
export function translate(code: Code): Steps {
  return new Translation(code).steps();
}

class Translation {
  readonly #code: Code;
  readonly #rows: { operation: number; dst: number; src: number; extra: number; slot: number }[] = [];
  readonly #constants = new Map<string, number>();
  readonly #words: number[] = new Array(2 * registerCount).fill(0);
  readonly #stepOf: Int32Array;

  constructor(code: Code) {
    this.#code = code;
    this.#stepOf = new Int32Array(code.instructions.length).fill(-1);
  }

  steps(): Steps {
    for (const one of this.#code.functions) this.#function(one);
    const rows = this.#rows;
    const count = rows.length;
    const steps: Steps = {
      operation: new Uint8Array(count),
      dst: new Uint8Array(count),
      src: new Int32Array(count),
      extra: new Int32Array(count),
      slot: new Int32Array(count),
      values: Int32Array.from(this.#words),
      stepOf: this.#stepOf,
    };
    rows.forEach(({ operation, dst, src, extra, slot }, step) => {
      steps.operation[step] = operation;
      steps.dst[step] = dst;
      steps.src[step] = src;
      steps.slot[step] = slot;
      steps.extra[step] = jumps(operation) ? (this.#stepOf[extra] as number) : extra;
    });
    return steps;
  }

  #function({ start, end, doubtful }: CodeFunction): void {
    for (let slot = start; slot < end; slot += 1) {
      const instruction = this.#code.instructions[slot];
      if (instruction === undefined) continue;
      this.#stepOf[slot] = this.#rows.length;
      const mask = doubtful.get(slot);
      if (mask !== undefined) this.#row(number.expectSet, 0, 0, mask, slot);
      this.#instruction(instruction, slot);
      if (doubtful.size === 0) continue;
      // a call sets r0 and takes r1 to r5 away: the high half of the bits
      const set = setBy(instruction);
      if (set !== 0) {
        // before the instruction, which may jump; what it reads itself was looked at before
        const last = this.#rows.pop();
        this.#row(number.markSet, 0, 0, set, slot);
        if (last !== undefined) this.#rows.push(last);
      }
    }
  }

  #instruction(instruction: Instruction, slot: number): void {
    switch (instruction.kind) {
      case "alu": {
        const { operation, wide, dst, operand } = instruction;
        this.#row(number[operation] + (wide ? 0 : narrow), 2 * dst, this.#operand(operand), 0, slot);
        break;
      }
      case "neg":
        this.#row(number.neg + (instruction.wide ? 0 : narrow), 2 * instruction.dst, 0, 0, slot);
        break;
      case "move": {
        const { wide, dst, bits, operand } = instruction;
        const full = bits === (wide ? 64 : 32);
        const operation = full ? number.move : number[`extend${bits as 8 | 16 | 32}`];
        this.#row(operation + (wide ? 0 : narrow), 2 * dst, this.#operand(operand), 0, slot);
        break;
      }
      case "swap": {
        const { dst, bits, to } = instruction;
        const low = bits === 64 ? number.nothing : number[`low${bits}`];
        this.#row(to === "le" ? low : number[`swap${bits}`], 2 * dst, 0, 0, slot);
        break;
      }
      case "constant":
        this.#row(number.move, 2 * instruction.dst, this.#constant(instruction.low, instruction.high), 0, slot);
        break;
      case "load": {
        const { dst, src, offset, size, signed } = instruction;
        const operation = signed ? number[`loadSigned${size as 1 | 2 | 4}`] : number[`load${size}`];
        this.#row(operation, 2 * dst, 2 * src, offset, slot);
        break;
      }
      case "store":
        this.#row(
          number[`store${instruction.size}`],
          2 * instruction.dst,
          this.#operand(instruction.operand),
          instruction.offset,
          slot,
        );
        break;
      case "atomic": {
        const { operation, fetch, dst, src, offset, size } = instruction;
        const which = atomicNumbers[operation] + (fetch ? atomicFetch : 0);
        this.#row(number[`atomic${size}`], 2 * dst, 2 * src, (offset << 8) | which, slot);
        break;
      }
      case "jump":
        this.#row(number.jump, 0, 0, instruction.target, slot);
        break;
      case "branch": {
        const { condition, wide, dst, operand, target } = instruction;
        this.#row(number[condition] + (wide ? 0 : narrowBranch), 2 * dst, this.#operand(operand), target, slot);
        break;
      }
      case "may-goto":
        this.#row(number.mayGoto, 0, 0, instruction.target, slot);
        break;
      case "call":
        this.#row(number.call, 0, 0, instruction.target, slot);
        break;
      case "helper":
      case "kfunc": {
        const tail = instruction.kind === "helper" && instruction.id === tailCallHelper;
        this.#row(tail ? number.tailCall : number.helper, 0, 0, slot, slot);
        break;
      }
      case "call-register":
        this.#row(number.callRegister, 2 * instruction.register, 0, slot, slot);
        break;
      case "exit":
        this.#row(number.exit, 0, 0, 0, slot);
        break;
      case "packet":
        throw new Error("packet instructions are refused when a program is checked");
    }
  }

  #row(operation: number, dst: number, src: number, extra: number, slot: number): void {
    this.#rows.push({ operation, dst, src, extra, slot });
  }

  #operand(operand: Operand): number {
    return "register" in operand ? 2 * operand.register : this.#constant(operand.imm, operand.imm >> 31);
  }

  #constant(low: number, high: number): number {
    const key = `${low} ${high}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const at = this.#words.length;
    this.#words.push(low, high);
    this.#constants.set(key, at);
    return at;
  }
}

function jumps(operation: number): boolean {
  return (
    (operation >= number.jump && operation <= number.sle + narrowBranch) ||
    operation === number.mayGoto ||
    operation === number.call
  );
}

/** Registers that an instruction sets, as bits; those that it takes away 16 bits higher. */
function setBy(instruction: Instruction): number {
  switch (instruction.kind) {
    case "alu":
    case "neg":
    case "move":
    case "swap":
    case "constant":
    case "load":
      return 1 << instruction.dst;
    case "call":
    case "helper":
    case "kfunc":
    case "call-register":
      return 1 | (0b111110 << 16);
    default:
      return 0;
  }
}
