import type { Constant } from "../../module.ts";
import { Cursor } from "../parse/cursor.ts";
import type { Parser } from "../parse/parser.ts";
import type { Macro } from "../preprocess/macro.ts";
import type { Preprocessor } from "../preprocess/preprocessor.ts";
import { Comments } from "../text/comments.ts";
import { Abandoned, Complaints, Poisoned } from "../text/complaints.ts";
import { literalUnits, stringText } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { TokenBuffer } from "../text/token-buffer.ts";
import { wrap } from "../type/arithmetic.ts";

/** Tokens that may be made of a macro on the way to a constant. */
const mostTokens = 20_000;

/** Evaluates object-like macros: those that are integers or strings are constants, all others are none. */
export class Constants {
  readonly #preprocessor: Preprocessor;
  readonly #parser: Parser;
  readonly #comments: Comments;
  #told = false;

  constructor(preprocessor: Preprocessor, parser: Parser) {
    this.#preprocessor = preprocessor;
    this.#parser = parser;
    this.#comments = new Comments(parser.complaints.map);
  }

  /** The constant that `macro` is. */
  of(macro: Macro): Constant | undefined {
    if (macro.params !== undefined || macro.special !== undefined || macro.body.length === 0) return undefined;
    const value = this.#evaluate(macro);
    if (value === undefined) return undefined;
    const { map } = this.#parser.complaints;
    const described: { doc?: string; tags?: readonly string[] } = {};
    this.#comments.attach(described, this.#hash(macro), macro.body[macro.body.length - 1]!.pos, undefined);
    return {
      name: macro.name,
      value,
      ...(described.doc !== undefined && { doc: described.doc }),
      span: map.span(macro.pos),
    };
  }

  /** Position of the `#` that opens the definition, where its comment ends. */
  #hash(macro: Macro): number {
    const inclusion = this.#parser.complaints.map.inclusionOf(macro.pos);
    const at = inclusion.text.lastIndexOf("#", macro.pos - inclusion.base);
    return inclusion.base + Math.max(at, 0);
  }

  /** A macro that is too large to be a constant: the first one is told of, those that use it are as large. */
  #leaveOut({ name, pos }: Macro): void {
    if (this.#told) return;
    this.#told = true;
    this.#parser.complaints.add(
      "RB1013",
      pos,
      `macro '${name}' is no constant that is taken: it expands to more than ${mostTokens} tokens`,
      { severity: "warning", hint: "nothing else of the file is left out; #undef it where it is not meant for users" },
    );
  }

  #evaluate(macro: Macro): bigint | string | undefined {
    const pp = this.#preprocessor;
    const silent = new Complaints(this.#parser.complaints.map, () => {}, 1);
    const use = { kind: T.IDENT, value: macro.id, pos: macro.pos, space: false, painted: false };
    const { foreign } = this.#parser;
    const { answersOfPlace } = pp;
    foreign.everydayOnly = pp.translation.kernelIncludedAt === undefined;
    try {
      const tokens = pp.expander.expandWithin([use], mostTokens);
      if (tokens === undefined) {
        this.#leaveOut(macro);
        return undefined;
      }
      // The line of a macro's use is not that of its definition.
      if (pp.answersOfPlace !== answersOfPlace) return undefined;
      if (tokens.length === 0 || tokens.length > 10_000) return undefined;
      if (tokens.every((token) => token.kind === T.STRING)) {
        const units = tokens.map((token) => literalUnits(pp.expander.spell(token)));
        return units.some((own) => own === undefined) ? undefined : stringText(units.flatMap((own) => own ?? []));
      }
      const buffer = new TokenBuffer(tokens.length + 1);
      for (const token of tokens) buffer.push(token.kind, token.value, token.pos);
      buffer.push(T.EOF, 0, macro.pos);
      const parser = this.#parser.over(new Cursor(buffer, pp.translation.interner, silent), silent);
      const { value, type } = parser.expressions.constant("the macro");
      return parser.cursor.kind === T.EOF ? wrap(value, type) : undefined;
    } catch (error) {
      if (error instanceof Poisoned || error instanceof Abandoned) return undefined;
      throw error;
    } finally {
      foreign.everydayOnly = false;
    }
  }
}
