import { maxFrames, stackBytes, stacksAt, writtenDelta } from "../memory/layout.ts";

/** Steps between copies of all stacks. */
const apart = 256;
const allStacks = maxFrames * stackBytes;

interface Change {
  readonly step: number;
  /** From the start of the first frame's stack. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
}

interface Copy {
  readonly step: number;
  /** Changes that came before. */
  readonly changes: number;
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
}

/** What the stacks of a run held at each of its steps: a copy now and then, and the changes between. */
export class StackLog {
  readonly #changes: Change[] = [];
  readonly #copies: Copy[] = [
    { step: 0, changes: 0, bytes: new Uint8Array(allStacks), marks: new Uint8Array(allStacks) },
  ];

  /** Bytes of the memory at `address` are, with their marks, what a stack holds from `step` on. */
  note(step: number, memory: Uint8Array, address: number, size: number): void {
    const last = this.#copies.at(-1) as Copy;
    if (step - last.step >= apart) {
      const bytes = memory.slice(stacksAt, stacksAt + allStacks);
      const marks = memory.slice(stacksAt + writtenDelta, stacksAt + writtenDelta + allStacks);
      this.#copies.push({ step, changes: this.#changes.length, bytes, marks });
      return;
    }
    this.#changes.push({
      step,
      at: address - stacksAt,
      bytes: memory.slice(address, address + size),
      marks: memory.slice(address + writtenDelta, address + writtenDelta + size),
    });
  }

  /** The stack of a frame before `step` was taken. */
  at(step: number, frame: number): { readonly bytes: Uint8Array; readonly marks: Uint8Array } {
    let last = this.#copies.length - 1;
    while ((this.#copies[last] as Copy).step > step) last -= 1;
    const copy = this.#copies[last] as Copy;
    const bytes = copy.bytes.slice();
    const marks = copy.marks.slice();
    for (let index = copy.changes; index < this.#changes.length; index += 1) {
      const change = this.#changes[index] as Change;
      if (change.step > step) break;
      bytes.set(change.bytes, change.at);
      marks.set(change.marks, change.at);
    }
    const [from, to] = [frame * stackBytes, (frame + 1) * stackBytes];
    return { bytes: bytes.subarray(from, to), marks: marks.subarray(from, to) };
  }
}
