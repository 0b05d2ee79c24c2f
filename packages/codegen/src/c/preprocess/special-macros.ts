import type { Token } from "../text/token.ts";
import * as T from "../text/token.ts";
import type { Expander } from "./expander.ts";
import { knownAttributes, knownBuiltins } from "./feature-names.ts";
import { folderOf, UnreadableFile } from "./include-search.ts";
import type { Macro, Special } from "./macro.ts";
import type { Translation } from "./translation.ts";

/** Name, meaning, and whether it takes an argument. */
export const builtinMacros: readonly (readonly [string, Special, boolean])[] = [
  ["__LINE__", "line", false],
  ["__FILE__", "file", false],
  ["__BASE_FILE__", "base-file", false],
  ["__FILE_NAME__", "file-name", false],
  ["__COUNTER__", "counter", false],
  ["__INCLUDE_LEVEL__", "include-level", false],
  ["__DATE__", "date", false],
  ["__TIME__", "time", false],
  ["__TIMESTAMP__", "timestamp", false],
  ["__has_include", "has-include", true],
  ["__has_include_next", "has-include-next", true],
  ["__has_attribute", "has-attribute", true],
  ["__has_builtin", "has-builtin", true],
  ["__has_feature", "has-feature", true],
  ["__has_extension", "has-feature", true],
  ["__has_c_attribute", "has-none", true],
  ["__has_declspec_attribute", "has-none", true],
  ["__has_warning", "has-none", true],
  ["__is_identifier", "is-identifier", true],
  ["__building_module", "has-none", true],
];

const features = new Set([
  "c_alignas",
  "c_alignof",
  "c_atomic",
  "c_static_assert",
  "c_generic_selections",
  "enumerator_attributes",
  "gnu_asm",
  "statement_attributes_with_gnu_syntax",
  "attribute_overloadable",
]);

/** Answers the macros whose value is not text. Dates are fixed, so that output never depends on the clock. */
export class SpecialMacros {
  readonly #translation: Translation;
  readonly #expander: Expander;
  #counter = 0;
  /** Answers so far that hold only where the macro is used: its line, file, number or time. */
  answersOfPlace = 0;

  constructor(translation: Translation, expander: Expander) {
    this.#translation = translation;
    this.#expander = expander;
  }

  answer(macro: Macro, use: Token, args: readonly Token[]): Token {
    if (!macro.special?.startsWith("has-")) this.answersOfPlace++;
    const { interner, complaints } = this.#translation;
    const map = complaints.map;
    const make = (kind: number, text: string): Token => ({
      kind,
      value: interner.intern(text),
      pos: use.pos,
      space: use.space,
      painted: false,
    });
    const truth = (holds: boolean): Token => make(T.NUMBER, holds ? "1" : "0");
    const text = (content: string): Token => make(T.STRING, JSON.stringify(content));
    const spelled = args.map((token) => this.#expander.spell(token));
    const name = spelled
      .join("")
      .replace(/^__(.+)__$/, "$1")
      .replace(/^(?:gnu|clang|__gnu__|_Clang)::/, "");
    switch (macro.special) {
      case "line":
        return make(T.NUMBER, `${map.presumed(use.pos).line}`);
      case "file":
        return text(map.presumed(use.pos).name);
      case "base-file":
        return text(this.#translation.files[0]?.lexer.inclusion.source.name ?? "");
      case "file-name":
        return text(map.presumed(use.pos).name.replace(/^.*\//, ""));
      case "counter":
        return make(T.NUMBER, `${this.#counter++}`);
      case "include-level":
        return make(T.NUMBER, `${this.#translation.files.length - 1}`);
      case "date":
        return text("Jan  1 1970");
      case "time":
        return text("00:00:00");
      case "timestamp":
        return text("Thu Jan  1 00:00:00 1970");
      case "has-include":
      case "has-include-next":
        return truth(this.#hasInclude(args, use, macro.special === "has-include-next"));
      case "has-attribute":
        return truth(knownAttributes.has(name));
      case "has-builtin":
        return truth(knownBuiltins.has(spelled.join("")));
      case "has-feature":
        return truth(features.has(name));
      case "is-identifier":
        return truth(args.length === 1 && args[0]?.kind === T.IDENT);
      default:
        return truth(false);
    }
  }

  #hasInclude(args: readonly Token[], use: Token, next: boolean): boolean {
    const { search, files, complaints } = this.#translation;
    let tokens = args;
    if (tokens[0]?.kind !== T.STRING && tokens[0]?.kind !== T.LESS) tokens = this.#expander.expandAll(args);
    const spelled = tokens
      .map((token, i) => (i > 0 && token.space ? " " : "") + this.#expander.spell(token))
      .join("")
      .trim();
    const quoted = spelled.startsWith('"') && spelled.endsWith('"');
    if (spelled.length < 3 || (!quoted && !(spelled.startsWith("<") && spelled.endsWith(">")))) {
      complaints.add("RB1009", use.pos, '__has_include needs "file" or <file>');
      return false;
    }
    const name = spelled.slice(1, -1);
    const inclusion = files[files.length - 1]!.lexer.inclusion;
    let found: boolean;
    try {
      const beside = quoted ? folderOf(inclusion.path) : undefined;
      found = search.find(name, beside, next ? inclusion.searchIndex : undefined) !== undefined;
    } catch (error) {
      // It is there: only the #include of it fails.
      if (!(error instanceof UnreadableFile)) throw error;
      found = true;
    }
    return found || (this.#translation.options.kernelTypes && /(^|\/)vmlinux\.h$/.test(name));
  }
}
