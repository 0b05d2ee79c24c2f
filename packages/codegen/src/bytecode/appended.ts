import { hasPacket, packetBytes } from "../module.ts";
import type { Carried } from "./carried.ts";
import type { ObjectCode } from "./object-code.ts";
import type { Atom } from "./value.ts";

/**
 * How many bytes of its packet a call may send behind its own: of each flag that it may be given, undefined for a number that only a
 * run knows.
 */
export function appendedBytes({ flags, program }: Carried, code: ObjectCode): readonly (bigint | undefined)[] {
  const section = code.programs.find(({ name }) => name === program)?.section.name ?? "";
  if (flags === undefined || !hasPacket(section)) return [0n];
  return [...new Set([...flags.values()].map(countIn))];
}

function countIn(atom: Atom): bigint | undefined {
  if (atom.kind === "constant") return packetBytes(atom.value);
  if (atom.kind !== "sum" || atom.term === undefined) return undefined;
  const { bits, times } = atom.term;
  const most = atom.least + ((1n << BigInt(bits)) - 1n) * times;
  return most < 1n << 32n ? 0n : undefined;
}
