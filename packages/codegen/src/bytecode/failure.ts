import { type Instruction, instructionBytes, instructionClass } from "./instruction.ts";
import type { State } from "./state.ts";
import type { Atom } from "./value.ts";

/** Where a branch goes that compares a pointer, and it is null, by its operation and what it is compared with. */
const nullSides: ReadonlyMap<string, Side> = new Map([
  ["1 0", "jump"], // ==
  ["5 0", "next"], // !=
]);

/** The same of a status, which is 0 or a negative number, and it is the latter. */
const failingSides: ReadonlyMap<string, Side> = new Map([
  ["1 0", "next"], // ==
  ["5 0", "jump"], // !=
  ["6 -1", "next"], // > -1
  ["7 0", "next"], // >= 0
  ["12 0", "jump"], // < 0
]);

type Side = "jump" | "next";

/**
 * The side of a branch on which a call has failed that was to give a sample, or an element of a map: there is none there,
 * whatever the code does with pointers and dynptrs to it.
 * @returns where that side begins, and the key of the region
 */
export function failureOf(
  { opcode, destination, offset, immediate }: Instruction,
  at: number,
  { registers }: State,
): { readonly at: number; readonly region: string } | undefined {
  const kind = opcode & 7;
  if ((kind !== instructionClass.jmp && kind !== instructionClass.jmp32) || (opcode & 8) !== 0) return undefined;
  const [compared, ...others] = registers[destination]?.values() ?? [];
  const region = compared === undefined || others.length > 0 ? undefined : regionOf(compared);
  if (region === undefined) return undefined;
  const sides = compared?.kind === "pointer" ? nullSides : failingSides;
  const side = sides.get(`${opcode >> 4} ${immediate}`);
  if (side === undefined) return undefined;
  const next = at + instructionBytes;
  return { at: side === "jump" ? next + offset * instructionBytes : next, region };
}

/** The region that a pointer leads to the start of, or that a call reserved which gave a status. */
function regionOf(atom: Atom): string | undefined {
  if (atom.kind === "pointer") {
    const { region, offset } = atom;
    const given = region.kind === "element" || (region.kind === "sample" && region.dynptr !== true);
    return given && offset === 0 ? region.key : undefined;
  }
  if (atom.kind !== "sum" || atom.least !== 0n || atom.term === undefined) return undefined;
  return atom.term.times === 1n && atom.term.bits >= 32 ? atom.term.origin : undefined;
}
