import { Writer } from "./writer.ts";

/** Locals of a compiled function: its frame's number, r1 to r5 as parameters, then the others. */
export const local = {
  frame: 0,
  /** r1 to r5 are 1 to 5: a parameter's number is its register's. */
  r0: 6,
  r6: 7,
  r7: 8,
  r8: 9,
  r9: 10,
  r10: 11,
  /** i64: pointer of an access. */
  pointer: 12,
  /** i64, for arithmetic. */
  first: 13,
  second: 14,
  /** i32: address of the first byte of the frame's stack. */
  stack: 15,
  /** i32: instructions that may still be taken. */
  left: 16,
  /** i32: what a fault is told of: its slot and {@link faultKind}. */
  slot: 17,
  kind: 18,
  /** i32, of an access: region, entry of the table, flags, address. */
  region: 19,
  entry: 20,
  flags: 21,
  address: 22,
  /** i32: turns of may_goto that are left. */
  turns: 23,
  /** i32: registers that were set, as bits, in functions that look. */
  known: 24,
  /** i32: the next block, where the flow is no tree of loops. */
  next: 25,
} as const;

/** Locals beyond the parameters: how many of which type, in order. */
export const localTypes: readonly (readonly [count: number, type: "i32" | "i64"])[] = [
  [9, "i64"],
  [11, "i32"],
];

/** The local that holds a register. */
export function registerLocal(register: number): number {
  return register >= 1 && register <= 5 ? register : register === 0 ? local.r0 : local.r6 + register - 6;
}

/** What went wrong, as compiled code tells it: for accesses their size, and {@link write}. */
export const faultKind = {
  write: 16,
  exhausted: 32,
  tooDeep: 33,
  /** A member of a context, which told why. */
  member: 34,
  atomicMember: 35,
  unknownHelper: 36,
  /** And the register's number. */
  notSet: 64,
} as const;

/** Functions that a module imports, by their number. */
export const imported = {
  /** Of slot, frame and kind, with all registers and the pointer in memory: throws. */
  fault: 0,
  /** Of slot and frame: a helper, with all registers in memory. */
  helper: 1,
  /** The same for a tail call: 1 where it was taken. */
  tailCall: 2,
  /** Of slot, frame and r_n: a helper by its number, 1 where there is none. */
  callRegister: 3,
  /** Of offset, region and size: a member of a context into memory; 1 where it refused. */
  readMember: 4,
  /** The same with the value in memory. */
  writeMember: 5,
} as const;

/** Labels that a branch may go to, innermost last. */
export class Labels {
  readonly #open: unknown[] = [];

  push(label: unknown): void {
    this.#open.push(label);
  }

  pop(): void {
    this.#open.pop();
  }

  /** How many levels out the label is. */
  depth(label: unknown): number {
    const at = this.#open.lastIndexOf(label);
    if (at < 0) throw new Error("a branch to a label that is not open");
    return this.#open.length - 1 - at;
  }
}

/** The label behind a function's instructions, where faults go. */
export const faultLabel: unique symbol = Symbol("fault");

/** The body of one function as it is written. */
export class Body {
  readonly out: Writer = new Writer();
  readonly labels: Labels = new Labels();

  open(opcode: number, label: unknown): void {
    this.out.byte(opcode, 0x40);
    this.labels.push(label);
  }
}
