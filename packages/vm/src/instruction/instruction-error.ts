/** An instruction that is none: thrown with the slot at which. */
export class InstructionError extends Error {
  /** Slot of 8 bytes. */
  readonly index: number;
  /** What is wrong, in the words of the kernel's verifier where it has some. */
  readonly reason: string;
  constructor(index: number, reason: string) {
    super(`instruction ${index}: ${reason}`);
    this.name = "InstructionError";
    this.index = index;
    this.reason = reason;
  }
}
