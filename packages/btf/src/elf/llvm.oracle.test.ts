import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { loadableSource } from "@rbgen/testkit/btf/loadable";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { btfExtOf, type Elf, functionsOf, parseBtf, readElf, relocationsOf } from "../index.ts";

const compilers = [
  ["clang", "little", []],
  ["clang", "big", []],
  ["clang", "little", ["-mcpu=v3"]],
  ["clang-19", "little", []],
  ["clang-19", "big", ["-mcpu=v4"]],
  ["clang-19", "little", ["-mcpu=v4", "-O1"]],
] as const;

const objects = compilers.flatMap(([compiler, endian, flags]) =>
  (["loadable", "sections", "records"] as const).map((name) => ({ compiler, endian, flags, name })),
);

function llvm(tool: string, flags: readonly string[], object: Uint8Array): string {
  return inScratchFolder((folder) => {
    const file = join(folder, "object.o");
    writeFileSync(file, object);
    return execFileSync(tool, [...flags, file], { encoding: "utf8", maxBuffer: 1 << 26 });
  });
}

/** BPF's relocation types, as LLVM spells them. */
const typeNames: Readonly<Record<number, string>> = {
  1: "R_BPF_64_64",
  2: "R_BPF_64_ABS64",
  3: "R_BPF_64_ABS32",
  4: "R_BPF_64_NODYLD32",
  10: "R_BPF_64_32",
};

/** What `llvm-readelf -r` says: section, place, type, symbol. */
function relocationsOfLlvm(object: Uint8Array): string[] {
  const found: string[] = [];
  let section = "";
  for (const line of llvm("llvm-readelf", ["-r", "-W"], object).split("\n")) {
    const head = /^Relocation section '\.rel(.*)' at/.exec(line);
    if (head !== null) section = head[1]!;
    const entry = /^([0-9a-f]{16}) +[0-9a-f]{16} +(R_BPF_\w+) +([0-9a-f]{16}) *(.*)$/.exec(line);
    if (entry !== null) found.push(`${section} ${Number.parseInt(entry[1]!, 16)} ${entry[2]} ${entry[4]}`);
  }
  return found;
}

function ownRelocations(elf: Elf): string[] {
  return elf.sections.flatMap((section) =>
    relocationsOf(elf, section).map(({ offset, type, symbol }) => {
      // LLVM names a section's own symbol after the section.
      const name = symbol.name === "" ? (symbol.section?.name ?? "") : symbol.name;
      return `${section.name} ${offset} ${typeNames[type] ?? type} ${name}`;
    }),
  );
}

/** What `llvm-readelf -s` says: value, size, type, binding, visibility, section, name. */
function symbolsOfLlvm(object: Uint8Array): string[] {
  const rows = llvm("llvm-readelf", ["-s", "-W"], object).matchAll(
    /^ *\d+: ([0-9a-f]+) +(\d+) (\w+) +(\w+) +(\w+) +(\w+) ?(.*)$/gm,
  );
  return [...rows].map(([, value, size, type, bind, visibility, section, name]) =>
    [Number.parseInt(value!, 16), size, type, bind, visibility, section, name].join(" "),
  );
}

function ownSymbols(elf: Elf): string[] {
  return elf.symbols.map(({ value, size, type, bind, visibility, section, place, name }) => {
    const index = section?.index ?? (place === "absolute" ? "ABS" : "UND");
    const shown = type === "section" && name === "" ? section?.name : name;
    return [value, size, type.toUpperCase(), bind.toUpperCase(), visibility.toUpperCase(), index, shown].join(" ");
  });
}

/** Every function that `llvm-objdump -d` finds, with the section, the place and the number of instructions. */
function functionsOfLlvm(object: Uint8Array): string[] {
  const found: { section: string; name: string; offset: number; end: number }[] = [];
  let section = "";
  for (const line of llvm("llvm-objdump", ["-d"], object).split("\n")) {
    const head = /^Disassembly of section (.*):$/.exec(line);
    if (head !== null) section = head[1]!;
    const start = /^([0-9a-f]{16}) <(.*)>:$/.exec(line);
    // Older releases of clang leave the names of blocks in.
    if (start !== null && !/^LBB\d/.test(start[2]!)) {
      const offset = Number.parseInt(start[1]!, 16);
      found.push({ section, name: start[2]!, offset, end: offset });
    }
    const instruction = /^ *(\d+):\t((?:[0-9a-f]{2}[ \t])+)/.exec(line);
    if (instruction !== null) found.at(-1)!.end = Number(instruction[1]) * 8 + instruction[2]!.trim().split(" ").length;
  }
  return found.map(({ section: where, name, offset, end }) => `${where} ${name} ${offset} ${end - offset}`);
}

/** `offset file:line` wherever the DWARF of the object says that another line starts. */
function linesOfLlvm(object: Uint8Array): Map<string, Map<number, number>> {
  const sections = new Map<string, Map<number, number>>();
  let section = "";
  let line = 0;
  for (const text of llvm("llvm-objdump", ["-d", "-l", "--no-show-raw-insn"], object).split("\n")) {
    const head = /^Disassembly of section (.*):$/.exec(text);
    if (head !== null) {
      section = head[1]!;
      sections.set(section, new Map());
    }
    const place = /^; .*:(\d+)$/.exec(text);
    if (place !== null) line = Number(place[1]);
    const instruction = /^ *(\d+):/.exec(text);
    if (instruction !== null) sections.get(section)!.set(Number(instruction[1]) * 8, line);
  }
  return sections;
}

describeWith(["clang", "clang-19", "llvm", "gcc"], "what LLVM's tools read of an object", () => {
  test.each(objects)("$name by $compiler $flags, $endian-endian", ({ compiler, endian, flags, name }) => {
    const source = name === "loadable" ? loadableSource : btfSources[name]!;
    const object = compileBpf(source, endian, flags, compiler);
    const elf = readElf(object);
    const sections = new Set(elf.sections.map((section) => section.name));
    expect(ownRelocations(elf)).toEqual(relocationsOfLlvm(object));
    expect(ownSymbols(elf)).toEqual(symbolsOfLlvm(object));
    const functions = functionsOf(elf);
    expect(functions.map((f) => `${f.section.name} ${f.name} ${f.offset} ${f.bytes.length}`)).toEqual(
      functionsOfLlvm(object),
    );
    const btf = parseBtf(object);
    const ext = btfExtOf(btf);
    if (name === "records") return;
    expect(functions.length).toBeGreaterThan(2);
    // Each function with its own BTF, at the place where its code starts.
    const infos = ext!.functions.flatMap(({ section, records }) =>
      records.map(({ offset, typeId }) => {
        const type = btf.typeById(typeId);
        return `${section} ${type.kind === "func" ? type.name : type.kind} ${offset}`;
      }),
    );
    expect(infos.sort()).toEqual(functions.map((f) => `${f.section.name} ${f.name} ${f.offset}`).sort());
    const dwarf = linesOfLlvm(object);
    let compared = 0;
    for (const { section, records } of ext!.lines) {
      expect(sections).toContain(section);
      for (const { offset, line, text, column } of records) {
        // Of code without a place in the source, DWARF keeps the line before and BTF nothing.
        if (line === 0) continue;
        expect([section, offset, line]).toEqual([section, offset, dwarf.get(section)?.get(offset)]);
        expect(text).toBe(source.split("\n")[line - 1]);
        expect(column).toBeLessThanOrEqual(text.length);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });
});
