import { suggest } from "../../diagnostics/suggest.ts";
import { ConstantError } from "../text/constant.ts";
import type { Lexer } from "../text/lexer.ts";
import { raising } from "../text/limits.ts";
import type { SourceMap } from "../text/source-map.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { evaluateCondition } from "./condition.ts";
import { Definitions } from "./definitions.ts";
import type { Expander } from "./expander.ts";
import { type FoundFile, folderOf, UnreadableFile } from "./include-search.ts";
import type { OpenFile, Translation } from "./translation.ts";

const directiveNames =
  "define undef include include_next import if ifdef ifndef elif elifdef elifndef else endif error warning pragma line".split(
    " ",
  );

/** Obeys lines that start with `#` (C11 6.10). */
export class Directives {
  readonly #translation: Translation;
  readonly #expander: Expander;
  readonly #defined: number;
  readonly #definitions: Definitions;

  constructor(translation: Translation, expander: Expander) {
    this.#translation = translation;
    this.#expander = expander;
    this.#defined = translation.interner.intern("defined");
    this.#definitions = new Definitions(translation);
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
        this.#definitions.define(lexer, () => this.restOfLine(lexer));
        break;
      case "undef":
        this.#definitions.undef(lexer, () => this.restOfLine(lexer));
        break;
      case "include":
      case "include_next":
      case "import":
        this.#include(lexer, name);
        return;
      case "if":
      case "ifdef":
      case "ifndef":
        this.#if(file, pos, name);
        break;
      case "elif":
      case "elifdef":
      case "elifndef":
      case "else":
        this.#else(file, pos, name);
        break;
      case "endif":
        this.#endif(file, pos);
        break;
      case "error":
      case "warning":
        this.#message(lexer, pos, name);
        break;
      case "pragma":
        this.pragma(this.restOfLine(lexer), pos);
        break;
      case "line":
        this.#line(lexer, pos);
        break;
      case "ident":
      case "sccs":
      case "assert":
      case "unassert":
        this.restOfLine(lexer);
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
        if (lexer.kind !== T.NEWLINE) this.restOfLine(lexer);
    }
    lexer.inDirective = false;
  }

  /** Tokens up to the end of the line. */
  restOfLine(lexer: Lexer): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      lexer.next();
      if (lexer.fault !== undefined) {
        if (lexer.fault === "comment") this.#translation.lexFault(lexer);
        lexer.fault = undefined;
      }
      if (lexer.kind === T.NEWLINE || lexer.kind === T.EOF) return tokens;
      tokens.push(this.#translation.token(lexer));
    }
  }

  // Includes

  #include(lexer: Lexer, directive: string): void {
    const { complaints } = this.#translation;
    const expander = this.#expander;
    lexer.next();
    let spelled: string;
    const at = lexer.inclusion.base + lexer.start;
    if (lexer.kind === T.STRING || (lexer.kind === T.LESS && lexer.angled())) {
      spelled = this.#translation.interner.names[lexer.value]!;
      this.restOfLine(lexer);
    } else {
      const first = lexer.kind === T.NEWLINE || lexer.kind === T.EOF ? [] : [this.#translation.token(lexer)];
      lexer.fault = undefined;
      const tokens = first.length === 0 ? [] : expander.expandAll([...first, ...this.restOfLine(lexer)]);
      spelled = tokens.map((token, i) => (i > 0 && token.space ? " " : "") + expander.spell(token)).join("");
    }
    lexer.inDirective = false;
    const quoted = spelled.startsWith('"');
    if (spelled.length < 3 || !(quoted ? spelled.endsWith('"') : spelled.startsWith("<") && spelled.endsWith(">"))) {
      complaints.add("RB1007", at, `#${directive} needs "file" or <file>`);
      return;
    }
    this.#enter(spelled.slice(1, -1), quoted, lexer, at, directive === "include_next");
  }

  /** `-include name`: whether a file was opened for it. */
  forceInclude(name: string): boolean {
    const found = this.#find(name, "", undefined);
    if (found !== undefined && !(found instanceof UnreadableFile)) {
      if (found.shim) this.#translation.search.missed(name);
      this.#openFound(found, undefined);
      return true;
    }
    const elsewhere = found === undefined ? this.#translation.search.missed(name) : [];
    const inclusion = this.#translation.complaints.map.add(
      { name: "<command line>", text: `#include "${name}"\n` },
      "<command line>",
      "builtin",
      -1,
      undefined,
    );
    if (found !== undefined) this.#unreadable(found, inclusion.base + 9);
    else if (isKernelHeader(name) && this.#translation.options.kernelTypes)
      this.#translation.includeKernel(inclusion.base);
    else this.#missing(name, "", inclusion.base + 9, elsewhere);
    return false;
  }

  #enter(name: string, quoted: boolean, lexer: Lexer, at: number, next: boolean): void {
    const { complaints, limits, files } = this.#translation;
    const beside = quoted ? folderOf(lexer.inclusion.path) : undefined;
    const found = this.#find(name, beside, next ? lexer.inclusion.searchIndex : undefined);
    if (found instanceof UnreadableFile) {
      this.#unreadable(found, at);
      return;
    }
    const elsewhere = found === undefined || found.shim ? this.#translation.search.missed(name) : [];
    if (found === undefined) {
      if (isKernelHeader(name)) this.#translation.includeKernel(at);
      else this.#missing(name, beside, at, elsewhere);
      return;
    }
    const guard = this.#translation.guards.get(found.path);
    if (guard === "once" || (guard !== undefined && this.#translation.macros[guard] !== undefined)) return;
    if (files.length > limits.includeDepth) {
      complaints.abandon("RB1002", at, `includes nest deeper than ${limits.includeDepth}`, {
        notes: files.some((file) => file.lexer.inclusion.path === found.path)
          ? [`'${found.path}' includes itself`]
          : [],
        hint: `give the file an include guard, or #pragma once; ${raising("includeDepth")}`,
      });
    }
    this.#openFound(found, at);
  }

  #find(name: string, beside: string | undefined, after: number | undefined): FoundFile | UnreadableFile | undefined {
    try {
      return this.#translation.search.find(name, beside, after);
    } catch (error) {
      if (error instanceof UnreadableFile) return error;
      throw error;
    }
  }

  #unreadable(file: UnreadableFile, at: number): void {
    const { complaints } = this.#translation;
    complaints.add("RB1001", at, file.message, {
      to: angledEnd(complaints.map, at),
      hint: "only regular files are included: give it the permission, or name another folder before it with -I",
    });
  }

  #openFound(found: FoundFile, at: number | undefined): void {
    if (isKernelHeader(found.path)) this.#forgetBooleans();
    this.#translation.open(
      { name: found.path, text: found.text },
      found.path,
      found.shim ? "shim" : "include",
      found.index,
      at,
    );
  }

  /** A vmlinux.h defines `bool`, `true` and `false` as types and enumerators, which <stdbool.h> has made macros before. */
  #forgetBooleans(): void {
    for (const name of ["bool", "true", "false"]) {
      const id = this.#translation.interner.intern(name);
      if (this.#translation.macros[id]?.params === undefined) this.#translation.macros[id] = undefined;
    }
  }

  #missing(name: string, beside: string | undefined, at: number, elsewhere: readonly string[]): void {
    const { complaints, search } = this.#translation;
    const folders = search.searched(beside);
    const close = suggest(
      name,
      [
        "linux/types.h",
        "linux/bpf.h",
        "stdint.h",
        "stdbool.h",
        "stddef.h",
        "vmlinux.h",
        "bpf/bpf_helpers.h",
        "bpf/bpf_tracing.h",
        "bpf/bpf_core_read.h",
        "bpf/bpf_endian.h",
      ],
      1,
    )[0];
    complaints.add("RB1001", at, `'${name}' is in none of the folders searched`, {
      to: angledEnd(complaints.map, at),
      notes: [
        folders.length === 0 ? "no folder was searched" : `searched: ${folders.join(", ")}`,
        ...(elsewhere.length === 0 ? [] : [`several folders of the project have it: ${elsewhere.join(", ")}`]),
      ],
      hint:
        elsewhere.length > 0
          ? `say which is meant: ${elsewhere.map((folder) => `-I ${folder}`).join(" or ")}`
          : close === undefined
            ? "name its folder with -I, or what it defines with -include or -D"
            : `did you mean '${close}'? Else name its folder with -I`,
    });
  }

  // Conditionals

  #if(file: OpenFile, pos: number, name: string): void {
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

  #else(file: OpenFile, pos: number, name: string): void {
    const top = file.conditionals[file.conditionals.length - 1];
    this.restOfLine(file.lexer);
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

  #endif(file: OpenFile, pos: number): void {
    this.restOfLine(file.lexer);
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
        this.restOfLine(lexer);
        file.conditionals.pop();
        return;
      } else if (depth === 0 && (name === "else" || name === "elif" || name === "elifdef" || name === "elifndef")) {
        const top = file.conditionals[file.conditionals.length - 1]!;
        if (top.guard) file.unguarded = true;
        if (top.elseSeen) this.#translation.complaints.add("RB1008", pos, `#${name} after #else`);
        if (name === "else") top.elseSeen = true;
        if (top.taken || !this.#branchHolds(lexer, pos, name)) continue;
        top.taken = true;
        if (name === "else") this.restOfLine(lexer);
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
    const tokens = this.restOfLine(lexer);
    if (tokens[0]?.kind === T.IDENT) return tokens[0].value;
    this.#translation.complaints.add("RB1007", pos, `#${name} needs the name of a macro`);
    return undefined;
  }

  #condition(lexer: Lexer, pos: number): boolean {
    const { complaints, limits, macros } = this.#translation;
    const line = this.restOfLine(lexer);
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

  // The rest

  /** `#line 7 "made-from.y"` counts for `__LINE__` and `__FILE__`; diagnostics keep showing the text that there is. */
  #line(lexer: Lexer, pos: number): void {
    const { complaints } = this.#translation;
    const expander = this.#expander;
    const words = expander.expandAll(this.restOfLine(lexer)).map((token) => expander.spell(token));
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
    const name = this.restOfLine(lexer)[0];
    if (!/^[0-9]{1,9}$/.test(number)) return;
    const end = lexer.inclusion.base + Math.min(lexer.start, lexer.text.length - 1);
    const file = name?.kind === T.STRING ? expander.spell(name).slice(1, -1) : undefined;
    complaints.map.renumber(end, Number(number), file);
  }

  #message(lexer: Lexer, pos: number, name: string): void {
    const start = lexer.at;
    const end = lexer.lineEnd();
    const text = lexer.text.slice(start, end < 0 ? lexer.text.length : end).trim();
    this.restOfLine(lexer);
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

function isKernelHeader(name: string): boolean {
  return /(^|\/)vmlinux\.h$/.test(name);
}

/** Position of the `>` of an include's name at `at`; `at` itself where a macro or quotes name the file. */
function angledEnd(map: SourceMap, at: number): number {
  const { text, base } = map.inclusionOf(at);
  const start = at - base;
  const end = text[start] === "<" ? text.indexOf(">", start) : -1;
  return end > start ? base + end : at;
}
