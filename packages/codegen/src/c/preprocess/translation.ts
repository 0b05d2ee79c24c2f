import type { Endian } from "@rbgen/btf";
import type { SourceText } from "../../diagnostics/diagnostic.ts";
import type { Complaints } from "../text/complaints.ts";
import type { Interner } from "../text/interner.ts";
import { Lexer } from "../text/lexer.ts";
import { type FrontEndLimits, raising } from "../text/limits.ts";
import type { TextRole } from "../text/source-map.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { TokenBuffer } from "../text/token-buffer.ts";
import { type IncludeHost, IncludeSearch, type SearchPaths } from "./include-search.ts";
import type { Macro } from "./macro.ts";

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

interface Conditional {
  readonly pos: number;
  /** A branch has been taken. */
  taken: boolean;
  elseSeen: boolean;
  /** The file's include guard. */
  readonly guard: boolean;
}

/** What is known of one translation unit while it is preprocessed: its macros, its open files and what came out. */
export class Translation {
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
  /** The innermost last. */
  readonly files: OpenFile[] = [];
  /** Guards and `#pragma once` by path. */
  readonly guards: Map<string, number | "once"> = new Map();
  /** An include of `vmlinux.h` that no file answers: where. */
  kernelIncludedAt: number | undefined;

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

  /** Takes `#include "vmlinux.h"` with no such file as that of the kernel's types, with the guard that bpftool writes. */
  includeKernel(at: number): void {
    if (this.kernelIncludedAt !== undefined) return;
    this.kernelIncludedAt = at;
    const name = "__VMLINUX_H__";
    const id = this.interner.intern(name);
    this.macros[id] ??= { name, id, params: undefined, variadic: false, body: [], pos: at, disabled: false };
  }

  /** Tokens up to the end of the line. */
  restOfLine(lexer: Lexer): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      lexer.next();
      if (lexer.fault !== undefined) {
        if (lexer.fault === "comment") this.lexFault(lexer);
        lexer.fault = undefined;
      }
      if (lexer.kind === T.NEWLINE || lexer.kind === T.EOF) return tokens;
      tokens.push(this.token(lexer));
    }
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
