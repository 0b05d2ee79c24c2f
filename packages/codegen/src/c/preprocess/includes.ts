import { suggest } from "@rbgen/btf";
import type { Lexer } from "../text/lexer.ts";
import { raising } from "../text/limits.ts";
import type { SourceMap } from "../text/source-map.ts";
import * as T from "../text/token.ts";
import type { Expander } from "./expander.ts";
import { type FoundFile, folderOf, UnreadableFile } from "./include-search.ts";
import type { Translation } from "./translation.ts";

/** Opens the files that others include, or says where they were searched (C11 6.10.2). */
export class Includes {
  readonly #translation: Translation;
  readonly #expander: Expander;

  constructor(translation: Translation, expander: Expander) {
    this.#translation = translation;
    this.#expander = expander;
  }

  /** Obeys `#include`, `#include_next` and `#import`. */
  include(lexer: Lexer, directive: string): void {
    const { complaints } = this.#translation;
    const expander = this.#expander;
    lexer.next();
    let spelled: string;
    const at = lexer.inclusion.base + lexer.start;
    if (lexer.kind === T.STRING || (lexer.kind === T.LESS && lexer.angled())) {
      spelled = this.#translation.interner.names[lexer.value]!;
      this.#translation.restOfLine(lexer);
    } else {
      const first = lexer.kind === T.NEWLINE || lexer.kind === T.EOF ? [] : [this.#translation.token(lexer)];
      lexer.fault = undefined;
      const tokens = first.length === 0 ? [] : expander.expandAll([...first, ...this.#translation.restOfLine(lexer)]);
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
