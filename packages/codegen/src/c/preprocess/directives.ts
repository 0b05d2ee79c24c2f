import { suggest } from "@rbgen/btf";
import type { Lexer } from "../text/lexer.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { Conditionals } from "./conditionals.ts";
import { Definitions } from "./definitions.ts";
import type { Expander } from "./expander.ts";
import type { Includes } from "./includes.ts";
import type { OpenFile, Translation } from "./translation.ts";

const directiveNames =
  "define undef include include_next import if ifdef ifndef elif elifdef elifndef else endif error warning pragma line".split(
    " ",
  );

/** Obeys lines that start with `#` (C11 6.10). */
export class Directives {
  readonly #translation: Translation;
  readonly #expander: Expander;
  readonly #definitions: Definitions;
  readonly #includes: Includes;
  readonly #conditionals: Conditionals;

  constructor(translation: Translation, expander: Expander, includes: Includes) {
    this.#translation = translation;
    this.#expander = expander;
    this.#includes = includes;
    this.#definitions = new Definitions(translation);
    this.#conditionals = new Conditionals(translation, expander);
  }

  /** Obeys the directive whose `#` the file's lexer stands on. */
  run(file: OpenFile): void {
    const lexer = file.lexer;
    lexer.inDirective = true;
    const hash = lexer.inclusion.base + lexer.start;
    lexer.next();
    const name = lexer.kind === T.IDENT ? this.#translation.interner.names[lexer.value]! : "";
    if (file.conditionals.length === 0 && name !== "ifndef") file.unguarded = true;
    const pos = lexer.inclusion.base + lexer.start;
    switch (name) {
      case "define":
        this.#definitions.define(lexer, () => this.#translation.restOfLine(lexer));
        break;
      case "undef":
        this.#definitions.undef(lexer, () => this.#translation.restOfLine(lexer));
        break;
      case "include":
      case "include_next":
      case "import":
        this.#includes.include(lexer, name);
        return;
      case "if":
      case "ifdef":
      case "ifndef":
        this.#conditionals.open(file, pos, name);
        break;
      case "elif":
      case "elifdef":
      case "elifndef":
      case "else":
        this.#conditionals.branch(file, pos, name);
        break;
      case "endif":
        this.#conditionals.close(file, pos);
        break;
      case "error":
      case "warning":
        this.#message(lexer, pos, name);
        break;
      case "pragma":
        this.pragma(this.#translation.restOfLine(lexer), pos);
        break;
      case "line":
        this.#line(lexer, pos);
        break;
      case "ident":
      case "sccs":
      case "assert":
      case "unassert":
        this.#translation.restOfLine(lexer);
        break;
      default:
        if (lexer.kind === T.NUMBER) {
          this.#marker(lexer);
          break;
        }
        // A null directive.
        if (lexer.kind !== T.NEWLINE && lexer.kind !== T.EOF) {
          const meant = suggest(name, directiveNames, 1)[0];
          this.#translation.complaints.add("RB1015", hash, `'#${name}' is no preprocessing directive`, {
            to: pos,
            ...(meant !== undefined && { hint: `did you mean '#${meant}'?` }),
          });
        }
        if (lexer.kind !== T.NEWLINE) this.#translation.restOfLine(lexer);
    }
    lexer.inDirective = false;
  }

  /** `#line 7 "made-from.y"` counts for `__LINE__` and `__FILE__`; diagnostics keep showing the text that there is. */
  #line(lexer: Lexer, pos: number): void {
    const { complaints } = this.#translation;
    const expander = this.#expander;
    const words = expander.expandAll(this.#translation.restOfLine(lexer)).map((token) => expander.spell(token));
    const [number = "", name] = words;
    if (
      !/^[0-9]+$/.test(number) ||
      Number(number) > 0x7fffffff ||
      words.length > 2 ||
      !/^("[^"]*")?$/.test(name ?? "")
    ) {
      complaints.add(
        "RB1016",
        pos,
        `#line ${words.join(" ")} is not a line number, with or without the name of a file`,
      );
      return;
    }
    const end = lexer.inclusion.base + Math.min(lexer.start, lexer.text.length - 1);
    complaints.map.renumber(end, Number(number), name?.slice(1, -1));
  }

  /** `# 12 "file.h" 1 3`: the line marker of a preprocessed file. */
  #marker(lexer: Lexer): void {
    const { complaints, interner } = this.#translation;
    const expander = this.#expander;
    const number = interner.names[lexer.value] ?? "";
    const name = this.#translation.restOfLine(lexer)[0];
    if (!/^[0-9]{1,9}$/.test(number)) return;
    const end = lexer.inclusion.base + Math.min(lexer.start, lexer.text.length - 1);
    const file = name?.kind === T.STRING ? expander.spell(name).slice(1, -1) : undefined;
    complaints.map.renumber(end, Number(number), file);
  }

  #message(lexer: Lexer, pos: number, name: string): void {
    const start = lexer.at;
    const end = lexer.lineEnd();
    const text = lexer.text.slice(start, end < 0 ? lexer.text.length : end).trim();
    this.#translation.restOfLine(lexer);
    if (name === "error") this.#translation.complaints.add("RB1003", pos, `#error ${text}`);
    else this.#translation.complaints.add("RB1004", pos, `#warning ${text}`, { severity: "warning" });
  }

  /** Obeys `#pragma once`; keeps those that matter for layout for the parser. */
  pragma(tokens: readonly Token[], pos: number): void {
    const word = (i: number): string => (tokens[i] === undefined ? "" : this.#expander.spell(tokens[i]));
    const file = this.#translation.files[this.#translation.files.length - 1];
    if (word(0) === "once" && file !== undefined) {
      if (file.lexer.inclusion.role !== "input") this.#translation.guards.set(file.lexer.inclusion.path, "once");
    } else if (word(0) === "pack") {
      this.#translation.pragmas.push({
        index: this.#translation.output.length,
        tokens: this.#expander.expandAll(tokens),
        pos,
      });
    } else if (word(0) === "clang" && word(1) === "attribute") {
      this.#translation.pragmas.push({ index: this.#translation.output.length, tokens, pos });
    } else if (word(0) === "push_macro" || word(0) === "pop_macro") {
      this.#definitions.pushOrPop(word(0) === "push_macro", word(2));
    } else if (
      word(0) === "ms_struct" ||
      word(0) === "scalar_storage_order" ||
      (word(0) === "options" && word(1) === "align")
    ) {
      this.#translation.pragmas.push({ index: this.#translation.output.length, tokens, pos });
    }
  }
}
