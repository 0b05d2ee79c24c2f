import { type Btf, btfExtOf, type LineInfo } from "@rbgen/btf";
import type { SourceText, Span } from "../diagnostics/diagnostic.ts";
import type { CodePlace, ObjectCode } from "./object-code.ts";

/** Lines of a file that are made room for; a `.BTF.ext` may say any of 22 bits. */
const mostLines = 1_000_000;

/** Where the instructions of an object come from, by `.BTF.ext`; without it, by program and instruction. */
export class SourceLines {
  readonly #code: ObjectCode;
  readonly #name: string;
  readonly #lines: ReadonlyMap<string, readonly LineInfo[]>;
  readonly #files = new Map<string, SourceText>();

  /** @param name the object's, as the user gave it */
  constructor(btf: Btf, code: ObjectCode, name: string) {
    this.#code = code;
    this.#name = name;
    const sections = btfExtOf(btf)?.lines ?? [];
    this.#lines = new Map(
      sections.map(({ section, records }) => [section, [...records].sort((a, b) => a.offset - b.offset)]),
    );
  }

  /** The C line of an instruction as a text of its own, or where in the object it is. */
  placeOf({ section, at }: CodePlace): { readonly span: Span } | { readonly at: string } {
    const own = this.#code.functions.filter((one) => one.section.index === section && one.offset <= at).at(-1);
    const line = this.#lines
      .get(own?.section.name ?? "")
      // What compilers add of their own has line 0: it belongs to what is before it.
      ?.filter(({ offset, line }) => own !== undefined && offset >= own.offset && offset <= at && line > 0)
      .at(-1);
    if (own === undefined || line === undefined || line.line > mostLines) {
      const instruction = (at - (own?.offset ?? 0)) / 8;
      return { at: `${this.#name}: instruction ${instruction} of ${own?.name ?? "a function"}` };
    }
    const key = `${line.line} ${line.file}`;
    // Only this line of the file is known.
    const source = this.#files.get(key) ?? { name: line.file, text: `${"\n".repeat(line.line - 1)}${line.text}\n` };
    this.#files.set(key, source);
    const start = line.line - 1 + Math.min(Math.max(0, line.column - 1), line.text.length);
    return {
      span: { source, start, end: line.line - 1 + Math.max(start - line.line + 2, line.text.trimEnd().length) },
    };
  }
}
