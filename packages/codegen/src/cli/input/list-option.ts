import { Option } from "commander";

/** An option that takes several of some words, with commas between them. */
export class ListOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, description: string, words: readonly string[]) {
    super(flags, `${description}, of ${words.join(", ")}`);
    this.words = words;
  }
}
