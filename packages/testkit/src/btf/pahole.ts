import { spawnSync } from "node:child_process";
import { findProgram } from "../tools.ts";

/** What pahole says of a struct or union. */
export interface PaholeType {
  readonly kind: "struct" | "union";
  readonly name: string;
  readonly size: number;
  /** Bytes of each hole, in order; those of nested types are theirs. */
  readonly holes: readonly number[];
  /** Whole bytes of padding at the end. */
  readonly padding: number;
}

/**
 * Every struct and union at the top level of pahole's picture of a BTF or ELF file, in order. Pahole 1.24 says on stderr which kinds it
 * does not know (decl tags), and goes on.
 */
export function paholeTypes(path: string): readonly PaholeType[] {
  const pahole = findProgram("pahole");
  if (pahole === undefined) throw new Error("pahole is not installed");
  const { stdout } = spawnSync(pahole, ["-F", "btf", path], { encoding: "utf8", maxBuffer: 1 << 30 });
  const types: PaholeType[] = [];
  for (const [, kind, name, body] of stdout.matchAll(/^(struct|union) (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const size = /^\t\/\* size: (\d+)/m.exec(body!);
    if (size === null) continue;
    types.push({
      kind: kind as PaholeType["kind"],
      name: name!,
      size: Number(size[1]),
      holes: [...body!.matchAll(/^\t\/\* XXX (\d+) bytes? hole/gm)].map((match) => Number(match[1])),
      padding: Number(/^\t\/\* padding: (\d+)/m.exec(body!)?.[1] ?? 0),
    });
  }
  return types;
}
