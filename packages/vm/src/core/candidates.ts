import type { Btf, Type } from "@rbgen/btf";
import { sameKind } from "./compatible.ts";
import { essentialName, nameOf } from "./essential-name.ts";

/** Names with a flavour, by what they are flavours of. */
const flavoursOf: WeakMap<Btf, ReadonlyMap<string, readonly string[]>> = new WeakMap();

function flavours(btf: Btf): ReadonlyMap<string, readonly string[]> {
  const known = flavoursOf.get(btf);
  if (known !== undefined) return known;
  const found = new Map<string, string[]>();
  for (const name of btf.names()) {
    if (!name.includes("___")) continue;
    const essential = essentialName(name);
    if (essential === name) continue;
    const others = found.get(essential);
    if (others === undefined) found.set(essential, [name]);
    else others.push(name);
  }
  flavoursOf.set(btf, found);
  return found;
}

/** A type of the target that may be the one that the object was compiled with. */
export interface Candidate {
  readonly btf: Btf;
  readonly type: Type;
}

/**
 * Types of the target with the name of `local` but for flavours, and of its kind: the kernel's, or where it has none those
 * of modules (libbpf `bpf_core_find_cands`). `targets` is the kernel's BTF, then modules'.
 */
export function candidatesOf(local: Type, targets: readonly Btf[]): readonly Candidate[] {
  const wanted = essentialName(nameOf(local));
  const found: Candidate[] = [];
  for (const [i, btf] of targets.entries()) {
    for (const name of [wanted, ...(flavours(btf).get(wanted) ?? [])]) {
      for (const type of btf.find(name)) {
        // What a module's BTF stands on was asked before.
        if (i > 0 && (type.id ?? 0) < btf.firstId) continue;
        if (sameKind(local, type)) found.push({ btf, type });
      }
    }
    if (i === 0 && found.length > 0) break;
  }
  return found;
}
