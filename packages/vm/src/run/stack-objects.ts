import { firstStack, maxFrames, stackMark } from "../memory/layout.ts";
import type { VmMemory } from "../memory/memory.ts";

/**
 * What the kernel keeps in a program's stack: dynptrs and iterators. The bytes are marked as theirs, so that a program
 * cannot read them, and what it writes over them ends the object (verifier.c `mark_stack_slots_dynptr`, `destroy_if_dynptr_stack_slot`).
 */
export class StackObjects {
  readonly #memory: VmMemory;
  readonly #byAddress = new Map<number, object>();

  constructor(memory: VmMemory) {
    this.#memory = memory;
  }

  /** The object of `size` bytes that a pointer points to; undefined where there is none. */
  at(low: number, high: number, size: number): object | undefined {
    const address = this.#addressOf(low, high, size);
    if (address === undefined || !this.#memory.hasMark(address, size, stackMark.object)) return undefined;
    return this.#byAddress.get(address);
  }

  /** The object that was put where a pointer points to and never removed, though other bytes may be there by now. */
  leftAt(low: number, high: number, size: number): object | undefined {
    const address = this.#addressOf(low, high, size);
    return address === undefined ? undefined : this.#byAddress.get(address);
  }

  /** Puts an object into `size` bytes that a pointer points to; false where they are no part of a stack. */
  put(low: number, high: number, size: number, object: object): boolean {
    const address = this.#addressOf(low, high, size);
    if (address === undefined || low % 8 !== 0) return false;
    this.#memory.mark(address, size, stackMark.object);
    this.#byAddress.set(address, object);
    return true;
  }

  /** Ends the object that a pointer points to: its bytes count as never written. */
  remove(low: number, high: number, size: number): void {
    const address = this.#addressOf(low, high, size);
    if (address === undefined) return;
    this.#byAddress.delete(address);
    this.#memory.mark(address, size, stackMark.never);
  }

  #addressOf(low: number, high: number, size: number): number | undefined {
    if (high < firstStack || high >= firstStack + maxFrames) return undefined;
    return this.#memory.probe(low, high, size);
  }
}
