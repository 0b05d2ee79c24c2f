import { type Elf, type ElfFunction, type ElfRelocation, relocationsOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { DeclaredMap } from "./map-definitions.ts";

/** What a map holds from the start: names of maps, or in a prog_array of programs, by index, the lowest first. */
export type MapSlots = ReadonlyMap<number, string>;

/** Of a pointer in an object for BPF, whatever machine reads it. */
const pointerBytes = 8;

/** What the maps of an object may hold from the start: its maps and programs. */
export interface Holdable {
  readonly maps: readonly DeclaredMap[];
  readonly programs: readonly ElfFunction[];
}

/**
 * What the maps of an object are initialized with, by their names: `.values = { [1] = &inner }`. It is in relocations of
 * `.maps` (libbpf, `bpf_object__collect_map_relos`).
 * @throws RingBufError EINVAL, ENOENT, ESRCH, LIBBPF_ERRNO__RELOC, as libbpf; BtfError for a table that contradicts itself.
 */
export function mapSlots(elf: Elf, { maps, programs }: Holdable): ReadonlyMap<string, MapSlots> {
  const section = elf.section(".maps");
  const relocations = section === undefined ? [] : relocationsOf(elf, section);
  const found = new Map<string, Map<number, string>>();
  for (const relocation of relocations) {
    const { offset } = relocation;
    const map = maps.find((one) => one.offset <= offset && offset + pointerBytes <= one.offset + one.size);
    if (map === undefined) throw refused(`byte ${offset} of .maps, which is in no map, refers to something`);
    const target = targetOf(map, relocation, { maps, programs });
    const slots = found.get(map.definition.name) ?? new Map<number, string>();
    found.set(map.definition.name, slots.set(indexOf(map, offset), target));
  }
  return new Map([...found].map(([name, slots]) => [name, new Map([...slots].sort(([one], [other]) => one - other))]));
}

/** Element of `map` that a relocation at `offset` is of. */
function indexOf({ definition: { name }, offset: start, valuesOffset }: DeclaredMap, offset: number): number {
  const within = offset - start - (valuesOffset ?? 0);
  if (valuesOffset === undefined || within < 0 || within % pointerBytes !== 0) {
    throw refused(`map "${name}" is initialized at byte ${offset - start}, which is none of its values`);
  }
  return within / pointerBytes;
}

function targetOf(
  { definition: { name, type, keySize } }: DeclaredMap,
  { symbol }: ElfRelocation,
  { maps, programs }: Holdable,
): string {
  const unnamed = symbol.section === undefined ? "what has no name" : `something static of ${symbol.section.name}`;
  const called = symbol.name === "" ? unnamed : `"${symbol.name}"`;
  const what = `map "${name}" is initialized with ${called}`;
  if (type !== "prog_array" && type !== "array_of_maps" && type !== "hash_of_maps") {
    throw refused(`${what}, and has type ${type}: only a map of maps or a prog_array holds something from the start`);
  }
  if (symbol.place === "undefined") throw refused(`${what}, which the object does not define`, "ENOENT");
  if (type !== "prog_array") {
    if (symbol.section?.name !== ".maps") throw refused(`${what}, which is no map`, "LIBBPF_ERRNO__RELOC");
    if (type === "hash_of_maps" && keySize !== 4) {
      throw refused(
        `${what}, and has keys of ${keySize} bytes, not 4: elements that are there from the start have numbers`,
      );
    }
    if (maps.some((one) => one.definition.name === symbol.name)) return symbol.name;
    throw refused(`${what}, which is no map`, "ESRCH");
  }
  const program = programs.find((one) => one.name === symbol.name);
  if (program === undefined) throw refused(`${what}, which is no program`, "ESRCH");
  if (program.section === symbol.section && program.offset === Number(symbol.value)) return program.name;
  throw refused(`${what}, which is not where the program of that name begins`, "LIBBPF_ERRNO__RELOC");
}

function refused(message: string, code = "EINVAL"): RingBufError {
  return new RingBufError(message, { code, syscall: "bpf_object__open" });
}
