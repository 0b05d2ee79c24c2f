import { ConstantError } from "../text/constant.ts";
import type { Lexer } from "../text/lexer.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { evaluateCondition } from "./condition.ts";
import type { Expander } from "./expander.ts";
import type { OpenFile, Translation } from "./translation.ts";

/** Reads the branch of a conditional that is taken, and skips all others (C11 6.10.1). */
export class Conditionals {
  readonly #translation: Translation;
  readonly #expander: Expander;
  readonly #defined: number;

  constructor(translation: Translation, expander: Expander) {
    this.#translation = translation;
    this.#expander = expander;
    this.#defined = translation.interner.intern("defined");
  }

  /** Obeys `#if`, `#ifdef` and `#ifndef`. */
  open(file: OpenFile, pos: number, name: string): void {
    const lexer = file.lexer;
    const outermost = file.conditionals.length === 0;
    let holds: boolean;
    let guard = false;
    if (name === "if") {
      if (outermost) file.unguarded = true;
      holds = this.#condition(lexer, pos);
    } else {
      const id = this.#macroName(lexer, pos, name);
      holds = id !== undefined && (this.#translation.macros[id] !== undefined) === (name === "ifdef");
      if (outermost) {
        guard =
          name === "ifndef" &&
          file.guard === undefined &&
          !file.unguarded &&
          id !== undefined &&
          this.#isFirst(file, pos);
        if (guard) file.guard = id;
        else file.unguarded = true;
      }
    }
    file.conditionals.push({ pos, taken: holds, elseSeen: false, guard });
    if (!holds) this.#skip(file);
  }

  /** Whether nothing but comments stands before the directive at `pos`. */
  #isFirst(file: OpenFile, pos: number): boolean {
    const { base, comments, text } = file.lexer.inclusion;
    const end = pos - base;
    let at = 0;
    for (let i = 0; i <= comments.length; i += 2) {
      const stop = Math.min(comments[i] ?? end, end);
      if (!/^[\s#\ufeff]*$/.test(text.slice(at, stop))) return false;
      if (stop === end) return true;
      at = comments[i + 1] ?? end;
    }
    return true;
  }

  /** Obeys `#else` and `#elif…` behind a branch that was taken. */
  branch(file: OpenFile, pos: number, name: string): void {
    const top = file.conditionals[file.conditionals.length - 1];
    this.#translation.restOfLine(file.lexer);
    if (top === undefined || top.elseSeen) {
      this.#translation.complaints.add(
        "RB1008",
        pos,
        top === undefined ? `#${name} without #if` : `#${name} after #else`,
      );
      return;
    }
    if (name === "else") top.elseSeen = true;
    if (top.guard) file.unguarded = true;
    // A branch before this one was taken: the rest is skipped.
    this.#skip(file);
  }

  /** Obeys `#endif`. */
  close(file: OpenFile, pos: number): void {
    this.#translation.restOfLine(file.lexer);
    if (file.conditionals.pop() === undefined) this.#translation.complaints.add("RB1008", pos, "#endif without #if");
  }

  /** Skips to the branch that is taken, or behind the #endif. Comments there say nothing of what is read. */
  #skip(file: OpenFile): void {
    const { comments } = file.lexer.inclusion;
    const before = comments.length;
    this.#skipBranches(file);
    comments.length = before;
  }

  #skipBranches(file: OpenFile): void {
    const lexer = file.lexer;
    const names = this.#translation.interner.names;
    let depth = 0;
    for (;;) {
      lexer.inDirective = false;
      lexer.next();
      lexer.fault = undefined;
      if (lexer.kind === T.EOF) return;
      if (lexer.kind !== T.HASH || !lexer.lineStart) continue;
      lexer.inDirective = true;
      lexer.next();
      if (lexer.kind !== T.IDENT) continue;
      const name = names[lexer.value]!;
      const pos = lexer.inclusion.base + lexer.start;
      if (name === "if" || name === "ifdef" || name === "ifndef") depth++;
      else if (name === "endif" && depth-- === 0) {
        this.#translation.restOfLine(lexer);
        file.conditionals.pop();
        return;
      } else if (depth === 0 && (name === "else" || name === "elif" || name === "elifdef" || name === "elifndef")) {
        const top = file.conditionals[file.conditionals.length - 1]!;
        if (top.guard) file.unguarded = true;
        if (top.elseSeen) this.#translation.complaints.add("RB1008", pos, `#${name} after #else`);
        if (name === "else") top.elseSeen = true;
        if (top.taken || !this.#branchHolds(lexer, pos, name)) continue;
        top.taken = true;
        if (name === "else") this.#translation.restOfLine(lexer);
        return;
      }
    }
  }

  #branchHolds(lexer: Lexer, pos: number, name: string): boolean {
    if (name === "else") return true;
    if (name === "elif") return this.#condition(lexer, pos);
    const id = this.#macroName(lexer, pos, name);
    return id !== undefined && (this.#translation.macros[id] !== undefined) === (name === "elifdef");
  }

  #macroName(lexer: Lexer, pos: number, name: string): number | undefined {
    const tokens = this.#translation.restOfLine(lexer);
    if (tokens[0]?.kind === T.IDENT) return tokens[0].value;
    this.#translation.complaints.add("RB1007", pos, `#${name} needs the name of a macro`);
    return undefined;
  }

  #condition(lexer: Lexer, pos: number): boolean {
    const { complaints, limits, macros } = this.#translation;
    const line = this.#translation.restOfLine(lexer);
    const tokens = this.#expander.expandAll(line, true);
    try {
      const asked = {
        definedId: this.#defined,
        spell: (token: Token) => this.#expander.spell(token),
        isDefined: (id: number) => macros[id] !== undefined,
      };
      return evaluateCondition(tokens, asked, limits.nesting);
    } catch (error) {
      if (!(error instanceof ConstantError)) throw error;
      complaints.add("RB1009", error.token?.pos ?? pos, `this condition cannot be evaluated: ${error.message}`);
      return false;
    }
  }
}
