import { type Btf, btfExtOf, type Elf, functionsOf, relocationsOf } from "@rbgen/btf";

/** Where a program of the object first refers to a map: "probe.bpf.c:42:7"; undefined where none does, or no line is known. */
export function firstUseOf(btf: Btf, elf: Elf, map: string): string | undefined {
  const lines = btfExtOf(btf)?.lines ?? [];
  for (const section of new Set(functionsOf(elf).map((one) => one.section))) {
    const use = relocationsOf(elf, section).find(
      ({ symbol }) => symbol.section?.name === ".maps" && symbol.name === map,
    );
    if (use === undefined) continue;
    const records = lines.find((one) => one.section === section.name)?.records ?? [];
    const line = records.filter(({ offset }) => offset <= use.offset).at(-1);
    if (line !== undefined) return `${line.file}:${line.line}:${line.column}`;
  }
  return undefined;
}
