import type { Inclusion, SourceMap } from "./source-map.ts";

interface Annotated {
  doc?: string;
  tags?: readonly string[];
}

/** White space that may stand between a comment and what it documents. */
const nearby = 400;

/** Finds the comment that documents a declaration, and the annotations in it. */
export class Comments {
  readonly #map: SourceMap;
  /** Positions of the comments whose annotations a declaration has taken. */
  readonly #taken = new Set<number>();

  constructor(map: SourceMap) {
    this.#map = map;
  }

  /**
   * Gives `target` the comment above the token at `start`, or behind the one at `end` on its line, and the tags of
   * its attributes and of `@rbgen` lines; of those above only where they are its `own`.
   */
  attach(target: Annotated, start: number, end: number, tags: readonly string[] | undefined, own = true): void {
    const inclusion = this.#map.inclusionOf(start);
    let all = tags;
    if (inclusion.comments.length > 0) {
      const { above, behind } = this.#around(
        inclusion,
        this.#map.outermost(start) - inclusion.base,
        this.#map.outermost(end) - inclusion.base,
      );
      if (above !== undefined || behind !== undefined) {
        const raw = above === undefined || behind === undefined ? (above ?? behind ?? "") : `${above}\n${behind}`;
        const { text, annotations } = clean(raw);
        if (text !== "") target.doc = text;
        const mine = own ? annotations : clean(behind ?? "").annotations;
        if (mine.length > 0) all = [...(tags ?? []), ...mine];
      }
    }
    if (all !== undefined && all.length > 0) target.tags = all;
  }

  /** Whether any comment can hold an annotation. */
  get annotated(): boolean {
    return this.#map.inclusions.some(({ text }) => text.includes("@rbgen"));
  }

  /** Lines of the input's own comments that spell the sign of an annotation as only attributes and configurations have it, and what was meant. */
  *misspelt(): Iterable<{ readonly at: number; readonly meant: string }> {
    for (const inclusion of this.#map.inclusions) {
      const { text, comments, base, role } = inclusion;
      if (role !== "include" && !this.#map.isInput(inclusion)) continue;
      if (!/rbgen/.test(text)) continue;
      for (let i = 0; i < comments.length; i += 2) {
        let at = comments[i]!;
        for (const line of text.slice(at, comments[i + 1]!).split("\n")) {
          const [, name, rest = ""] = /^(@?rbgen\s*:\s*|rbgen\s+)([a-z]\w*\s*(?:=.*)?)$/.exec(unsigned(line)) ?? [];
          // "rbgen does" is prose, "rbgen length=n" is none.
          if (name !== undefined && (name.includes(":") || rest.includes("="))) {
            yield { at: base + at + Math.max(line.indexOf("rbgen"), 0), meant: `@rbgen ${rest.trim()}` };
          }
          at += line.length + 1;
        }
      }
    }
  }

  /** Positions of the comments with annotations that no declaration has taken. */
  *strays(): Iterable<number> {
    for (const { text, comments, base } of this.#map.inclusions) {
      for (let i = 0; i < comments.length; i += 2) {
        const start = comments[i]!;
        if (this.#taken.has(base + start)) continue;
        if (clean(text.slice(start, comments[i + 1]!)).annotations.length === 0) continue;
        yield base + start;
      }
    }
  }

  #around(
    inclusion: Inclusion,
    start: number,
    end: number,
  ): { readonly above: string | undefined; readonly behind: string | undefined } {
    const { text, comments } = inclusion;
    // The first comment that ends behind `start`.
    let low = 0;
    let high = comments.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comments[2 * middle + 1]! <= start) low = middle + 1;
      else high = middle;
    }
    const above = low > 0 ? this.#above(inclusion, 2 * (low - 1), start) : undefined;
    let next = low;
    while (2 * next < comments.length && comments[2 * next]! < end) next++;
    const behind = comments[2 * next];
    let trailing: string | undefined;
    if (
      behind !== undefined &&
      end >= start &&
      behind - end <= nearby &&
      /^[^\n]?[ \t;,]*$/.test(text.slice(end, behind))
    ) {
      trailing = text.slice(behind, comments[2 * next + 1]!);
      this.#taken.add(inclusion.base + behind);
    }
    return { above, behind: trailing };
  }

  /** The comment at `index` with those right above it, if it stands right above `start`. */
  #above(inclusion: Inclusion, index: number, start: number): string | undefined {
    const { text, comments } = inclusion;
    let first = index;
    let to = start;
    for (; first >= 0; first -= 2) {
      const from = comments[first]!;
      if (to - comments[first + 1]! > nearby) break;
      const between = text.slice(comments[first + 1]!, to);
      if (!/^[ \t\r]*\n?[ \t\r]*$/.test(between)) break;
      if (!/(^|\n)[ \t\r\ufeff]*$/.test(text.slice(Math.max(0, from - 200), from))) break;
      to = from;
      this.#taken.add(inclusion.base + from);
      // Only lines of `//` go together; a block comment stands alone.
      if (!text.startsWith("//", from)) {
        first -= 2;
        break;
      }
    }
    return to === start ? undefined : text.slice(to, comments[index + 1]!);
  }
}

/** Text of comments without their signs; `@rbgen …` lines become tags. */
function clean(raw: string): { readonly text: string; readonly annotations: string[] } {
  const annotations: string[] = [];
  const lines: string[] = [];
  for (const line of raw.split("\n")) {
    const bare = unsigned(line);
    const annotation = /^\s*@rbgen\s+(.+?)\s*$/.exec(bare);
    if (annotation !== null) annotations.push(`rbgen:${annotation[1]}`);
    // What Doxygen marks as the short description is the whole of what there is.
    else lines.push(bare.replace(/^[\\@](?:brief|short)\s+/, ""));
  }
  while (lines[0]?.trim() === "") lines.shift();
  while (lines[lines.length - 1]?.trim() === "") lines.pop();
  return { text: lines.join("\n").trim(), annotations };
}

/** A line of a comment without the signs that open, lead or close it. */
function unsigned(line: string): string {
  let text = line.trim();
  if (text.endsWith("*/")) {
    let end = text.length - 1;
    while (end > 0 && text[end - 1] === "*") end--;
    text = text.slice(0, end);
  }
  let start = 0;
  if (text.startsWith("/*") || text.startsWith("//")) {
    const sign = text[1];
    start = 2;
    while (text[start] === sign) start++;
    if (text[start] === "!") start++;
    if (text[start] === "<") start++;
  } else {
    while (text[start] === "*") start++;
  }
  return text.slice(start).trim();
}
