import { type Member, type NamedType, resolve } from "@rbgen/btf";

/** C text that compiles where a compiler gives types the same sizes, alignments, offsets and values, and constants theirs. */
export function assertions(
  types: Iterable<NamedType>,
  constants: Iterable<{ readonly name: string; readonly value: bigint | string }>,
): string {
  const lines: string[] = [];
  const say = (condition: string): void =>
    void lines.push(`_Static_assert(${condition}, ${JSON.stringify(condition)});`);
  for (const type of types) {
    const core = resolve(type);
    const name = type.kind === "typedef" ? type.name : `${type.kind.replace("64", "")} ${type.name}`;
    if (core.kind === "enum" || core.kind === "enum64") {
      for (const enumerator of core.values) say(`${enumerator.name} == ${literal(enumerator.value)}`);
    }
    if (!("size" in core) || core.size === undefined) continue;
    say(`sizeof(${name}) == ${core.size}`);
    if (core.kind !== "struct" && core.kind !== "union") continue;
    // An alignment that a typedef asks for is its own.
    if (type.kind !== "typedef") say(`_Alignof(${name}) == ${core.align}`);
    for (const [member, offset] of placesIn(core.members, 0))
      say(`__builtin_offsetof(${name}, ${member}) == ${offset / 8}`);
  }
  for (const { name, value } of constants) if (typeof value === "bigint") say(`(${name}) == ${literal(value)}`);
  return lines.join("\n");
}

/** Members that have a name and whole bytes, those of anonymous ones too, with their offsets in bits. */
function* placesIn(members: readonly Member[], base: number): Iterable<readonly [string, number]> {
  for (const { name, type, bitOffset, bitSize } of members) {
    if (bitSize !== undefined) continue;
    if (name !== "") yield [name, base + bitOffset];
    else {
      const inner = resolve(type);
      if (inner.kind === "struct" || inner.kind === "union") yield* placesIn(inner.members, base + bitOffset);
    }
  }
}

function literal(value: bigint): string {
  if (value === -(1n << 63n)) return "(-0x7fffffffffffffffLL - 1)";
  return value >= 1n << 63n ? `${value}ULL` : `${value}LL`;
}
