import type { Endian } from "@rbgen/btf";
import type { SourceText } from "../../diagnostics/diagnostic.ts";
import type { Complaints } from "../text/complaints.ts";
import type { Interner } from "../text/interner.ts";
import { Lexer } from "../text/lexer.ts";
import { type FrontEndLimits, raising } from "../text/limits.ts";
import { literalUnits, stringText } from "../text/literal.ts";
import type { TextRole } from "../text/source-map.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { TokenBuffer } from "../text/token-buffer.ts";
import { Directives } from "./directives.ts";
import { Expander } from "./expander.ts";
import { type IncludeHost, IncludeSearch, type SearchPaths } from "./include-search.ts";
import type { Macro } from "./macro.ts";
import { predefinedMacros } from "./predefined.ts";
import { builtinMacros, SpecialMacros } from "./special-macros.ts";

export interface PreprocessorOptions extends SearchPaths {
  readonly endian: Endian;
  readonly forcedIncludes: readonly string[];
  readonly defines: readonly string[];
  readonly undefines: readonly string[];
  /** `vmlinux.h` is answered from elsewhere where no such file is found. */
  readonly kernelTypes: boolean;
}

/** A pragma of interest to the parser, and the token before which it stands. */
export interface PragmaMark {
  readonly index: number;
  readonly tokens: readonly Token[];
  readonly pos: number;
}

/** One open file, with its conditionals. */
export interface OpenFile {
  readonly lexer: Lexer;
  readonly conditionals: Conditional[];
  /** Macro of the `#ifndef` that opens the file, while nothing has been outside of it. */
  guard: number | undefined;
  /** Tokens or directives have been outside of the guard. */
  unguarded: boolean;
}

export interface Conditional {
  readonly pos: number;
  /** A branch has been taken. */
  taken: boolean;
  elseSeen: boolean;
  /** The file's include guard. */
  readonly guard: boolean;
}

/** Turns texts into one stream of tokens (C11 translation phases 3 and 4). */
export class Preprocessor {
  readonly output: TokenBuffer;
  readonly pragmas: PragmaMark[] = [];
  /** By interned name. */
  readonly macros: (Macro | undefined)[] = [];
  /** Every macro that the input file itself defines, by its name; the last definition counts. */
  readonly own: Map<number, Macro> = new Map();
  readonly interner: Interner;
  readonly complaints: Complaints;
  readonly limits: FrontEndLimits;
  readonly options: PreprocessorOptions;
  readonly search: IncludeSearch;
  readonly expander: Expander;
  readonly files: OpenFile[] = [];
  /** Guards and `#pragma once` by path. */
  readonly guards: Map<string, number | "once"> = new Map();
  /** An include of `vmlinux.h` that no file answers: where. */
  kernelIncludedAt: number | undefined;
  readonly #directives: Directives;
  readonly #special: SpecialMacros;
  readonly #pragmaOperator: number;
  #unread: Token | undefined;

  constructor(
    interner: Interner,
    complaints: Complaints,
    limits: FrontEndLimits,
    host: IncludeHost,
    options: PreprocessorOptions,
    capacity: number,
  ) {
    this.interner = interner;
    this.complaints = complaints;
    this.limits = limits;
    this.options = options;
    this.search = new IncludeSearch(host, options);
    this.output = new TokenBuffer(capacity);
    this.expander = new Expander(this, interner, complaints, limits);
    this.#directives = new Directives(this);
    this.#special = new SpecialMacros(this);
    this.#pragmaOperator = interner.intern("_Pragma");
  }

  /** How often a macro was answered by the place or time of its use. */
  get answersOfPlace(): number {
    return this.#special.answersOfPlace;
  }

  /** Reads the whole translation unit. */
  run(source: SourceText, path: string): void {
    this.#builtin("<predefined>", predefinedMacros(this.options.endian));
    for (const [name, special, callable] of builtinMacros) {
      const id = this.interner.intern(name);
      this.macros[id] = {
        name,
        id,
        params: callable ? [id] : undefined,
        variadic: callable,
        body: [],
        pos: 0,
        special,
        disabled: false,
      };
    }
    this.#builtin("<command line>", commandLine(this.options));
    for (const name of this.options.forcedIncludes) this.#directives.forceInclude(name);
    this.open(source, path, "input", -1, undefined);
    this.#read();
    this.output.push(T.EOF, 0, this.complaints.map.size - 1);
  }

  /** Starts to read a file; the main loop goes on inside of it. */
  open(source: SourceText, path: string, role: TextRole, index: number, at: number | undefined): void {
    const inclusion = this.complaints.map.add(source, path, role, index, at);
    if (this.complaints.map.inclusions.length > this.limits.includes) {
      this.complaints.abandon("RB1014", at ?? inclusion.base, `more than ${this.limits.includes} files are read`, {
        hint: `a file that includes itself more than once doubles at each step; ${raising("includes")}`,
      });
    }
    if (this.complaints.map.size > this.limits.characters) {
      this.complaints.abandon(
        "RB1014",
        at ?? inclusion.base,
        `more than ${this.limits.characters} characters are read`,
        {
          hint: `a file that includes itself without a guard grows without end; ${raising("characters")}`,
        },
      );
    }
    this.files.push({
      lexer: new Lexer(inclusion, this.interner),
      conditionals: [],
      guard: undefined,
      unguarded: false,
    });
  }

  /** Reads what was opened by an option, to its end. */
  readOpened(): void {
    this.#read();
  }

  /** Takes `#include "vmlinux.h"` with no such file as that of the kernel's types, with the guard that bpftool writes. */
  includeKernel(at: number): void {
    if (this.kernelIncludedAt !== undefined) return;
    this.kernelIncludedAt = at;
    const name = "__VMLINUX_H__";
    const id = this.interner.intern(name);
    this.macros[id] ??= { name, id, params: undefined, variadic: false, body: [], pos: at, disabled: false };
  }

  #builtin(name: string, text: string): void {
    if (text === "") return;
    this.open({ name, text }, name, "builtin", -1, undefined);
    this.#read();
  }

  #read(): void {
    const macros = this.macros;
    const output = this.output;
    const emit = (token: Token): void => this.#emit(token);
    const floor = this.files.length - 1;
    for (;;) {
      const file = this.files[this.files.length - 1]!;
      const lexer = file.lexer;
      const base = lexer.inclusion.base;
      // The inner loop is the whole cost of text that no macro touches.
      for (;;) {
        if (this.#unread !== undefined) {
          const token = this.#unread;
          this.#unread = undefined;
          this.#top(token, emit);
          break;
        }
        lexer.next();
        const kind = lexer.kind;
        if (lexer.fault !== undefined) this.lexFault(lexer);
        if (kind === T.IDENT) {
          const macro = macros[lexer.value];
          if (macro === undefined) {
            output.push(kind, lexer.value, base + lexer.start);
            continue;
          }
          if (file.conditionals.length === 0) file.unguarded = true;
          this.#top(this.token(lexer), emit);
          break;
        }
        if (kind === T.HASH && lexer.lineStart) {
          this.#directives.run(file);
          break;
        }
        if (kind === T.EOF) {
          this.#close(file);
          if (this.files.length === floor) return;
          break;
        }
        output.push(kind, lexer.value, base + lexer.start);
        if (kind === T.RPAREN) this.#pragmaOperatorEnds();
      }
      if (output.length > this.limits.tokens) {
        this.complaints.abandon("RB1014", base + lexer.start, `more than ${this.limits.tokens} tokens`, {
          hint: raising("tokens"),
        });
      }
    }
  }

  #top(token: Token, emit: (token: Token) => void): void {
    const macro = token.kind === T.IDENT && !token.painted ? this.macros[token.value] : undefined;
    if (macro === undefined) this.#emit(token);
    else this.expander.expand(macro, token, emit);
  }

  #emit(token: Token): void {
    this.output.push(token.kind, token.value, token.pos);
    if (token.kind === T.RPAREN) this.#pragmaOperatorEnds();
  }

  /** `_Pragma ( "…" )` at the end of the output becomes a pragma. */
  #pragmaOperatorEnds(): void {
    const { kinds, values, positions, length } = this.output;
    if (length < 4 || kinds[length - 2] !== T.STRING || kinds[length - 3] !== T.LPAREN) return;
    if (kinds[length - 4] !== T.IDENT || values[length - 4] !== this.#pragmaOperator) return;
    const pos = positions[length - 4]!;
    const text = stringText(literalUnits(this.interner.names[values[length - 2]!]!) ?? []);
    this.output.length -= 4;
    const inclusion = this.complaints.map.add({ name: "<_Pragma>", text }, "<_Pragma>", "builtin", -1, pos);
    const lexer = new Lexer(inclusion, this.interner);
    lexer.inDirective = true;
    this.#directives.pragma(this.#directives.restOfLine(lexer), pos);
  }

  #close(file: OpenFile): void {
    this.files.pop();
    for (const open of file.conditionals) this.complaints.add("RB1008", open.pos, "this conditional has no #endif");
    if (file.guard !== undefined && !file.unguarded) this.guards.set(file.lexer.inclusion.path, file.guard);
  }

  /** The token that `lexer` stands on. */
  token(lexer: Lexer): Token {
    return {
      kind: lexer.kind,
      value: lexer.value,
      pos: lexer.inclusion.base + lexer.start,
      space: lexer.space,
      painted: false,
    };
  }

  /** Next token of the file for a macro's arguments; directives between them are obeyed. EOF at the end of the file. */
  pull(): Token {
    const unread = this.#unread;
    if (unread !== undefined) {
      this.#unread = undefined;
      return unread;
    }
    const file = this.files[this.files.length - 1]!;
    for (;;) {
      file.lexer.next();
      if (file.lexer.fault !== undefined) this.lexFault(file.lexer);
      if (file.lexer.kind !== T.HASH || !file.lexer.lineStart) return this.token(file.lexer);
      this.#directives.run(file);
      if (this.files[this.files.length - 1] !== file) {
        // An include between a macro's name and its arguments: what it holds comes first.
        return {
          kind: T.EOF,
          value: 0,
          pos: file.lexer.inclusion.base + file.lexer.start,
          space: true,
          painted: false,
        };
      }
    }
  }

  unread(token: Token): void {
    if (token.kind !== T.EOF) this.#unread = token;
  }

  special(macro: Macro, use: Token, args: readonly Token[]): Token {
    return this.#special.answer(macro, use, args);
  }

  /** Reports what the lexer stumbled over. */
  lexFault(lexer: Lexer): void {
    const pos = lexer.inclusion.base + lexer.start;
    const fault = lexer.fault;
    lexer.fault = undefined;
    if (fault === "comment") this.complaints.add("RB1005", pos, "this comment has no end");
    else if (fault === "string") this.complaints.add("RB1006", pos, "this string has no closing quote on its line");
    else if (fault === "char")
      this.complaints.add("RB1006", pos, "this character constant has no closing quote on its line");
  }
}

/** The text of directives that `-D` and `-U` stand for. */
function commandLine(options: PreprocessorOptions): string {
  const lines = options.defines.map((define) => {
    const equals = define.indexOf("=");
    return equals < 0 ? `#define ${define} 1` : `#define ${define.slice(0, equals)} ${define.slice(equals + 1)}`;
  });
  for (const name of options.undefines) lines.push(`#undef ${name}`);
  return lines.length === 0 ? "" : `${lines.map((line) => line.replaceAll("\n", " ")).join("\n")}\n`;
}
