import type { Location } from "@rbgen/btf";
import type { SourceText, Span, TraceStep } from "../../diagnostics/diagnostic.ts";

/** Why a text is read: the input itself, an include, or something of ours. */
export type TextRole = "input" | "include" | "shim" | "builtin";

/** One reading of one file: a file included twice has two. */
export interface Inclusion {
  readonly source: SourceText;
  /** What the lexer reads: `source.text` without line splices, ending in a newline. */
  readonly text: string;
  /** Offsets in `text` after which a splice was taken out, and how many characters were taken out up to there. */
  readonly splices: Splices | undefined;
  readonly path: string;
  readonly role: TextRole;
  /** Index in the include search list where it was found; −1 beside its includer. */
  readonly searchIndex: number;
  /** Position of its first character. */
  readonly base: number;
  /** Position of the directive that included it. */
  readonly includedAt: number | undefined;
  /** Start and end offsets of comments in `text`, in pairs. */
  readonly comments: number[];
  /** Its `#line` directives, in order. */
  readonly renumberings: Renumbering[];
  lines: Int32Array | undefined;
}

/** What a `#line` says of the lines behind it. */
export interface Renumbering {
  /** Position of the directive's end. */
  readonly at: number;
  /** To be added to a real line number. */
  readonly shift: number;
  /** Name of the file from here on. */
  readonly name: string;
}

export interface Splices {
  readonly offsets: readonly number[];
  readonly removed: readonly number[];
}

/** One replacement of a macro by its body. */
export interface Expansion {
  readonly name: string;
  /** Where the macro is defined. */
  readonly definedAt: number;
  /** Where it is used; may itself be inside an expansion. */
  readonly usedAt: number;
}

/**
 * Positions are numbers: an inclusion's `base` plus the offset in its text; a token that a macro made has a negative
 * one, which leads to its spelling and its expansion.
 */
export class SourceMap {
  readonly inclusions: Inclusion[] = [];
  readonly #spellings: number[] = [];
  readonly #expansions: Expansion[] = [];
  /** Where the input is, as an include of it would be called; "" for standard input. */
  inputPath = "";
  #next = 0;
  #last: Inclusion | undefined;

  /** Characters read so far. */
  get size(): number {
    return this.#next;
  }

  /** Whether `inclusion` is the input, or another one of the same file. */
  isInput(inclusion: Inclusion): boolean {
    if (inclusion.role === "input") return true;
    if (inclusion.role !== "include") return false;
    return inclusion.path === this.inputPath;
  }

  /** Name of the input itself. */
  get inputName(): string {
    return this.inclusions.find(({ role }) => role === "input")?.source.name ?? "";
  }

  /** Registers a text, taking line splices out. */
  add(
    source: SourceText,
    path: string,
    role: TextRole,
    searchIndex: number,
    includedAt: number | undefined,
  ): Inclusion {
    const { text, splices } = unsplice(source.text);
    const inclusion: Inclusion = {
      source,
      text,
      splices,
      path,
      role,
      searchIndex,
      base: this.#next,
      includedAt,
      comments: [],
      renumberings: [],
      lines: undefined,
    };
    this.#next += text.length + 1;
    this.inclusions.push(inclusion);
    return inclusion;
  }

  /** Position for a token spelled at `spelling` and put in place by `expansion`. */
  expanded(spelling: number, expansion: Expansion): number {
    this.#spellings.push(spelling);
    this.#expansions.push(expansion);
    return -this.#spellings.length;
  }

  /** Place in a file that stands for `pos`: the use of the outermost macro. */
  outermost(pos: number): number {
    while (pos < 0) pos = this.#expansions[-pos - 1]!.usedAt;
    return pos;
  }

  /** Place in a file where the token at `pos` is spelled. */
  spelled(pos: number): number {
    while (pos < 0) pos = this.#spellings[-pos - 1]!;
    return pos;
  }

  /** The inclusion that holds `pos`. */
  inclusionOf(pos: number): Inclusion {
    pos = this.outermost(pos);
    const last = this.#last;
    if (last !== undefined && pos >= last.base && pos <= last.base + last.text.length) return last;
    let low = 0;
    let high = this.inclusions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.inclusions[middle]!.base <= pos) low = middle;
      else high = middle - 1;
    }
    const found = this.inclusions[low]!;
    this.#last = found;
    return found;
  }

  /** The range of the token at `from` to the end of the one at `to`, in the file the user sees. */
  span(from: number, to: number = from): Span {
    const inclusion = this.inclusionOf(from);
    const start = this.outermost(from) - inclusion.base;
    const last = this.outermost(to) - inclusion.base;
    const end =
      last >= start && last <= inclusion.text.length ? tokenEnd(inclusion.text, last) : tokenEnd(inclusion.text, start);
    return { source: inclusion.source, start: original(inclusion, start), end: original(inclusion, end) };
  }

  /** How `pos` was reached: macros from the outermost in, then includes from the nearest out. */
  trace(pos: number): TraceStep[] {
    const steps: TraceStep[] = [];
    for (let at = pos; at < 0; ) {
      const expansion = this.#expansions[-at - 1]!;
      if (steps.length < 8) {
        const defined = this.inclusionOf(expansion.definedAt);
        const where =
          defined.role === "builtin" ? "which is predefined" : `defined at ${this.describe(expansion.definedAt)}`;
        steps.unshift({
          message: `in expansion of macro '${expansion.name}', ${where}`,
          span: this.span(expansion.usedAt),
        });
      }
      at = expansion.usedAt;
    }
    let inclusion = this.inclusionOf(pos);
    for (let depth = 0; depth < 16 && inclusion.includedAt !== undefined; depth++) {
      steps.push({
        message: `in file included from ${this.describe(inclusion.includedAt)}`,
        span: this.span(inclusion.includedAt),
      });
      inclusion = this.inclusionOf(inclusion.includedAt);
    }
    return steps;
  }

  /** `file:line:column`. */
  describe(pos: number): string {
    const { file, line, column } = this.location(pos);
    return `${file}:${line}:${column}`;
  }

  /** Location of `pos`; line and column are counted when asked for. */
  location(pos: number): Location {
    return new LazyLocation(this, pos);
  }

  /** The token at a location that this map gave out; undefined for any other. */
  spanOf(location: Location): Span | undefined {
    return location instanceof LazyLocation ? location.span(this) : undefined;
  }

  /** What `__LINE__` and `__FILE__` say at `pos`: the real line and name, or what a `#line` before it made of them. */
  presumed(pos: number): { readonly line: number; readonly name: string } {
    const inclusion = this.inclusionOf(pos);
    const { line } = this.lineOf(pos);
    const at = this.outermost(pos);
    const last = inclusion.renumberings.filter((renumbering) => renumbering.at <= at).at(-1);
    return { line: line + (last?.shift ?? 0), name: last?.name ?? inclusion.source.name };
  }

  /** The lines behind `pos` are counted from `line` on, as lines of `name`, or of the file that they are said to be of already. */
  renumber(pos: number, line: number, name: string | undefined): void {
    this.inclusionOf(pos).renumberings.push({
      at: pos,
      shift: line - (this.lineOf(pos).line + 1),
      name: name ?? this.presumed(pos).name,
    });
  }

  /** Real line and column of `pos`, from 1, in the original text. */
  lineOf(pos: number): { readonly line: number; readonly column: number } {
    const inclusion = this.inclusionOf(pos);
    const offset = original(inclusion, this.outermost(pos) - inclusion.base);
    inclusion.lines ??= lineStarts(inclusion.source.text);
    const lines = inclusion.lines;
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lines[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - lines[low]! + 1 };
  }
}

/** A location whose line is only looked up when read: most of a large header's never are. */
class LazyLocation implements Location {
  readonly #map: SourceMap;
  readonly #pos: number;

  constructor(map: SourceMap, pos: number) {
    this.#map = map;
    this.#pos = pos;
  }

  span(map: SourceMap): Span | undefined {
    return map === this.#map ? map.span(this.#pos) : undefined;
  }

  get file(): string {
    return this.#map.inclusionOf(this.#pos).source.name;
  }

  get line(): number {
    return this.#map.lineOf(this.#pos).line;
  }

  get column(): number {
    return this.#map.lineOf(this.#pos).column;
  }
}

function lineStarts(text: string): Int32Array {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}

/** Offset in the original text of an offset in the spliced one. */
function original(inclusion: Inclusion, offset: number): number {
  const splices = inclusion.splices;
  if (splices === undefined) return Math.min(offset, inclusion.source.text.length);
  let low = 0;
  let high = splices.offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (splices.offsets[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.min(offset + (low === 0 ? 0 : splices.removed[low - 1]!), inclusion.source.text.length);
}

/** Takes out every backslash that ends a line, with its newline (and white space between, as GNU C does). */
function unsplice(text: string): { readonly text: string; readonly splices: Splices | undefined } {
  const ended = text.endsWith("\n") ? text : `${text}\n`;
  if (!ended.includes("\\")) return { text: ended, splices: undefined };
  const parts: string[] = [];
  const offsets: number[] = [];
  const removed: number[] = [];
  let from = 0;
  let length = 0;
  let gone = 0;
  for (let at = ended.indexOf("\\"); at >= 0; at = ended.indexOf("\\", at + 1)) {
    let end = at + 1;
    for (let c = ended.charCodeAt(end); c === 32 || c === 9 || c === 13 || c === 12; c = ended.charCodeAt(end)) end++;
    if (ended.charCodeAt(end) !== 10) continue;
    parts.push(ended.slice(from, at));
    length += at - from;
    gone += end + 1 - at;
    offsets.push(length);
    removed.push(gone);
    from = end + 1;
    at = end;
  }
  if (offsets.length === 0) return { text: ended, splices: undefined };
  parts.push(ended.slice(from));
  const joined = parts.join("");
  return { text: joined.endsWith("\n") ? joined : `${joined}\n`, splices: { offsets, removed } };
}

/** End of the token that starts at `start`, for carets. */
function tokenEnd(text: string, start: number): number {
  const c = text.charCodeAt(start);
  let end = start + 1;
  if (isWord(c)) {
    const number = c >= 48 && c <= 57;
    while (isWord(text.charCodeAt(end)) || (number && text.charCodeAt(end) === 46)) end++;
  } else if (c === 34 || c === 39) {
    while (end < text.length && text.charCodeAt(end) !== c && text.charCodeAt(end) !== 10)
      end += text.charCodeAt(end) === 92 ? 2 : 1;
    if (text.charCodeAt(end) === c) end++;
  }
  return Math.min(end, text.length);
}

function isWord(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95 || c >= 128;
}
