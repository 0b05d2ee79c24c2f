import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareLayouts, type LayoutDescriptor } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { realProgramHead, realPrograms } from "@rbgen/testkit/codegen/real-programs";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { findProgram } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { readBtfModule } from "./btf/btf-module.ts";
import { readHeader } from "./c/front-end.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { type Loaded, load } from "./emit/testing/load.ts";
import type { TypeModule } from "./module.ts";
import { loadedSections } from "./plan/sections.ts";

const systemPaths = ["/usr/local/include", "/usr/include/x86_64-linux-gnu", "/usr/include"];
const define = "__TARGET_ARCH_x86";

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A program as the front-end reads it. */
function sourceOf(text: string): TypeModule {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text },
    "probe.bpf.c",
    { read: readText },
    { endian: "little", includePaths: [], systemPaths, forcedIncludes: [], defines: [define], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  expect(diagnostics).toEqual([]);
  return module;
}

function objectOf(bytes: Uint8Array): TypeModule {
  const diagnostics: Diagnostic[] = [];
  const module = readBtfModule(bytes, { name: "probe.bpf.o", path: "probe.bpf.o" }, (d) => diagnostics.push(d));
  expect(diagnostics).toEqual([]);
  return module!;
}

function mapsOf(module: TypeModule): unknown[] {
  return module.maps
    .map(({ name, type, maxEntries, mapFlags, inner }) => ({ name, type, maxEntries, mapFlags, inner: inner?.type }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function programsOf(module: TypeModule): string[] {
  return module.programs.map(({ name, section }) => `${section} ${name}`).sort();
}

function variablesOf(module: TypeModule): string[] {
  return loadedSections(module)
    .flatMap(({ name, variables }) => variables.map(({ variable, size }) => `${name} ${variable.name} ${size}`))
    .sort();
}

/** What libbpf finds in an object, as bpftool writes its skeleton: maps, programs, and variables of each section in order. */
function skeletonOf(object: Uint8Array): { maps: string[]; programs: string[]; variables: string[] } {
  const text = inScratchFolder((folder) => {
    const path = join(folder, "probe.bpf.o");
    writeFileSync(path, object);
    return execFileSync(findProgram("bpftool") ?? "", ["gen", "skeleton", path, "name", "probe"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  });
  const [head = ""] = text.split("#ifdef __cplusplus");
  const names = (what: string) =>
    [...head.matchAll(new RegExp(`struct ${what} \\*(\\w+);`, "g"))].map(([, name]) => name!);
  const variables: string[] = [];
  for (const [, section, body = ""] of head.matchAll(/struct probe__(\w+) \{\n(.*?)\n\t\} \*/gs)) {
    // Members of a struct are indented further than the section's own.
    for (const line of body.split("\n").filter((own) => /^\t\t[^\t}]|^\t\t\} /.test(own))) {
      const [, name = ""] = /(\w+)(?:\[\d+\])*;$/.exec(line) ?? [];
      if (name !== "" && !name.startsWith("__pad")) variables.push(`${section} ${name}`);
    }
  }
  const sections = /^(?:bss|data|rodata|kconfig)/;
  return { maps: names("bpf_map").filter((name) => !sections.test(name)), programs: names("bpf_program"), variables };
}

async function generated(module: TypeModule): Promise<Loaded> {
  const warnings: Diagnostic[] = [];
  const loaded = await load(module, {}, (diagnostic) => warnings.push(diagnostic));
  expect(warnings.filter(({ severity }) => severity === "error")).toEqual([]);
  return loaded;
}

const layoutOfCodec = (loaded: Loaded, name: string): LayoutDescriptor =>
  (loaded.exports[name] as { layout: LayoutDescriptor }).layout;

/** Names of the codecs that a file exports. */
function codecsOf({ exports }: Loaded): string[] {
  return Object.keys(exports)
    .filter((name) => typeof (exports[name] as { decode?: unknown } | undefined)?.decode === "function")
    .sort();
}

describeWith(["clang", "clang-19", "bpftool"], "a program's source and its object", () => {
  const cases = Object.entries(realPrograms).flatMap(([title, text]) =>
    (["clang", "clang-19"] as const).map((compiler) => ({ title, compiler, text: realProgramHead + text })),
  );

  test.each(cases)(
    "have the same maps, programs and variables as libbpf sees: $title, $compiler",
    ({ text, compiler }) => {
      const bytes = compileBpf(text, "little", [`-D${define}`], compiler);
      const [source, object] = [sourceOf(text), objectOf(bytes)];
      expect(mapsOf(source)).toEqual(mapsOf(object));
      expect(programsOf(source)).toEqual(programsOf(object));
      expect(variablesOf(source)).toEqual(variablesOf(object));
      const skeleton = skeletonOf(bytes);
      expect(object.maps.map(({ name }) => name)).toEqual(skeleton.maps);
      expect(object.programs.map(({ name }) => name).sort()).toEqual(skeleton.programs.sort());
      // A skeleton shows no static variables, and the pointers that only keep a type.
      const shown = loadedSections(object).flatMap(({ name, variables }) =>
        variables
          .filter(({ variable }) => variable.linkage !== "static")
          .map(({ variable }) => `${name.slice(1).replaceAll(".", "_")} ${variable.name}`),
      );
      expect(shown.sort()).toEqual(skeleton.variables.filter((name) => !/ unused_/.test(name)).sort());
      expect(skeleton.programs.length).toBeGreaterThan(0);
    },
  );

  test.each(cases)(
    "give codecs of the same names, which accept each other's records: $title, $compiler",
    async ({ text, compiler }) => {
      const bytes = compileBpf(text, "little", [`-D${define}`], compiler);
      const [source, object] = [await generated(sourceOf(text)), await generated(objectOf(bytes))];
      expect(source.records).toEqual(object.records);
      expect(codecsOf(source)).toEqual(codecsOf(object));
      for (const name of codecsOf(source)) {
        const [ofSource, ofObject] = [layoutOfCodec(source, name), layoutOfCodec(object, name)];
        expect(compareLayouts(ofSource, ofObject)).toEqual([]);
        expect(compareLayouts(ofObject, ofSource)).toEqual([]);
      }
      const propertiesOf = ({ exports }: Loaded, of: string) => Object.keys(exports[of] ?? {}).sort();
      for (const of of ["maps", "programs", "variables"])
        expect(propertiesOf(source, of)).toEqual(propertiesOf(object, of));
    },
  );
});

describeWith(["clang", "clang-19"], "values of an enum that clang before 15 cuts", () => {
  const [, text = ""] = Object.entries(realPrograms).find(([title]) => title.startsWith("enumerators")) ?? [];

  test("are left out with a warning that names a way, and are there from the source and from later clang", async () => {
    const told = async (module: TypeModule): Promise<[unknown, string[]]> => {
      const codes: string[] = [];
      const { exports } = await load(module, {}, ({ code, hint }) => codes.push(`${code} ${hint}`));
      return [exports["Wide"], codes];
    };
    const values = { WIDE_HIGH: 1n << 40n, WIDE_LOW: 1n };
    const whole = realProgramHead + text;
    expect(await told(sourceOf(whole))).toEqual([values, []]);
    expect(await told(objectOf(compileBpf(whole, "little", [`-D${define}`], "clang-19")))).toEqual([values, []]);
    expect(await told(objectOf(compileBpf(whole, "little", [`-D${define}`], "clang")))).toEqual([
      undefined,
      ["RB3007 generate from the header that defines it, or compile with clang 15 or newer"],
    ]);
  });
});
