import { SeededRandom } from "@rbgen/runtime/emulated";

/** Bytes of context that a random program fills: r0 to r7 at its end, and what its stack holds. */
export const resultBytes = 128;

/** What `ld_imm64` holds for each map that a program may work on: a file descriptor, or a number of a loader's own. */
export interface ProgramMaps {
  /** Of `u32` keys and `u64` values, four of them; and so is `array`. */
  readonly hash: number;
  readonly array: number;
  /** Of `u64`. */
  readonly queue: number;
  readonly ring: number;
}

const stackSlots = 8;
/** On the stack below {@link stackSlots}: the key and the value that helpers are given. */
const keyAt = -72;
const valueAt = -80;
/** r9 holds the context, r8 counts loops. */
const registers = 8;

/**
 * A random program that the kernel's verifier lets pass: arithmetic of both widths, byte swaps, sign extensions, jumps
 * forward, counted loops, loads, stores and atomic operations on its stack; with `maps` also helpers that work on them.
 * It begins with r1 = its context, and leaves its registers and stack there.
 */
export function randomProgram(seed: number, maps?: ProgramMaps): Uint8Array {
  return new RandomProgram(new SeededRandom(seed), maps).bytes();
}

class RandomProgram {
  readonly #random: SeededRandom;
  readonly #maps: ProgramMaps | undefined;
  readonly #slots: number[][] = [];

  constructor(random: SeededRandom, maps: ProgramMaps | undefined) {
    this.#random = random;
    this.#maps = maps;
  }

  bytes(): Uint8Array {
    this.#put(0xbf, 9, 1, 0, 0);
    for (let register = 0; register < registers; register += 1) this.#constant(register);
    for (let slot = 1; slot <= stackSlots; slot += 1) this.#put(0x7b, 10, this.#register(), -8 * slot, 0);
    if (this.#maps !== undefined) {
      this.#put(0x7a, 10, 0, keyAt, 0);
      this.#put(0x7a, 10, 0, valueAt, 0);
    }
    this.#sequence(4 + this.#below(24), 2);
    for (let register = 0; register < registers; register += 1) this.#put(0x7b, 9, register, 8 * register, 0);
    for (let slot = 1; slot <= stackSlots; slot += 1) {
      this.#put(0x79, 1, 10, -8 * slot, 0);
      this.#put(0x7b, 9, 1, 64 + 8 * (slot - 1), 0);
    }
    this.#put(0x95, 0, 0, 0, 0);
    return Uint8Array.from(this.#slots.flat());
  }

  #sequence(length: number, depth: number): void {
    for (let count = 0; count < length; count += 1) {
      const kind = this.#below(this.#maps === undefined ? 20 : 26);
      if (kind >= 20) this.#helper(this.#maps as ProgramMaps);
      else if (kind < 9) this.#arithmetic();
      else if (kind < 11) this.#move();
      else if (kind < 12) this.#swap();
      else if (kind < 15) this.#access();
      else if (kind < 17) this.#atomic();
      else if (kind < 19 && depth > 0) this.#branch(depth);
      else if (depth === 2) this.#loop();
    }
  }

  #arithmetic(): void {
    const wide = this.#below(2) === 0;
    const operation = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12][this.#below(12)] as number;
    const divides = operation === 3 || operation === 9;
    const shifts = operation === 6 || operation === 7 || operation === 12;
    if (operation === 8) {
      this.#put(wide ? 0x87 : 0x84, this.#register(), 0, 0, 0);
      return;
    }
    const offset = divides && this.#below(2) === 0 ? 1 : 0;
    const opcode = (operation << 4) | (wide ? 7 : 4);
    // a shift by a register may be of any number, which the verifier lets pass and the processor masks: ours to mask, too
    if (this.#below(2) === 0) {
      const source = this.#register();
      if (shifts) this.#put(0x57, source, 0, 0, wide ? 63 : 31);
      this.#put(opcode | 8, this.#register(), source, offset, 0);
      return;
    }
    const imm = shifts ? this.#below(wide ? 64 : 32) : divides ? this.#interesting() || 3 : this.#interesting();
    this.#put(opcode, this.#register(), 0, offset, imm);
  }

  #move(): void {
    const wide = this.#below(2) === 0;
    const choices = wide ? [0, 8, 16, 32] : [0, 8, 16];
    const offset = choices[this.#below(choices.length)] as number;
    if (this.#below(4) === 0) this.#constant(this.#register());
    else this.#put(wide ? 0xbf : 0xbc, this.#register(), this.#register(), offset, 0);
  }

  #swap(): void {
    const opcode = [0xd4, 0xdc, 0xd7][this.#below(3)] as number;
    this.#put(opcode, this.#register(), 0, 0, [16, 32, 64][this.#below(3)] as number);
  }

  #access(): void {
    const size = [1, 2, 4, 8][this.#below(4)] as number;
    const bits = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 }[size as 1 | 2 | 4 | 8];
    const offset = -size * (1 + this.#below((8 * stackSlots) / size));
    switch (this.#below(size === 8 ? 3 : 4)) {
      case 0:
        this.#put(0x61 | bits, this.#register(), 10, offset, 0);
        break;
      case 1:
        this.#put(0x63 | bits, 10, this.#register(), offset, 0);
        break;
      case 2:
        this.#put(0x62 | bits, 10, 0, offset, this.#interesting());
        break;
      default:
        this.#put(0x81 | bits, this.#register(), 10, offset, 0);
    }
  }

  #atomic(): void {
    const eight = this.#below(2) === 0;
    const size = eight ? 8 : 4;
    const operation = [0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1][this.#below(10)] as number;
    const offset = -size * (1 + this.#below((8 * stackSlots) / size));
    this.#put(eight ? 0xdb : 0xc3, 10, this.#register(), offset, operation);
    // A processor leaves the upper half of r0 where an exchange of 4 bytes took place. The verifier clears it, but of kernel 6.18
    // not where it takes a path behind the exchange as one that it has seen.
    if (!eight && operation === 0xf1) this.#put(0xbc, 0, 0, 0, 0);
  }

  #branch(depth: number): void {
    const condition = [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13][this.#below(11)] as number;
    const wide = this.#below(2) === 0;
    const opcode = (condition << 4) | (wide ? 5 : 6);
    const at = this.#slots.length;
    if (this.#below(2) === 0) this.#put(opcode | 8, this.#register(), this.#register(), 0, 0);
    else this.#put(opcode, this.#register(), 0, 0, this.#interesting());
    this.#sequence(1 + this.#below(5), depth - 1);
    this.#offset(at, this.#slots.length - at - 1);
  }

  /** A few turns, told by a counter of its own. */
  #loop(): void {
    this.#put(0xb7, 8, 0, 0, 1 + this.#below(3));
    const start = this.#slots.length;
    this.#sequence(1 + this.#below(4), 0);
    this.#put(0x17, 8, 0, 0, 1);
    this.#put(0x55, 8, 0, start - this.#slots.length - 1, 0);
  }

  /** A call of a helper: r0 has its result, or what came of it, and r1 to r5 are set anew. */
  #helper(maps: ProgramMaps): void {
    const map = this.#below(2) === 0 ? maps.hash : maps.array;
    switch (this.#below(9)) {
      case 0:
        this.#pointTo(1, map);
        this.#key(2);
        this.#value(3);
        this.#put(0xb7, 4, 0, 0, this.#below(4));
        this.#call(2);
        break;
      case 1:
        this.#key(2);
        this.#pointTo(1, map);
        this.#call(1);
        this.#element();
        break;
      case 2:
        this.#key(2);
        this.#pointTo(1, map);
        this.#call(3);
        break;
      case 3:
        this.#value(2);
        this.#pointTo(1, maps.queue);
        this.#put(0xb7, 3, 0, 0, this.#below(4));
        this.#call(87);
        break;
      case 4:
        this.#value(2);
        this.#pointTo(1, maps.queue);
        this.#call(88 + this.#below(2));
        this.#put(0x79, 6, 10, valueAt, 0);
        break;
      case 5:
      case 6:
        this.#pointTo(1, maps.ring);
        this.#frame(2, -8 * stackSlots);
        this.#put(0xb7, 3, 0, 0, 1 + this.#below(8 * stackSlots));
        this.#put(0xb7, 4, 0, 0, this.#below(4));
        this.#call(130);
        break;
      case 7:
        this.#pointTo(1, maps.ring);
        this.#put(0xb7, 2, 0, 0, 16 + this.#below(200));
        this.#put(0xb7, 3, 0, 0, 0);
        this.#call(131);
        this.#record();
        break;
      default:
        this.#pointTo(1, maps.ring);
        this.#put(0xb7, 2, 0, 0, this.#below(5));
        this.#call(134);
    }
    for (let register = 1; register <= 5; register += 1) this.#constant(register);
  }

  /** The value that r0 points to, if it does: changed, read to r6. */
  #element(): void {
    this.#put(0x15, 0, 0, 3, 0);
    if (this.#below(2) === 0) this.#put(0xdb, 0, 7, 0, 0);
    else this.#put(0x7b, 0, 7, 0, 0);
    this.#put(0x79, 6, 0, 0, 0);
    this.#put(0xb7, 0, 0, 0, 1);
  }

  /** The record that r0 points to, if it does: filled and given back. */
  #record(): void {
    this.#put(0x15, 0, 0, 5, 0);
    this.#put(0x7b, 0, 6, 0, 0);
    this.#put(0x7b, 0, 7, 8, 0);
    this.#put(0xbf, 1, 0, 0, 0);
    this.#put(0xb7, 2, 0, 0, this.#below(3));
    this.#call(132 + this.#below(2));
    this.#put(0xb7, 0, 0, 0, 5);
  }

  /** A small key, and a register that points to it. */
  #key(register: number): void {
    this.#put(0xbf, 0, this.#below(2) === 0 ? 6 : 7, 0, 0);
    this.#put(0x57, 0, 0, 0, 7);
    this.#put(0x63, 10, 0, keyAt, 0);
    this.#frame(register, keyAt);
  }

  #value(register: number): void {
    this.#put(0x7b, 10, 6 + this.#below(2), valueAt, 0);
    this.#frame(register, valueAt);
  }

  #frame(register: number, offset: number): void {
    this.#put(0xbf, register, 10, 0, 0);
    this.#put(0x07, register, 0, 0, offset);
  }

  #pointTo(register: number, map: number): void {
    this.#put(0x18, register, 1, 0, map);
    this.#put(0, 0, 0, 0, 0);
  }

  #call(helper: number): void {
    this.#put(0x85, 0, 0, 0, helper);
  }

  #constant(register: number): void {
    if (this.#below(2) === 0) {
      this.#put(0xb7, register, 0, 0, this.#interesting());
      return;
    }
    this.#put(0x18, register, 0, 0, this.#word());
    this.#put(0, 0, 0, 0, this.#word());
  }

  #interesting(): number {
    const edges = [0, 1, -1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000];
    return this.#below(3) === 0 ? this.#word() : (edges[this.#below(edges.length)] as number);
  }

  #word(): number {
    return (this.#random.next() * 0x100000000) | 0;
  }

  #register(): number {
    return this.#below(registers);
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #offset(slot: number, offset: number): void {
    const bytes = this.#slots[slot] as number[];
    bytes[2] = offset & 0xff;
    bytes[3] = (offset >> 8) & 0xff;
  }

  #put(opcode: number, dst: number, src: number, offset: number, imm: number): void {
    this.#slots.push([
      opcode,
      dst | (src << 4),
      offset & 0xff,
      (offset >> 8) & 0xff,
      imm & 0xff,
      (imm >> 8) & 0xff,
      (imm >> 16) & 0xff,
      (imm >> 24) & 0xff,
    ]);
  }
}
