import type { Btf, Endian } from "@rbgen/btf";
import type { Report, SourceText } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { HeaderModule } from "./module/header-module.ts";
import { Cursor } from "./parse/cursor.ts";
import { ForeignNames } from "./parse/foreign.ts";
import { Parser } from "./parse/parser.ts";
import { reportStrayAnnotations } from "./parse/stray-annotations.ts";
import { TranslationUnit } from "./parse/translation-unit.ts";
import type { IncludeHost } from "./preprocess/include-search.ts";
import { PragmaState } from "./preprocess/pragma-state.ts";
import { Preprocessor } from "./preprocess/preprocessor.ts";
import { Translation } from "./preprocess/translation.ts";
import { Comments } from "./text/comments.ts";
import { Abandoned, Complaints } from "./text/complaints.ts";
import { Interner } from "./text/interner.ts";
import { keywords } from "./text/keyword.ts";
import { defaultLimits, type FrontEndLimits } from "./text/limits.ts";
import { SourceMap } from "./text/source-map.ts";
import * as T from "./text/token.ts";
import type { TokenBuffer } from "./text/token-buffer.ts";
import { Scope } from "./type/scope.ts";

export { type IncludeHost, UnreadableFile } from "./preprocess/include-search.ts";
export type { FrontEndLimits } from "./text/limits.ts";

/** How a header is read. */
export interface HeaderOptions {
  /** Byte order of the target: that of `bpf` or `bpfeb`. */
  readonly endian: Endian;
  /** `-iquote`. */
  readonly quotePaths?: readonly string[];
  /** `-I`. */
  readonly includePaths: readonly string[];
  /** `-isystem`, and the system's default folders behind them. */
  readonly systemPaths: readonly string[];
  /** `-include`. */
  readonly forcedIncludes: readonly string[];
  /** `-D NAME` and `-D NAME=VALUE`. */
  readonly defines: readonly string[];
  /** `-U`. */
  readonly undefines: readonly string[];
  /** Answers `vmlinux.h` and names that no file defines. `name` is the file as the user would name it. */
  readonly kernel?: { readonly btf: Btf; readonly name: string; readonly explicit: boolean; readonly hash?: string };
  readonly limits?: Partial<FrontEndLimits>;
}

/**
 * Reads a C header, or a `.bpf.c`, for the BPF target. Always gives a module with what was sound; a type that holds an
 * error is reported and left out.
 * @param path where the text comes from, for includes beside it
 */
export function readHeader(
  source: SourceText,
  path: string,
  host: IncludeHost,
  options: HeaderOptions,
  report: Report,
): TypeModule {
  const limits: FrontEndLimits = { ...defaultLimits, ...options.limits };
  const interner = new Interner();
  for (const keyword of keywords) interner.intern(keyword);
  const map = new SourceMap();
  const complaints = new Complaints(map, report, limits.diagnostics);
  const { kernel } = options;
  const translation = new Translation(
    interner,
    complaints,
    limits,
    host,
    {
      endian: options.endian,
      includePaths: options.includePaths,
      systemPaths: options.systemPaths,
      ...(options.quotePaths !== undefined && { quotePaths: options.quotePaths }),
      forcedIncludes: options.forcedIncludes,
      defines: options.defines,
      undefines: options.undefines,
      kernelTypes: kernel !== undefined,
    },
    Math.max(1 << 14, source.text.length >> 2),
  );
  const preprocessor = new Preprocessor(translation);
  const { output } = translation;
  complaints.tokens = output;
  const whole = attempt(() => preprocessor.run(source, path));
  complaints.tokens = undefined;
  if (!whole) output.length = lastWholeDeclaration(output);
  if (output.length === 0 || output.kinds[output.length - 1] !== T.EOF)
    output.push(T.EOF, 0, Math.max(0, map.size - 1));
  const scope = new Scope(interner.names.length);
  const foreign = new ForeignNames(interner, scope, complaints, kernel);
  const pragmas = new PragmaState();
  const parser = new Parser(
    new Cursor(output, interner, complaints),
    scope,
    complaints,
    limits,
    pragmas,
    new Comments(map),
    foreign,
  );
  const read = attempt(() => {
    pragmas.read(translation.pragmas, preprocessor.expander, complaints);
    new TranslationUnit(parser).read();
    if (whole) reportStrayAnnotations(parser);
  });
  // Only where the kernel's types were used: the hash reads all of its BTF.
  return new HeaderModule(source.name, options.endian, parser, preprocessor, kernel, whole && read);
}

/** Runs one phase; false where a limit ended it: what was read before stands. */
function attempt(phase: () => void): boolean {
  try {
    phase();
    return true;
  } catch (error) {
    if (!(error instanceof Abandoned)) throw error;
    return false;
  }
}

/** How many tokens of a stream that breaks off are whole declarations. */
function lastWholeDeclaration({ kinds, length }: TokenBuffer): number {
  let depth = 0;
  let whole = 0;
  for (let at = 0; at < length; at++) {
    const kind = kinds[at]!;
    if (kind === T.LBRACE || kind === T.LPAREN || kind === T.LBRACKET) depth++;
    else if (kind === T.RBRACE || kind === T.RPAREN || kind === T.RBRACKET) depth--;
    else if (kind === T.SEMICOLON && depth === 0) whole = at + 1;
  }
  return whole;
}
