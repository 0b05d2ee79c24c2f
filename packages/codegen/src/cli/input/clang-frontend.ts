import { basename, join, resolve } from "node:path";
import { type BtfModule, readBtfModule } from "../../btf/btf-module.ts";
import { anchorName, type Compilation, CompiledHeader } from "../../clang/compiled-header.ts";
import { type ClangDeclaration, readClangDeclarations } from "../../clang/declarations.ts";
import { everydayDefinitions } from "../../clang/everyday-names.ts";
import type { Diagnostic, Report } from "../../diagnostics/diagnostic.ts";
import { positionOf } from "../../diagnostics/position.ts";
import type { TypeModule } from "../../module.ts";
import type { Host, ProgramResult } from "../host/host.ts";
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
    // Without it, programs that use what clang 18 takes for granted (atomics, signed division) are refused.
    "-mcpu=v3",
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

/** The kernel's types as a header, for `#include "vmlinux.h"` where no such file is. */
export interface KernelHeader {
  /** The BTF that it is made of, as users know it. */
  readonly name: string;
  text(): string;
}

/** One header, and clang to compile it. */
class ClangSource {
  readonly #path: string;
  readonly #text: string;
  readonly #flags: readonly string[];
  readonly #host: Host;
  /** Text of the `vmlinux.h` that clang is given. */
  #kernel: string | undefined;
  /** Definitions of everyday names that it is given before anything else. */
  readonly #everyday = new Map<string, string>();

  constructor(path: string, text: string, settings: InputSettings, host: Host) {
    this.#path = path;
    this.#text = text;
    this.#flags = flagsOf(settings, host);
    this.#host = host;
  }

  /** From now on clang finds this as `vmlinux.h`. */
  supply(kernel: string): void {
    this.#kernel = kernel;
  }

  /** From now on clang knows the everyday names that it complained of; false where there are none, or no new ones. */
  learn(complaints: string): boolean {
    const before = this.#everyday.size;
    for (const [name, definition] of everydayDefinitions(complaints)) this.#everyday.set(name, definition);
    return this.#everyday.size > before;
  }

  /** Runs clang over a unit that is the header with `more` behind it, in a folder of its own; `use` takes what it left. */
  run<T>(
    args: (folder: string) => readonly string[],
    more: string,
    use: (done: ProgramResult, folder: string, file: string) => T,
  ): T {
    const { files } = this.#host;
    return files.withFolder((folder) => {
      const file = this.#path === "-" ? join(folder, "stdin.h") : resolve(this.#host.cwd, this.#path);
      if (this.#path === "-") files.write(file, this.#text);
      if (this.#kernel !== undefined) files.write(join(folder, kernelHeader), this.#kernel);
      const unit = join(folder, "unit.c");
      files.write(unit, `#include ${JSON.stringify(file)}\n${more}`);
      const own = this.#kernel === undefined ? [] : ["-idirafter", folder];
      const everyday = join(folder, everydayHeader);
      const first = this.#everyday.size === 0 ? [] : ["-include", everyday];
      if (this.#everyday.size > 0) files.write(everyday, `${[...this.#everyday.values()].join("\n")}\n`);
      return use(this.#host.run("clang", [...first, ...this.#flags, ...own, ...args(folder), unit]), folder, file);
    });
  }
}

const kernelHeader = "vmlinux.h";
const everydayHeader = "everyday.h";

/**
 * Reads a header with the installed clang: its BTF, with what BTF cannot hold from `read`, the built-in front-end's
 * reading of the same header, which has the kernel's types where clang was given them.
 */
export function readWithClang(
  path: string,
  text: string,
  settings: InputSettings,
  kernel: KernelHeader | undefined,
  read: (withKernel: boolean, report: Report) => TypeModule,
  host: Host,
  report: Report,
): TypeModule | undefined {
  const clang = new ClangSource(path, text, settings, host);
  const dump = () =>
    clang.run(
      () => ["-fsyntax-only", "-ferror-limit=0", "-Xclang", "-ast-dump"],
      "",
      (done, folder, file) => ({
        done,
        file,
        supplied: join(folder, kernelHeader),
        everyday: join(folder, everydayHeader),
      }),
    );
  let dumped = dump();
  const withKernel = kernel !== undefined && dumped.done.stderr.includes(`'${kernelHeader}' file not found`);
  if (withKernel) {
    clang.supply(kernel.text());
    dumped = dump();
  }
  // A name may stand where clang meets it only once another one is known.
  while (dumped.done.status !== 0 && clang.learn(dumped.done.stderr)) dumped = dump();
  if (dumped.done.status !== 0) return refused(dumped.done, path, report);
  const { file, supplied, everyday } = dumped;
  const declarations = readClangDeclarations(new TextDecoder().decode(dumped.done.stdout)).filter(
    (declaration) => declaration.file !== everyday,
  );
  const compile = (wanted: readonly ClangDeclaration[]) => compileTypes(clang, wanted, path, host, report);
  const own = declarations.filter((declaration) => declaration.file === file);
  const btf = compile(declarations.length <= fewDeclarations ? declarations : own);
  if (btf === undefined) return undefined;
  const errors: Diagnostic[] = [];
  const module = read(withKernel, (diagnostic) => {
    if (diagnostic.severity === "error") errors.push(diagnostic);
    else report(diagnostic);
  });
  // Clang's BTF does not know of that padding either.
  const padded = errors.filter(({ code }) => code === "RB2025");
  padded.forEach(report);
  if (padded.length > 0) return undefined;
  if (errors.length > 0) reportLoss(errors, path, report);
  const compilation: Compilation = {
    declarations,
    file,
    ...(withKernel && { kernel: { file: supplied, name: kernel.name } }),
    btf,
    compile: (declaration) => compile([declaration]),
  };
  return new CompiledHeader(module, errors.length === 0, compilation, report);
}

/** Compiles the header with a variable of each of `wanted`, which keep their types in BTF. */
function compileTypes(
  clang: ClangSource,
  wanted: readonly ClangDeclaration[],
  path: string,
  host: Host,
  report: Report,
): BtfModule | undefined {
  // By value, since what a pointer in a struct led to before stays a forward declaration; but a typedef may be of a
  // function, or of nothing.
  const anchors = wanted.map(({ kind, name }, index) =>
    kind === "typedef" ? `${name} *${anchorName}${index};\n` : `${kind} ${name} ${anchorName}${index};\n`,
  );
  return clang.run(
    (folder) => ["-g", "-O2", "-c", "-o", join(folder, "unit.o")],
    anchors.join(""),
    (done, folder) => {
      if (done.status !== 0) return refused(done, path, report);
      const object = host.files.read(join(folder, "unit.o"));
      return readBtfModule(object, { name: basename(path), path: displayName(path) }, report);
    },
  );
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
