import { basename, join, resolve } from "node:path";
import { type BtfModule, readBtfModule } from "../btf-module.ts";
import { anchorName, type Compilation, CompiledHeader } from "../clang/compiled-header.ts";
import { type ClangDeclaration, readClangDeclarations } from "../clang/declarations.ts";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import type { TypeModule } from "../module.ts";
import type { Host, ProgramResult } from "./host.ts";
import { displayName } from "./input-bytes.ts";
import type { InputSettings } from "./settings.ts";
import { systemIncludePaths } from "./system-paths.ts";

/** Lines of clang's complaints that are shown. */
const shownLines = 12;

/** Errors of the built-in front-end that are shown. */
const shownErrors = 5;

function flagsOf(settings: InputSettings, host: Host): string[] {
  const absolute = (paths: readonly string[]) => paths.map((path) => resolve(host.cwd, path));
  return [
    "-target",
    settings.endian === "big" ? "bpfeb" : "bpf",
    "-x",
    "c",
    "-w",
    "-fno-color-diagnostics",
    ...(settings.sysroot === undefined ? [] : [`--sysroot=${resolve(host.cwd, settings.sysroot)}`]),
    ...absolute(settings.quotePaths).flatMap((path) => ["-iquote", path]),
    ...absolute(settings.includePaths).map((path) => `-I${path}`),
    ...absolute(settings.systemPaths).flatMap((path) => ["-isystem", path]),
    ...systemIncludePaths(host, settings.sysroot).flatMap((path) => ["-idirafter", path]),
    ...settings.forcedIncludes.flatMap((path) => ["-include", path]),
    ...settings.defines.map((macro) => `-D${macro}`),
    ...settings.undefines.map((name) => `-U${name}`),
  ];
}

function refused(done: ProgramResult, path: string, report: Report): undefined {
  if (done.status === undefined) {
    report({
      code: "RB5010",
      severity: "error",
      at: displayName(path),
      message: "--frontend clang needs clang, which cannot be started",
      hint: "install clang, or leave the option out: rbgen reads headers by itself",
    });
    return undefined;
  }
  const lines = done.stderr.trimEnd().split("\n");
  const more = lines.length > shownLines ? [`… and ${lines.length - shownLines} lines more`] : [];
  report({
    code: "RB5010",
    severity: "error",
    at: displayName(path),
    message: "clang could not compile the header",
    notes: [[...lines.slice(0, shownLines), ...more].join("\n")],
    hint: done.stderr.includes("gnu/stubs-32.h")
      ? "glibc's headers do not know the BPF target: add -D __x86_64__"
      : "headers that need others take -include FILE, -I DIR and -D NAME",
  });
  return undefined;
}

/** Definitions of a unit whose types are compiled all at once: clang's time grows with the square of their number. */
const fewDeclarations = 1000;

/**
 * Reads a header with the installed clang: its BTF, with what BTF cannot hold from `read`, the built-in front-end's
 * reading of the same header.
 */
export function readWithClang(
  path: string,
  text: string,
  settings: InputSettings,
  read: (report: Report) => TypeModule,
  host: Host,
  report: Report,
): TypeModule | undefined {
  const flags = flagsOf(settings, host);
  /** Standard input becomes a file for as long as clang runs. */
  const withSource = <T>(use: (source: string, folder: string) => T): T =>
    host.files.withFolder((folder) => {
      const source = path === "-" ? join(folder, "stdin.h") : resolve(host.cwd, path);
      if (path === "-") host.files.write(source, text);
      return use(source, folder);
    });
  const compiled = withSource((source, folder) => {
    const unit = join(folder, "unit.c");
    host.files.write(unit, `#include ${JSON.stringify(source)}\n`);
    const dumped = host.run("clang", [...flags, "-fsyntax-only", "-Xclang", "-ast-dump", unit]);
    if (dumped.status !== 0) return refused(dumped, path, report);
    const declarations = readClangDeclarations(new TextDecoder().decode(dumped.stdout));
    const own = declarations.filter((declaration) => declaration.file === source);
    const first = declarations.length <= fewDeclarations ? declarations : own;
    const btf = compile(first, source, folder, flags, path, host, report);
    return btf === undefined ? undefined : { declarations, file: source, btf };
  });
  if (compiled === undefined) return undefined;
  const errors: Diagnostic[] = [];
  const module = read((diagnostic) => {
    if (diagnostic.severity === "error") errors.push(diagnostic);
    else report(diagnostic);
  });
  if (errors.length > 0) reportLoss(errors, path, report);
  const compilation: Compilation = {
    ...compiled,
    compile: (declaration) =>
      withSource((source, folder) => compile([declaration], source, folder, flags, path, host, report)),
  };
  return new CompiledHeader(module, errors.length === 0, compilation, report);
}

/** Compiles the header with a variable of each of `wanted`, which keep their types in BTF. */
function compile(
  wanted: readonly ClangDeclaration[],
  source: string,
  folder: string,
  flags: readonly string[],
  path: string,
  host: Host,
  report: Report,
): BtfModule | undefined {
  // By value, since what a pointer in a struct led to before stays a forward declaration; but a typedef may be of a
  // function, or of nothing.
  const anchors = wanted.map(({ kind, name }, index) =>
    kind === "typedef" ? `${name} *${anchorName}${index};\n` : `${kind} ${name} ${anchorName}${index};\n`,
  );
  const unit = join(folder, "unit.c");
  const object = join(folder, "unit.o");
  host.files.write(unit, `#include ${JSON.stringify(source)}\n${anchors.join("")}`);
  const compiled = host.run("clang", [...flags, "-g", "-O2", "-c", unit, "-o", object]);
  if (compiled.status !== 0) return refused(compiled, path, report);
  return readBtfModule(host.files.read(object), { name: basename(path), path: displayName(path) }, report);
}

/** Says what is lost where the built-in front-end cannot read the header whole. */
function reportLoss(errors: readonly Diagnostic[], path: string, report: Report): void {
  const shown = errors.slice(0, shownErrors).map(({ code, message, span }) => {
    const { file, line, column } =
      span === undefined ? { file: displayName(path), line: 0, column: 0 } : positionOf(span);
    return `${file}${line === 0 ? "" : `:${line}:${column}`}: ${code}: ${message}`;
  });
  const more = errors.length > shownErrors ? [`… and ${errors.length - shownErrors} more`] : [];
  report({
    code: "RB5012",
    severity: "warning",
    at: displayName(path),
    message:
      "types come from clang alone where the built-in front-end refuses them: without comments, lines and alignments",
    notes: [[...shown, ...more].join("\n")],
  });
}
