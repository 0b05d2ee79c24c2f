import type { SourceText } from "../../diagnostics/diagnostic.ts";
import { Lexer } from "../text/lexer.ts";
import { raising } from "../text/limits.ts";
import { literalUnits, stringText } from "../text/literal.ts";
import type { Inclusion } from "../text/source-map.ts";
import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import { Directives } from "./directives.ts";
import { Expander } from "./expander.ts";
import { Includes } from "./includes.ts";
import type { Macro } from "./macro.ts";
import { isHelpersHeader, newerHelpers, newerHelpersName } from "./newer-helpers.ts";
import { predefinedMacros } from "./predefined.ts";
import { builtinMacros, SpecialMacros } from "./special-macros.ts";
import type { OpenFile, PreprocessorOptions, Translation } from "./translation.ts";

/** Turns texts into one stream of tokens (C11 translation phases 3 and 4). */
export class Preprocessor {
  readonly translation: Translation;
  readonly expander: Expander;
  readonly #includes: Includes;
  readonly #directives: Directives;
  readonly #special: SpecialMacros;
  readonly #pragmaOperator: number;
  #unread: Token | undefined;

  constructor(translation: Translation) {
    this.translation = translation;
    this.expander = new Expander(this, translation);
    this.#includes = new Includes(translation, this.expander);
    this.#directives = new Directives(translation, this.expander, this.#includes);
    this.#special = new SpecialMacros(translation, this.expander);
    this.#pragmaOperator = translation.interner.intern("_Pragma");
  }

  /** How often a macro was answered by the place or time of its use. */
  get answersOfPlace(): number {
    return this.#special.answersOfPlace;
  }

  /** Reads the whole translation unit. */
  run(source: SourceText, path: string): void {
    this.translation.complaints.map.inputPath = path.replace(/^(?:\.\/)+/, "");
    this.#builtin("<predefined>", predefinedMacros(this.translation.options.endian));
    for (const [name, special, callable] of builtinMacros) {
      const id = this.translation.interner.intern(name);
      this.translation.macros[id] = {
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
    this.#builtin("<command line>", commandLine(this.translation.options));
    for (const name of this.translation.options.forcedIncludes) {
      if (this.#includes.forceInclude(name)) this.#read();
    }
    this.translation.open(source, path, "input", -1, undefined);
    this.#read();
    this.translation.output.push(T.EOF, 0, this.translation.complaints.map.size - 1);
  }

  #builtin(name: string, text: string): void {
    if (text === "") return;
    this.translation.open({ name, text }, name, "builtin", -1, undefined);
    this.#read();
  }

  #read(): void {
    const { translation } = this;
    const { macros, output, files, limits } = translation;
    const emit = (token: Token): void => this.#emit(token);
    const floor = files.length - 1;
    for (;;) {
      const file = files[files.length - 1]!;
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
        if (lexer.fault !== undefined) translation.lexFault(lexer);
        if (kind === T.IDENT) {
          const macro = macros[lexer.value];
          if (macro === undefined) {
            output.push(kind, lexer.value, base + lexer.start);
            continue;
          }
          if (file.conditionals.length === 0) file.unguarded = true;
          this.#top(translation.token(lexer), emit);
          break;
        }
        if (kind === T.HASH && lexer.lineStart) {
          this.#directives.run(file);
          break;
        }
        if (kind === T.EOF) {
          this.#close(file);
          if (files.length === floor) return;
          break;
        }
        output.push(kind, lexer.value, base + lexer.start);
        if (kind === T.RPAREN) this.#pragmaOperatorEnds();
      }
      if (output.length > limits.tokens) {
        translation.complaints.abandon("RB1014", base + lexer.start, `more than ${limits.tokens} tokens`, {
          hint: raising("tokens"),
        });
      }
    }
  }

  #top(token: Token, emit: (token: Token) => void): void {
    const macro = token.kind === T.IDENT && !token.painted ? this.translation.macros[token.value] : undefined;
    if (macro === undefined) this.#emit(token);
    else this.expander.expand(macro, token, emit);
  }

  #emit(token: Token): void {
    this.translation.output.push(token.kind, token.value, token.pos);
    if (token.kind === T.RPAREN) this.#pragmaOperatorEnds();
  }

  /** `_Pragma ( "…" )` at the end of the output becomes a pragma. */
  #pragmaOperatorEnds(): void {
    const { kinds, values, positions, length } = this.translation.output;
    if (length < 4 || kinds[length - 2] !== T.STRING || kinds[length - 3] !== T.LPAREN) return;
    if (kinds[length - 4] !== T.IDENT || values[length - 4] !== this.#pragmaOperator) return;
    const pos = positions[length - 4]!;
    const text = stringText(literalUnits(this.translation.interner.names[values[length - 2]!]!) ?? []);
    this.translation.output.length -= 4;
    const inclusion = this.translation.complaints.map.add({ name: "<_Pragma>", text }, "<_Pragma>", "builtin", -1, pos);
    const lexer = new Lexer(inclusion, this.translation.interner);
    lexer.inDirective = true;
    this.#directives.pragma(this.translation.restOfLine(lexer), pos);
  }

  #close(file: OpenFile): void {
    this.translation.files.pop();
    for (const open of file.conditionals)
      this.translation.complaints.add("RB1008", open.pos, "this conditional has no #endif");
    if (file.guard !== undefined && !file.unguarded) this.translation.guards.set(file.lexer.inclusion.path, file.guard);
    this.#complete(file.lexer.inclusion);
  }

  /** Follows libbpf's header with what newer ones have. */
  #complete({ role, path, includedAt }: Inclusion): void {
    if (role !== "include" || !isHelpersHeader(path)) return;
    this.translation.open({ name: newerHelpersName, text: newerHelpers }, newerHelpersName, "shim", -1, includedAt);
  }

  /** Next token of the file for a macro's arguments; directives between them are obeyed. EOF at the end of the file. */
  pull(): Token {
    const unread = this.#unread;
    if (unread !== undefined) {
      this.#unread = undefined;
      return unread;
    }
    const file = this.translation.files[this.translation.files.length - 1]!;
    for (;;) {
      file.lexer.next();
      if (file.lexer.fault !== undefined) this.translation.lexFault(file.lexer);
      if (file.lexer.kind !== T.HASH || !file.lexer.lineStart) return this.translation.token(file.lexer);
      this.#directives.run(file);
      if (this.translation.files[this.translation.files.length - 1] !== file) {
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
