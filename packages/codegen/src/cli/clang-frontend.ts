import { basename, join, resolve } from "node:path";
import type { NamedType } from "@rbgen/btf";
import { type BtfModule, readBtfModule } from "../btf-module.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { Constant, Origin, TypeModule } from "../module.ts";
import { type ClangDeclaration, readClangDeclarations } from "./clang-declarations.ts";
import type { Host, ProgramResult } from "./host.ts";
import { displayName } from "./input-bytes.ts";
import type { InputSettings } from "./settings.ts";
import { systemIncludePaths } from "./system-paths.ts";

/** Lines of clang's complaints that are shown. */
const shownLines = 12;

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

/**
 * Reads a header with the installed clang: its BTF instead of this package's own layout, and its list of what the header
 * defines. `constants` (BTF has none) come from the caller.
 */
export function readWithClang(
  path: string,
  text: string,
  settings: InputSettings,
  constants: () => readonly Constant[],
  host: Host,
  report: Report,
): TypeModule | undefined {
  return host.files.withFolder((folder) => {
    const source = path === "-" ? join(folder, "stdin.h") : resolve(host.cwd, path);
    if (path === "-") host.files.write(source, text);
    const flags = flagsOf(settings, host);
    const dumped = host.run("clang", [...flags, "-fsyntax-only", "-Xclang", "-ast-dump", source]);
    if (dumped.status !== 0) return refused(dumped, path, report);
    const declarations = readClangDeclarations(new TextDecoder().decode(dumped.stdout));
    const own = declarations.filter((declaration) => declaration.file === source);
    // BTF holds what variables lead to: one for each type. By value, since what a pointer in a struct led to before stays
    // a forward declaration; but a typedef may be of a function, or of nothing.
    const anchors = own.map(({ kind, name }, index) =>
      kind === "typedef" ? `${name} *__rbgen_anchor_${index};\n` : `${kind} ${name} __rbgen_anchor_${index};\n`,
    );
    const unit = join(folder, "anchors.c");
    const object = join(folder, "anchors.o");
    host.files.write(unit, `#include ${JSON.stringify(source)}\n${anchors.join("")}`);
    const compiled = host.run("clang", [...flags, "-g", "-O2", "-c", unit, "-o", object]);
    if (compiled.status !== 0) return refused(compiled, path, report);
    const name = path === "-" ? "stdin" : basename(path);
    const module = readBtfModule(host.files.read(object), { name, path: displayName(path) }, report);
    return module === undefined ? undefined : asHeader(module, declarations, own, constants());
  });
}

/** The BTF module as the header that it was made of: its own types in its own order, and its constants. */
function asHeader(
  module: BtfModule,
  all: readonly ClangDeclaration[],
  own: readonly ClangDeclaration[],
  constants: readonly Constant[],
): TypeModule {
  const key = (kind: string, name: string) => `${kind.replace("64", "")} ${name}`;
  const files = new Map(all.map(({ kind, name, file }) => [key(kind, name), file]));
  const mine = new Set(own.map(({ kind, name }) => key(kind, name)));
  return {
    kind: "header",
    name: module.name,
    endian: module.endian,
    pointerSize: module.pointerSize,
    *types(): Iterable<NamedType> {
      for (const wanted of mine) {
        const space = wanted.indexOf(" ");
        for (const type of module.find(wanted.slice(space + 1))) if (key(type.kind, type.name) === wanted) yield type;
      }
    },
    find: (name) => module.find(name),
    names: () => module.names(),
    origin(type): Origin {
      const file = files.get(key(type.kind, type.name));
      if (mine.has(key(type.kind, type.name)) || file === undefined) return { kind: "input" };
      return { kind: "include", file };
    },
    constants,
    maps: module.maps,
    programs: module.programs,
    sections: module.sections.map((section) => ({
      ...section,
      variables: section.variables.filter(({ variable }) => !variable.name.startsWith("__rbgen_anchor_")),
    })),
    provenance: [],
  };
}
