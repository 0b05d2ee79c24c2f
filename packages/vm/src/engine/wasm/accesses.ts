import type { AccessSize, Instruction } from "../../instruction/instruction.ts";
import { entry, flag, memberAt, stackBytes, tableAt, writtenDelta } from "../../memory/layout.ts";
import { pushOperand } from "./arithmetic.ts";
import { type Body, faultKind, faultLabel, imported, local, registerLocal } from "./frame.ts";
import { op } from "./opcodes.ts";
import type { Writer } from "./writer.ts";

const loads: Readonly<Record<AccessSize, number>> = {
  1: op.i64Load8u,
  2: op.i64Load16u,
  4: op.i64Load32u,
  8: op.i64Load,
};
const signedLoads: Readonly<Record<AccessSize, number>> = {
  1: op.i64Load8s,
  2: op.i64Load16s,
  4: op.i64Load32s,
  8: op.i64Load,
};
const stores: Readonly<Record<AccessSize, number>> = {
  1: op.i64Store8,
  2: op.i64Store16,
  4: op.i64Store32,
  8: op.i64Store,
};

/** Word of the table's entry, in bytes. */
const base = tableAt + 4 * entry.base;
const limits = { read: tableAt + 4 * entry.readable, write: tableAt + 4 * entry.writable } as const;
const flagsAt = tableAt + 4 * entry.flags;

type Load = Extract<Instruction, { readonly kind: "load" }>;
type Store = Extract<Instruction, { readonly kind: "store" }>;
type Atomic = Extract<Instruction, { readonly kind: "atomic" }>;

/** Loads, stores and atomic operations of a function: every address comes out of the table of regions. */
export class Accesses {
  readonly #body: Body;
  readonly #out: Writer;
  readonly #capacity: number;

  constructor(body: Body, capacity: number) {
    this.#body = body;
    this.#out = body.out;
    this.#capacity = capacity;
  }

  load({ dst, src, offset, size, signed }: Load, slot: number): void {
    const out = this.#out;
    const target = registerLocal(dst);
    const opcode = (signed ? signedLoads : loads)[size];
    if (src === 10) {
      // within the stack, as the check of the program made sure
      this.#tell(slot, size, src, offset);
      this.#expectWritten(size, local.stack, stackBytes + offset);
      out
        .get(local.stack)
        .access(opcode, stackBytes + offset)
        .set(target);
      return;
    }
    this.#find(slot, src, offset, size, "read");
    out.get(local.flags);
    this.#body.open(op.if, undefined);
    out.get(local.flags).i32(flag.stack).byte(op.i32Eq);
    this.#body.open(op.if, undefined);
    this.#expectWritten(size, local.address, 0);
    out.get(local.address).access(opcode, 0).set(target);
    out.byte(op.else);
    this.#member(imported.readMember, size);
    // a word of a context may stand for a pointer, which has 64 bits
    out
      .i32(memberAt)
      .access(signed ? opcode : op.i64Load, 0)
      .set(target);
    out.byte(op.end);
    this.#body.labels.pop();
    out.byte(op.else);
    out.get(local.address).access(opcode, 0).set(target);
    out.byte(op.end);
    this.#body.labels.pop();
  }

  store({ dst, offset, size, operand }: Store, slot: number): void {
    const out = this.#out;
    if (dst === 10) {
      this.#markWritten(size, local.stack, stackBytes + offset);
      out.get(local.stack);
      pushOperand(out, operand, true);
      out.access(stores[size], stackBytes + offset);
      return;
    }
    this.#find(slot, dst, offset, size, "write");
    const write = (): void => {
      out.get(local.address);
      pushOperand(out, operand, true);
      out.access(stores[size], 0);
    };
    out.get(local.flags);
    this.#body.open(op.if, undefined);
    out.get(local.flags).i32(flag.stack).byte(op.i32Eq);
    this.#body.open(op.if, undefined);
    this.#markWritten(size, local.address, 0);
    write();
    out.byte(op.else);
    out.i32(memberAt);
    pushOperand(out, operand, true);
    out.access(op.i64Store, 0);
    this.#member(imported.writeMember, size);
    out.byte(op.end);
    this.#body.labels.pop();
    out.byte(op.else);
    write();
    out.byte(op.end);
    this.#body.labels.pop();
  }

  /** One program runs at a time, so that reading, then writing is as good as at once. */
  atomic({ operation, fetch, dst, src, offset, size }: Atomic, slot: number): void {
    const out = this.#out;
    const source = registerLocal(src);
    this.#find(slot, dst, offset, size, "read");
    out.get(local.flags);
    this.#body.open(op.if, undefined);
    out.i32(faultKind.atomicMember).set(local.kind);
    out.get(local.flags).i32(flag.members).byte(op.i32Eq);
    this.#leave();
    out.i32(size).set(local.kind);
    this.#expectWritten(size, local.address, 0);
    out.byte(op.end);
    this.#body.labels.pop();
    this.#find(slot, dst, offset, size, "write");
    // what was there, zero-extended
    out.get(local.address).access(loads[size], 0).set(local.first);
    out.get(source).set(local.second);
    if (operation === "cmpxchg") {
      out.get(local.first).get(local.r0);
      if (size === 4) out.i64(-1, 0).byte(op.i64And);
      out.byte(op.i64Eq);
      this.#body.open(op.if, undefined);
      out.get(local.address).get(local.second).access(stores[size], 0);
      out.byte(op.end);
      this.#body.labels.pop();
      out.get(local.first).set(local.r0);
      return;
    }
    out.get(local.address);
    if (operation === "xchg") out.get(local.second);
    else out.get(local.first).get(local.second).byte(combine[operation]);
    out.access(stores[size], 0);
    if (fetch) out.get(local.first).set(source);
  }

  /** What a fault at this access would be told: its pointer, slot and kind. */
  #tell(slot: number, kind: number, register: number, offset: number): void {
    const out = this.#out;
    out.get(registerLocal(register));
    if (offset !== 0) out.i64(offset).byte(op.i64Add);
    out.set(local.pointer).i32(slot).set(local.slot).i32(kind).set(local.kind);
  }

  /** Leaves the address and flags of an access in their locals, or goes to the fault. */
  #find(slot: number, register: number, offset: number, size: AccessSize, way: "read" | "write"): void {
    const out = this.#out;
    this.#tell(slot, way === "read" ? size : size + faultKind.write, register, offset);
    out.get(local.pointer).i64(32).byte(op.i64ShrU, op.i32Wrap).tee(local.region).i32(this.#capacity).byte(op.i32GeU);
    this.#leave();
    out.get(local.region).i32(4).byte(op.i32Shl).tee(local.entry).access(op.i64Load32u, limits[way]);
    out.get(local.pointer).i64(-1, 0).byte(op.i64And).i64(size).byte(op.i64Add, op.i64LtU);
    this.#leave();
    out.get(local.entry).access(op.i32Load, flagsAt).set(local.flags);
    out.get(local.entry).access(op.i32Load, base).get(local.pointer).byte(op.i32Wrap, op.i32Add).set(local.address);
  }

  #leave(): void {
    this.#out.byte(op.brIf).unsigned(this.#body.labels.depth(faultLabel));
  }

  /** To the fault, unless one of these bytes of a stack was written, and none is a part of an object. */
  #expectWritten(size: AccessSize, address: number, offset: number): void {
    const out = this.#out;
    const high = size === 8 ? ones[4] : 0;
    out
      .get(address)
      .access(loads[size], offset + writtenDelta)
      .tee(local.first);
    out.i64(ones[size], high).byte(op.i64Ne);
    this.#body.open(op.if, undefined);
    out.get(local.first).i64(ones[size], high).byte(op.i64And, op.i64Eqz);
    this.#leave();
    out
      .get(local.first)
      .i64(2 * ones[size], 2 * high)
      .byte(op.i64And)
      .i64(0)
      .byte(op.i64Ne);
    this.#leave();
    out.byte(op.end);
    this.#body.labels.pop();
  }

  #markWritten(size: AccessSize, address: number, offset: number): void {
    const out = this.#out;
    out
      .get(address)
      .i64(ones[size], size === 8 ? ones[4] : 0)
      .access(stores[size], offset + writtenDelta);
  }

  /** Has a context's member read or written; to the fault where it refused. */
  #member(which: number, size: AccessSize): void {
    const out = this.#out;
    out.get(local.pointer).byte(op.i32Wrap).get(local.region).i32(size).call(which);
    out.i32(faultKind.member).set(local.kind);
    this.#leave();
  }
}

/** A byte of 1 for each byte of an access; the low word of it. */
const ones: Readonly<Record<AccessSize, number>> = { 1: 1, 2: 0x0101, 4: 0x01010101, 8: 0x01010101 };

const combine = { add: op.i64Add, or: op.i64Or, and: op.i64And, xor: op.i64Xor } as const;
