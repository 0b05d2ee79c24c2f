import type { Instruction } from "../../instruction/instruction.ts";
import {
  budgetAt,
  callSlotsAt,
  maxFrames,
  memberAt,
  registersAt,
  stackBytes,
  stacksAt,
  writtenDelta,
} from "../../memory/layout.ts";
import { type Code, type CodeFunction, tailCallHelper } from "../../run/code.ts";
import { Accesses } from "./accesses.ts";
import { emitAlu, emitCondition, emitMove, emitNegation, emitSwap } from "./arithmetic.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { flowGraph } from "./dominators.ts";
import { Body, faultKind, faultLabel, imported, local, localTypes, registerLocal } from "./frame.ts";
import { op, valueType } from "./opcodes.ts";
import { type BlockEmitter, emitDispatched, emitStructured } from "./structure.ts";
import type { Writer } from "./writer.ts";

/** `BPF_MAX_LOOPS`: turns that a function's `may_goto` lets through. */
const mayGotoTurns = 8 * 1024 * 1024;
/** Bits of r1 to r5 and r10, which are set when a function begins. */
const setAtStart = 0b10000111110;

/** Writes one function of a program. */
export class FunctionCompiler implements BlockEmitter {
  readonly #code: Code;
  readonly #one: CodeFunction;
  readonly #body: Body = new Body();
  readonly #accesses: Accesses;
  /** Number of the compiled function by the slot where it starts. */
  readonly #numbers: ReadonlyMap<number, number>;

  constructor(code: Code, one: CodeFunction, numbers: ReadonlyMap<number, number>, capacity: number) {
    this.#code = code;
    this.#one = one;
    this.#numbers = numbers;
    this.#accesses = new Accesses(this.#body, capacity);
  }

  /** The function's body, as the code section holds it. */
  compile(): Writer {
    const { out } = this.#body;
    out.unsigned(localTypes.length);
    for (const [count, type] of localTypes) out.unsigned(count).byte(valueType[type]);
    this.#begin();
    this.#body.open(op.block, faultLabel);
    const blocks = blocksOf(this.#code.instructions, this.#one);
    const graph = flowGraph(blocks);
    if (graph.reducible) emitStructured(this.#body, blocks, graph, this);
    else emitDispatched(this.#body, blocks, this);
    out.byte(op.unreachable, op.end);
    this.#body.labels.pop();
    this.#fail();
    out.byte(op.end);
    return out;
  }

  instructions({ start, end, last }: Block): void {
    const { instructions } = this.#code;
    let paidUpTo = start;
    for (let slot = start; slot < end; slot += 1) {
      const instruction = instructions[slot];
      if (instruction === undefined) continue;
      // what follows a call is paid for after it: the callee sees what is left
      if (slot >= paidUpTo) paidUpTo = this.#pay(slot, end);
      this.#instruction(instruction, slot, slot === last);
    }
  }

  condition({ last }: Block): void {
    const { out } = this.#body;
    const instruction = this.#code.instructions[last];
    if (instruction?.kind === "branch") emitCondition(out, instruction);
    else if (instruction?.kind === "may-goto") {
      out.get(local.turns).byte(op.i32Eqz, op.if, valueType.i32).i32(1).byte(op.else);
      out.get(local.turns).i32(1).byte(op.i32Sub).set(local.turns).i32(0).byte(op.end);
    }
  }

  jump({ last }: Block, { start }: Block): void {
    if (start > last) return;
    const { out } = this.#body;
    this.#tell(last, faultKind.exhausted);
    out.get(local.left).i32(0).byte(op.i32LtS);
    this.#leave();
  }

  #begin(): void {
    const { out } = this.#body;
    const { usesStack, doubtful } = this.#one;
    out.get(local.frame).i32(stackBytes).byte(op.i32Mul).i32(stacksAt).byte(op.i32Add).set(local.stack);
    out.get(local.frame).i32(1).byte(op.i32Add, op.i64ExtendU).i64(32).byte(op.i64Shl).i64(stackBytes).byte(op.i64Or);
    out.set(local.r10);
    out.i32(0).access(op.i32Load, budgetAt).set(local.left);
    if (usesStack) {
      // memory.fill
      out.get(local.stack).i32(writtenDelta).byte(op.i32Add).i32(0).i32(stackBytes).byte(0xfc, 11, 0);
      out.get(local.stack).i32(0).i32(stackBytes).byte(0xfc, 11, 0);
    }
    if (this.#has("may-goto")) out.i32(mayGotoTurns).set(local.turns);
    if (doubtful.size > 0) out.i32(setAtStart).set(local.known);
  }

  #has(kind: Instruction["kind"]): boolean {
    for (let slot = this.#one.start; slot < this.#one.end; slot += 1) {
      if (this.#code.instructions[slot]?.kind === kind) return true;
    }
    return false;
  }

  /** Takes the instructions up to the next call, that included, off what is left; the slot behind them. */
  #pay(from: number, end: number): number {
    const { out } = this.#body;
    let count = 0;
    let slot = from;
    for (; slot < end; slot += 1) {
      const instruction = this.#code.instructions[slot];
      if (instruction === undefined) continue;
      count += 1;
      if (isCall(instruction)) {
        slot += 1;
        break;
      }
    }
    out.get(local.left).i32(count).byte(op.i32Sub).set(local.left);
    return slot;
  }

  #instruction(instruction: Instruction, slot: number, last: boolean): void {
    const { out } = this.#body;
    this.#expectSet(slot);
    switch (instruction.kind) {
      case "alu":
        emitAlu(out, instruction);
        break;
      case "neg":
        emitNegation(out, instruction.dst, instruction.wide);
        break;
      case "move":
        emitMove(out, instruction);
        break;
      case "swap":
        emitSwap(out, instruction);
        break;
      case "constant":
        out.i64(instruction.low, instruction.high).set(registerLocal(instruction.dst));
        break;
      case "load":
        this.#accesses.load(instruction, slot);
        break;
      case "store":
        this.#accesses.store(instruction, slot);
        break;
      case "atomic":
        this.#accesses.atomic(instruction, slot);
        break;
      case "call":
        this.#call(instruction.target, slot);
        break;
      case "helper":
        this.#helper(instruction.id === tailCallHelper ? imported.tailCall : imported.helper, slot);
        break;
      case "kfunc":
        this.#helper(imported.helper, slot);
        break;
      case "call-register":
        this.#callRegister(instruction.register, slot);
        break;
      case "exit":
        out.i32(0).get(local.left).access(op.i32Store, budgetAt);
        out.get(local.r0).byte(op.return);
        break;
      case "jump":
      case "branch":
      case "may-goto":
        if (!last) throw new Error("a jump inside of a block");
        break;
      case "packet":
        throw new Error("packet instructions are refused when a program is checked");
    }
    this.#markSet(instruction);
  }

  #expectSet(slot: number): void {
    const mask = this.#one.doubtful.get(slot);
    if (mask === undefined) return;
    const { out } = this.#body;
    for (let register = 0; register < 10; register += 1) {
      if ((mask & (1 << register)) === 0) continue;
      this.#tell(slot, faultKind.notSet + register);
      out
        .get(local.known)
        .i32(1 << register)
        .byte(op.i32And, op.i32Eqz);
      this.#leave();
    }
  }

  #markSet(instruction: Instruction): void {
    if (this.#one.doubtful.size === 0) return;
    const { out } = this.#body;
    if (isCall(instruction)) {
      out.get(local.known).i32(~0b111110).byte(op.i32And).i32(1).byte(op.i32Or).set(local.known);
      return;
    }
    const { kind } = instruction;
    if (
      kind !== "alu" &&
      kind !== "neg" &&
      kind !== "move" &&
      kind !== "swap" &&
      kind !== "constant" &&
      kind !== "load"
    ) {
      return;
    }
    out
      .get(local.known)
      .i32(1 << instruction.dst)
      .byte(op.i32Or)
      .set(local.known);
  }

  #call(target: number, slot: number): void {
    const { out } = this.#body;
    this.#tell(slot, faultKind.tooDeep);
    out
      .get(local.frame)
      .i32(maxFrames - 1)
      .byte(op.i32GeU);
    this.#leave();
    out.i32(0).get(local.left).access(op.i32Store, budgetAt);
    out.get(local.frame).i32(2).byte(op.i32Shl).i32(slot).access(op.i32Store, callSlotsAt);
    out.get(local.frame).i32(1).byte(op.i32Add);
    for (let register = 1; register <= 5; register += 1) out.get(registerLocal(register));
    out.call(this.#numbers.get(target) as number).set(local.r0);
    out.i32(0).access(op.i32Load, budgetAt).set(local.left);
  }

  #helper(which: number, slot: number): void {
    const { out } = this.#body;
    this.#spill();
    out.i32(slot).get(local.frame).call(which);
    if (which === imported.tailCall) {
      out.byte(op.if, valueType.none).i32(0).access(op.i64Load, registersAt).byte(op.return, op.end);
    }
    this.#refill();
  }

  #callRegister(register: number, slot: number): void {
    const { out } = this.#body;
    this.#spill();
    this.#tell(slot, faultKind.unknownHelper);
    out.i32(slot).get(local.frame).get(registerLocal(register)).i64(32).byte(op.i64ShrU, op.i32Wrap, op.i32Eqz);
    out.byte(op.if, valueType.i32).get(registerLocal(register)).byte(op.i32Wrap, op.else).i32(-1).byte(op.end);
    out.call(imported.callRegister);
    this.#leave();
    this.#refill();
  }

  /** Registers and what is left into memory, for what is called. */
  #spill(): void {
    const { out } = this.#body;
    out.i32(0).get(local.left).access(op.i32Store, budgetAt);
    for (let register = 0; register <= 10; register += 1) {
      out
        .i32(0)
        .get(registerLocal(register))
        .access(op.i64Store, registersAt + 8 * register);
    }
  }

  #refill(): void {
    const { out } = this.#body;
    out.i32(0).access(op.i64Load, registersAt).set(local.r0);
    out.i32(0).access(op.i32Load, budgetAt).set(local.left);
  }

  #tell(slot: number, kind: number): void {
    this.#body.out.i32(slot).set(local.slot).i32(kind).set(local.kind);
  }

  #leave(): void {
    this.#body.out.byte(op.brIf).unsigned(this.#body.labels.depth(faultLabel));
  }

  /** Behind the function's instructions: what every fault does. */
  #fail(): void {
    const { out } = this.#body;
    this.#spill();
    out.i32(0).get(local.pointer).access(op.i64Store, memberAt);
    out.get(local.slot).get(local.frame).get(local.kind).call(imported.fault).byte(op.unreachable);
  }
}

function isCall({ kind }: Instruction): boolean {
  return kind === "call" || kind === "helper" || kind === "kfunc" || kind === "call-register";
}
