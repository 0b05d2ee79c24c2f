import type { Grammar } from "./mutate.ts";

/** A door that hostile bytes come in by. */
export interface Target {
  readonly grammar: Grammar;
  /** Blocks of code that an input may cost: so many, and so many more per byte. More is a finding. */
  readonly work: { readonly base: number; readonly perByte: number };
  /** Takes one input. What the door promises to do with hostile bytes is done in silence; anything else is thrown. */
  run(input: Uint8Array): void | Promise<void>;
}

/** What a target promised, and an input broke. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}
