import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Inputs that are kept from run to run: one file each, named by what is in it. */
export class Corpus {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All of them, in the order of their names. */
  read(): Uint8Array[] {
    return this.#names().map((name) => new Uint8Array(readFileSync(join(this.#folder, name))));
  }

  /** Keeps one more; the file that it is in. */
  add(input: Uint8Array): string {
    mkdirSync(this.#folder, { recursive: true });
    const file = join(this.#folder, nameOf(input));
    writeFileSync(file, input);
    return file;
  }

  /** Keeps these, and no others. */
  replace(inputs: readonly Uint8Array[]): void {
    const names = new Set(inputs.map(nameOf));
    for (const name of this.#names()) if (!names.has(name)) rmSync(join(this.#folder, name));
    for (const input of inputs) this.add(input);
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder).sort();
    } catch {
      return [];
    }
  }
}

function nameOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 16);
}
