import type { Lexer } from "../text/lexer.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { type Macro, sameMacro } from "./macro.ts";
import { newerHelpersName } from "./newer-helpers.ts";
import type { Translation } from "./translation.ts";

/** Parameters of a macro; `end` is the index behind them, or the token that is wrong. */
interface Parameters {
  readonly names: readonly number[];
  readonly variadic: boolean;
  readonly end: number | Token;
}

/** Defines macros and takes definitions back (C11 6.10.3). */
export class Definitions {
  readonly #translation: Translation;
  readonly #defined: number;
  readonly #vaArgs: number;
  readonly #saved = new Map<number, (Macro | undefined)[]>();

  constructor(translation: Translation) {
    this.#translation = translation;
    this.#defined = translation.interner.intern("defined");
    this.#vaArgs = translation.interner.intern("__VA_ARGS__");
  }

  /** Obeys `#define`; `rest` reads the line to its end. */
  define(lexer: Lexer, rest: () => Token[]): void {
    const { complaints, interner } = this.#translation;
    lexer.next();
    const pos = lexer.inclusion.base + lexer.start;
    if (lexer.kind !== T.IDENT || lexer.value === this.#defined) {
      complaints.add("RB1007", pos, "#define needs a name for the macro");
      if (lexer.kind !== T.NEWLINE) rest();
      return;
    }
    const id = lexer.value;
    const name = interner.names[id]!;
    let body = rest();
    let params: Parameters | undefined;
    if (body[0]?.kind === T.LPAREN && !body[0].space) {
      params = this.#parameters(body);
      if (typeof params.end !== "number") {
        complaints.add("RB1007", params.end.pos || pos, `the parameters of macro '${name}' are malformed`, {
          hint: "names separated by commas, the last of which may be '...' or 'name...'",
        });
        return;
      }
      body = body.slice(params.end);
    }
    const edge =
      body[0]?.kind === T.HASH_HASH
        ? body[0]
        : body[body.length - 1]?.kind === T.HASH_HASH
          ? body[body.length - 1]
          : undefined;
    if (edge !== undefined) {
      complaints.add("RB1012", edge.pos, "'##' stands at the edge of the macro and has nothing to join");
      return;
    }
    const macro: Macro = {
      name,
      id,
      params: params?.names,
      variadic: params?.variadic === true,
      body,
      pos,
      disabled: false,
    };
    const before = this.#translation.macros[id];
    if (before !== undefined && (before.special !== undefined || !sameMacro(before, macro))) {
      const first = complaints.map.inclusionOf(before.pos);
      const predefined = first.role === "builtin";
      // a source that defines for itself what its libbpf lacks means its own
      const ours = lexer.inclusion.role === "shim" || first.path === newerHelpersName;
      if (!ours) {
        complaints.add("RB1011", pos, `macro '${name}' is defined again, differently`, {
          severity: "warning",
          notes: [
            before.special !== undefined || predefined
              ? "it is predefined"
              : `it is defined at ${complaints.map.describe(before.pos)}`,
          ],
          hint: "the later definition counts from here on; #undef the first one if that is meant",
        });
      }
    }
    this.#translation.macros[id] = macro;
    if (complaints.map.isInput(lexer.inclusion)) {
      this.#translation.own.delete(id);
      this.#translation.own.set(id, macro);
    }
  }

  /** Reads `(a, b, ...)` at the start of `body`. */
  #parameters(body: readonly Token[]): Parameters {
    const names: number[] = [];
    let variadic = false;
    const wrong = (at: number): Parameters => ({ names, variadic, end: body[Math.min(at, body.length - 1)] as Token });
    let i = 1;
    for (let first = true; body[i]?.kind !== T.RPAREN; first = false) {
      if (variadic || (!first && body[i++]?.kind !== T.COMMA)) return wrong(i - 1);
      const token = body[i++];
      if (token?.kind === T.ELLIPSIS) {
        names.push(this.#vaArgs);
        variadic = true;
      } else if (token?.kind === T.IDENT && !names.includes(token.value)) {
        names.push(token.value);
        if (body[i]?.kind === T.ELLIPSIS) {
          variadic = true;
          i++;
        }
      } else {
        return wrong(i - 1);
      }
    }
    return { names, variadic, end: i + 1 };
  }

  /** Obeys `#undef`. */
  undef(lexer: Lexer, rest: () => Token[]): void {
    const tokens = rest();
    const name = tokens[0];
    if (name?.kind !== T.IDENT) {
      this.#translation.complaints.add(
        "RB1007",
        name?.pos ?? lexer.inclusion.base + lexer.start,
        "#undef needs the name of a macro",
      );
      return;
    }
    this.#translation.macros[name.value] = undefined;
    this.#translation.own.delete(name.value);
  }

  /** Obeys `#pragma push_macro` and `pop_macro`. */
  pushOrPop(push: boolean, quoted: string): void {
    const id = this.#translation.interner.intern(quoted.slice(1, -1));
    const stack = this.#saved.get(id) ?? [];
    this.#saved.set(id, stack);
    if (push) stack.push(this.#translation.macros[id]);
    else if (stack.length > 0) this.#translation.macros[id] = stack.pop();
  }
}
