import type { Complaints } from "../text/complaints.ts";
import type { Interner } from "../text/interner.ts";
import { type FrontEndLimits, raising } from "../text/limits.ts";
import { tokenOf } from "../text/lone-text.ts";
import type { Expansion, SourceMap } from "../text/source-map.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import type { Macro } from "./macro.ts";
import type { Translation } from "./translation.ts";

interface Context {
  readonly tokens: readonly Token[];
  index: number;
  readonly macro: Macro | undefined;
}

/** What the expander asks of the preprocessor. */
export interface ExpansionHost {
  /** The next token of the file: macros may take their arguments from there. */
  pull(): Token;
  /** Gives a token back that {@link pull} gave. */
  unread(token: Token): void;
  /** Answers a macro that is not text. */
  special(macro: Macro, use: Token, args: readonly Token[]): Token;
}

/** Ends an expansion that {@link Expander.expandWithin} bounds. */
class TooMany extends Error {}

/** Macro replacement (C11 6.10.3), with GNU's named variadics and comma, and `__VA_OPT__`. */
export class Expander {
  readonly #host: ExpansionHost;
  readonly #macros: readonly (Macro | undefined)[];
  readonly #interner: Interner;
  readonly #map: SourceMap;
  readonly #complaints: Complaints;
  readonly #limits: FrontEndLimits;
  readonly #contexts: Context[] = [];
  readonly #vaOpt: number;
  readonly #defined: number;
  #made = 0;
  /** Tokens that may still be made, where fewer than the input's limit. */
  #left: number | undefined;
  #depth = 0;
  /** Tokens below this context are out of reach: an argument or a condition ends there. */
  #floor = 0;
  #inCondition = false;

  constructor(host: ExpansionHost, { interner, complaints, limits, macros }: Translation) {
    this.#host = host;
    this.#macros = macros;
    this.#interner = interner;
    this.#map = complaints.map;
    this.#complaints = complaints;
    this.#limits = limits;
    this.#vaOpt = interner.intern("__VA_OPT__");
    this.#defined = interner.intern("defined");
  }

  /** Expands `use`, which names `macro`, and hands every resulting token to `emit`. */
  expand(macro: Macro, use: Token, emit: (token: Token) => void): void {
    if (!this.#enter(macro, use)) emit(use);
    this.#drain(emit);
  }

  /** All of `tokens` expanded, on their own. In a condition `defined` keeps its operand. */
  expandAll(tokens: readonly Token[], inCondition = false): Token[] {
    const result: Token[] = [];
    const floor = this.#floor;
    const condition = this.#inCondition;
    this.#inCondition = inCondition || condition;
    this.#floor = this.#contexts.length + 1;
    this.#contexts.push({ tokens, index: 0, macro: undefined });
    this.#drain((token) => result.push(token));
    this.#floor = floor;
    this.#inCondition = condition;
    return result;
  }

  /** What `tokens` expand to, on their own; undefined where more than `most` tokens are made on the way. */
  expandWithin(tokens: readonly Token[], most: number): Token[] | undefined {
    const [open, floor, condition, depth] = [this.#contexts.length, this.#floor, this.#inCondition, this.#depth];
    this.#left = most;
    try {
      return this.expandAll(tokens);
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
      for (const { macro } of this.#contexts.splice(open)) if (macro !== undefined) macro.disabled = false;
      this.#floor = floor;
      this.#inCondition = condition;
      this.#depth = depth;
      return undefined;
    } finally {
      this.#left = undefined;
    }
  }

  #drain(emit: (token: Token) => void): void {
    const base = Math.max(this.#floor - 1, 0);
    for (;;) {
      const token = this.#take(base);
      if (token === undefined) return;
      if (token.kind !== T.IDENT || token.painted) {
        emit(token);
        continue;
      }
      if (this.#inCondition && token.value === this.#defined) {
        emit(token);
        const operand = this.#take(base);
        if (operand !== undefined) emit(operand);
        if (operand?.kind === T.LPAREN) {
          const name = this.#take(base);
          if (name !== undefined) emit(name);
        }
        continue;
      }
      const macro = this.#macros[token.value];
      if (macro === undefined) emit(token);
      else if (macro.disabled) emit({ ...token, painted: true });
      else if (!this.#enter(macro, token)) emit(token);
    }
  }

  /** Next token of the contexts above `base`; contexts that have ended are left. */
  #take(base: number): Token | undefined {
    const contexts = this.#contexts;
    while (contexts.length > base) {
      const top = contexts[contexts.length - 1]!;
      if (top.index < top.tokens.length) return top.tokens[top.index++];
      contexts.pop();
      if (top.macro !== undefined) top.macro.disabled = false;
    }
    return undefined;
  }

  /** Next token for an argument list: from the contexts, then from the file unless they stand on a floor. */
  #takeArgument(): Token {
    const token = this.#take(Math.max(this.#floor - 1, 0));
    if (token !== undefined) return token;
    return this.#floor === 0 ? this.#host.pull() : { kind: T.EOF, value: 0, pos: 0, space: false, painted: false };
  }

  /** Whether `(` follows; it is taken then. */
  #takesParen(): boolean {
    const base = Math.max(this.#floor - 1, 0);
    for (let i = this.#contexts.length - 1; i >= base; i--) {
      const context = this.#contexts[i]!;
      if (context.index >= context.tokens.length) continue;
      if (context.tokens[context.index]?.kind !== T.LPAREN) return false;
      this.#take(base);
      return true;
    }
    if (this.#floor !== 0) return false;
    const token = this.#host.pull();
    if (token.kind === T.LPAREN) return true;
    this.#host.unread(token);
    return false;
  }

  /** Replaces `use` by the macro's body on top of the contexts; false where a call has no parenthesis. */
  #enter(macro: Macro, use: Token): boolean {
    let args: Token[][] = [];
    if (macro.params !== undefined) {
      if (!this.#takesParen()) return false;
      const collected = this.#arguments(macro, use);
      if (collected === undefined) return false;
      args = collected;
    }
    if (macro.special !== undefined) {
      const answer = this.#host.special(macro, use, args[0] ?? []);
      this.#push([answer], undefined);
      return true;
    }
    const expansion: Expansion = { name: macro.name, definedAt: macro.pos, usedAt: use.pos };
    let tokens: Token[];
    if (macro.params === undefined && !macro.body.some((token) => token.kind === T.HASH_HASH)) {
      tokens = macro.body.map((token) => ({ ...token, pos: this.#map.expanded(token.pos, expansion) }));
    } else {
      if (++this.#depth > this.#limits.expansionDepth) {
        if (this.#left !== undefined) throw new TooMany();
        this.#complaints.abandon("RB1013", use.pos, `macro calls nest deeper than ${this.#limits.expansionDepth}`, {
          hint: raising("expansionDepth"),
        });
      }
      tokens = this.#substitute(macro, macro.body, args, new Map(), expansion);
      this.#depth--;
    }
    const first = tokens[0];
    if (first !== undefined && first.space !== use.space) tokens[0] = { ...first, space: use.space };
    this.#count(tokens.length, use.pos);
    this.#push(tokens, macro);
    return true;
  }

  #push(tokens: readonly Token[], macro: Macro | undefined): void {
    if (macro !== undefined) macro.disabled = true;
    this.#contexts.push({ tokens, index: 0, macro });
  }

  #count(tokens: number, pos: number): void {
    this.#made += tokens + 1;
    if (this.#left !== undefined) {
      this.#left -= tokens + 1;
      if (this.#left < 0 || this.#made > this.#limits.expansionTokens) throw new TooMany();
      return;
    }
    if (this.#made > this.#limits.expansionTokens) {
      this.#complaints.abandon("RB1013", pos, `macros expand to more than ${this.#limits.expansionTokens} tokens`, {
        hint: `a macro that uses another one twice, over and over, doubles at each step; ${raising("expansionTokens")}`,
      });
    }
  }

  /** Collects the arguments of a call up to its `)`. */
  #arguments(macro: Macro, use: Token): Token[][] | undefined {
    const params = macro.params ?? [];
    const args: Token[][] = [];
    let current: Token[] = [];
    let depth = 0;
    for (;;) {
      const token = this.#takeArgument();
      if (token.kind === T.EOF) {
        this.#complaints.add("RB1010", use.pos, `call of macro '${macro.name}' has no closing ')'`);
        return undefined;
      }
      if (token.kind === T.LPAREN) depth++;
      if (token.kind === T.RPAREN && depth-- === 0) break;
      if (
        token.kind === T.COMMA &&
        depth === 0 &&
        !(macro.variadic && args.length === params.length - 1) &&
        macro.special === undefined
      ) {
        args.push(current);
        current = [];
        continue;
      }
      current.push(token);
      this.#count(0, use.pos);
    }
    if (args.length > 0 || current.length > 0 || params.length > 0) args.push(current);
    const enough = args.length === params.length || (macro.variadic && args.length === params.length - 1);
    if (!enough) {
      const wanted = macro.variadic ? `at least ${params.length - 1}` : `${params.length}`;
      this.#complaints.add(
        "RB1010",
        use.pos,
        `macro '${macro.name}' takes ${wanted} arguments, and is given ${args.length}`,
        {
          notes: [`'${macro.name}' is defined at ${this.#map.describe(macro.pos)}`],
        },
      );
      return undefined;
    }
    return args;
  }

  #substitute(
    macro: Macro,
    body: readonly Token[],
    args: readonly Token[][],
    expanded: Map<number, Token[]>,
    expansion: Expansion,
  ): Token[] {
    const params = macro.params ?? [];
    const out: Token[] = [];
    const place = (token: Token): Token => ({ ...token, pos: this.#map.expanded(token.pos, expansion) });
    let pasting = false;
    // The space before a parameter that was given nothing goes to the next token.
    let owed = false;
    const add = (tokens: readonly Token[], before: boolean): void => {
      const space = before || owed;
      owed = tokens.length === 0 && space;
      this.#count(tokens.length, expansion.usedAt);
      for (let i = 0; i < tokens.length; i++) {
        const token = tokens[i]!;
        if (i === 0 && pasting) {
          const left = out.pop();
          if (left === undefined) out.push(token);
          else out.push(...this.#paste(left, token, expansion));
          pasting = false;
        } else {
          out.push(i === 0 && token.space !== space ? { ...token, space } : token);
        }
      }
    };
    for (let i = 0; i < body.length; i++) {
      const token = body[i]!;
      const before = pasting;
      const nextPastes = body[i + 1]?.kind === T.HASH_HASH;
      if (token.kind === T.HASH_HASH && i > 0) {
        pasting = true;
        continue;
      }
      if (token.kind === T.HASH && macro.params !== undefined && body[i + 1]?.kind === T.IDENT) {
        const param = params.indexOf(body[i + 1]!.value);
        const opt = body[i + 1]!.value === this.#vaOpt && macro.variadic;
        if (param >= 0) {
          add([this.#stringify(args[param] ?? [], place(token), token.space)], token.space);
          i++;
          continue;
        }
        if (opt) {
          const end = closing(body, i + 2);
          const inner =
            this.#argument(args, params.length - 1, expanded).length > 0
              ? this.#substitute(macro, body.slice(i + 3, end), args, expanded, expansion)
              : [];
          add([this.#stringify(inner, place(token), token.space)], token.space);
          i = end;
          continue;
        }
      }
      if (token.kind === T.IDENT && macro.params !== undefined) {
        if (token.value === this.#vaOpt && macro.variadic && body[i + 1]?.kind === T.LPAREN) {
          const end = closing(body, i + 1);
          const inner =
            this.#argument(args, params.length - 1, expanded).length > 0
              ? this.#substitute(macro, body.slice(i + 2, end), args, expanded, expansion)
              : [];
          add(inner.length === 0 ? [placemarker(token)] : inner, token.space);
          i = end;
          continue;
        }
        const param = params.indexOf(token.value);
        if (param >= 0) {
          const rest = macro.variadic && param === params.length - 1;
          if (rest && before && out[out.length - 1]?.kind === T.COMMA) {
            // GNU: the comma goes where the variadic argument is left out (not where it is empty), and is pasted to nothing.
            pasting = false;
            const given = args[param];
            if (given === undefined || (params.length === 1 && given.length === 0)) out.pop();
            else add(given, given[0]?.space === true);
            continue;
          }
          if (before || nextPastes) {
            const raw = args[param] ?? [];
            add(raw.length === 0 ? [placemarker(token)] : raw, token.space);
          } else {
            add(this.#argument(args, param, expanded), token.space);
          }
          continue;
        }
      }
      add([place(token)], token.space);
    }
    return out.filter((token) => token.kind !== T.PLACEMARKER);
  }

  #argument(args: readonly Token[][], param: number, expanded: Map<number, Token[]>): Token[] {
    let tokens = expanded.get(param);
    if (tokens === undefined) {
      tokens = this.expandAll(args[param] ?? []);
      expanded.set(param, tokens);
    }
    return tokens;
  }

  /** One token out of two; both where that fails, as clang goes on. */
  #paste(left: Token, right: Token, expansion: Expansion): Token[] {
    if (left.kind === T.PLACEMARKER) return [{ ...right, space: left.space }];
    if (right.kind === T.PLACEMARKER) return [left];
    const text = this.spell(left) + this.spell(right);
    // A token that doubles at each step is as large as the tokens that it is made of.
    this.#count(text.length >> 3, expansion.usedAt);
    const pasted = tokenOf(text, this.#interner, left.pos);
    if (pasted === undefined) {
      this.#complaints.add(
        "RB1012",
        expansion.usedAt,
        `'${this.spell(left)}' ## '${this.spell(right)}' is not one token`,
        {
          notes: [`in macro '${expansion.name}', defined at ${this.#map.describe(expansion.definedAt)}`],
        },
      );
      return [left, right];
    }
    return [{ ...pasted, space: left.space }];
  }

  #stringify(tokens: readonly Token[], at: Token, space: boolean): Token {
    let text = "";
    tokens.forEach((token, i) => {
      if (i > 0 && token.space) text += " ";
      const spelled = this.spell(token);
      text += token.kind === T.STRING || token.kind === T.CHAR ? spelled.replace(/["\\]/g, "\\$&") : spelled;
    });
    this.#count(text.length >> 3, at.pos);
    return { kind: T.STRING, value: this.#interner.intern(`"${text}"`), pos: at.pos, space, painted: false };
  }

  /** The token as it is written. */
  spell(token: Token): string {
    return T.spelt(token.kind, token.value, this.#interner.names);
  }
}

function placemarker(token: Token): Token {
  return { kind: T.PLACEMARKER, value: 0, pos: token.pos, space: token.space, painted: false };
}

/** Index of the parenthesis that closes the one at `open`. */
function closing(body: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < body.length; i++) {
    if (body[i]?.kind === T.LPAREN) depth++;
    if (body[i]?.kind === T.RPAREN && --depth === 0) return i;
  }
  return body.length;
}
