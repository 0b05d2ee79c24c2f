import { AccessFault } from "../../memory/access-fault.ts";
import { entry, flag, stackMark, tableAt } from "../../memory/layout.ts";
import type { VmMemory } from "../../memory/memory.ts";
import { atomicContext } from "../faults.ts";

const tableWord = tableAt >> 2;

/** Where in the memory of a VM the loads and stores of the interpreter go, and whether they may. */
export class Accesses {
  /** Words of a value that members of a context gave. */
  readonly member: Int32Array = new Int32Array(2);
  readonly #memory: VmMemory;
  readonly #values: Int32Array;

  /** @param values words of the registers */
  constructor(memory: VmMemory, values: Int32Array) {
    this.#memory = memory;
    this.#values = values;
  }

  /** Address of what an instruction reads; negative where members of a context gave it. */
  reads(words: Int32Array, low: number, high: number, offset: number, size: number): number {
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

  /** Address of what an instruction writes; negative where members of a context took it. */
  writes(words: Int32Array, d: number, s: number, offset: number, size: number): number {
    const values = this.#values;
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

  /** Address of what an atomic instruction reads and writes. */
  both(words: Int32Array, d: number, s: number, offset: number, size: number): number {
    const values = this.#values;
    const high = values[d + 1] as number;
    const address = this.reads(words, values[d] as number, high, offset, size);
    if (address < 0 || ((words[tableWord + 4 * high + entry.flags] as number) & flag.members) !== 0) {
      throw new AccessFault(atomicContext, this.#memory.regionOf(high));
    }
    return this.writes(words, d, s, offset, size);
  }

  #readsSpecial(flags: number, high: number, offset: number, size: number, address: number): number {
    const memory = this.#memory;
    if (flags === flag.stack) {
      if (!memory.isWritten(address, size)) throw memory.explain(offset, high, size, false);
      return address;
    }
    const region = memory.regionOf(high);
    const refused = region?.members?.read(offset, size, this.member);
    if (refused !== undefined) throw new AccessFault(refused, region);
    return -1;
  }

  #wrong(low: number, high: number, offset: number, size: number, write: boolean): AccessFault {
    const from = (low >>> 0) + offset;
    const carried = (high + (from < 0 ? -1 : from > 0xffffffff ? 1 : 0)) | 0;
    return this.#memory.explain(from | 0, carried, size, write);
  }
}
