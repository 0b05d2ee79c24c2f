import type { Btf, CoreRelocation } from "@rbgen/btf";
import { type Access, formatAccess, parseAccess } from "./access.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { CoreError } from "./core-error.ts";
import { nameOf } from "./essential-name.ts";
import { matchAccess } from "./match.ts";
import { type CoreValue, coreValue, mayResize } from "./value.ts";

/** What becomes of the instruction of a CO-RE relocation. */
export type CoreResolution =
  | {
      readonly kind: "value";
      /** What the instruction holds as compiled. */
      readonly before: bigint;
      /** What it holds for the target. */
      readonly after: bigint;
      /** Whether it is an error if it does not hold `before`. */
      readonly certain: boolean;
      /** Bytes of the member that a load or store accesses, here and there. */
      readonly memory: { readonly before: number; readonly after: number };
      /** Why a load or store of the member would give another value, where it would. */
      readonly misread: string | undefined;
    }
  /** It must not be reached: the target has no value for it. */
  | { readonly kind: "poison"; readonly reason: string };

/** In the target's types there is nothing of the kind: existence and sizes are then 0, anything else has no value. */
const zeroWithout: ReadonlySet<CoreRelocation["kind"]> = new Set([
  "field_exists",
  "enumval_exists",
  "type_exists",
  "type_matches",
  "type_size",
  "type_id_target",
]);

/**
 * Resolves the relocations of an object against the types of a target, in the order of the object: what one relocation
 * rules out of the candidates for a type is no candidate for the next ones of the same type (libbpf
 * `bpf_core_calc_relo_insn`).
 */
export class CoreResolver {
  readonly #local: Btf;
  readonly #targets: readonly Btf[];
  readonly #candidates: Map<number, readonly Candidate[]> = new Map();

  /** @param targets the kernel's BTF, then those of modules; the object's own for a run without a kernel. */
  constructor(local: Btf, targets: readonly Btf[]) {
    this.#local = local;
    this.#targets = targets;
  }

  /**
   * What a relocation gives on the target.
   * @throws {@link CoreError} for what a loader refuses: an access that the object's own types do not have, candidates
   * that disagree, types nested beyond reason; {@link BtfError} for damaged types.
   */
  resolve(relocation: CoreRelocation): CoreResolution {
    const { kind, typeId } = relocation;
    const access = parseAccess(this.#local, relocation);
    const own = coreValue(kind, access, this.#local);
    if (kind === "type_id_local") return { ...plain(own, own), certain: false };
    if (nameOf(access.root) === "") throw new CoreError(`${kind} of an anonymous ${access.root.kind}`);
    const candidates = this.#candidates.get(typeId) ?? candidatesOf(access.root, this.#targets);
    const { matches, misses } = matchAll(access, kind, candidates);
    this.#candidates.set(typeId, matches.length > 0 ? matches.map((match) => match.candidate) : candidates);
    const [first, ...others] = matches;
    if (first !== undefined) {
      for (const other of others) expectSame(access, first, other);
      return plain(own, first.value);
    }
    if (zeroWithout.has(kind)) return plain(own, { value: 0n, memory: undefined, certain: true });
    const why =
      misses.size > 0
        ? [...misses].join("; ")
        : `the target has no ${access.root.kind} ${nameOf(access.root)}, nor a flavour of it`;
    return { kind: "poison", reason: `${formatAccess(access)}: ${why}` };
  }
}

interface Match {
  readonly candidate: Candidate;
  readonly access: Access;
  readonly value: CoreValue;
}

function matchAll(
  access: Access,
  kind: CoreRelocation["kind"],
  candidates: readonly Candidate[],
): { readonly matches: readonly Match[]; readonly misses: ReadonlySet<string> } {
  const matches: Match[] = [];
  const misses = new Set<string>();
  for (const candidate of candidates) {
    const there = matchAccess(access, candidate.type, kind);
    if ("why" in there) misses.add(there.why);
    else matches.push({ candidate, access: there, value: coreValue(kind, there, candidate.btf) });
  }
  return { matches, misses };
}

function expectSame(access: Access, one: Match, other: Match): void {
  if (one.access.bitOffset === other.access.bitOffset && one.value.value === other.value.value) return;
  const name = ({ access: { root } }: Match): string => `${nameOf(root)} (type id ${root.id})`;
  throw new CoreError(`${formatAccess(access)}: types of the target disagree, ${name(one)} and ${name(other)}`);
}

function plain(own: CoreValue, target: CoreValue): CoreResolution & { kind: "value" } {
  const memory = { before: own.memory?.size ?? 0, after: target.memory?.size ?? 0 };
  const safe =
    memory.before === memory.after ||
    (own.memory !== undefined && target.memory !== undefined && mayResize(own.memory.type, target.memory.type));
  return {
    kind: "value",
    before: own.value,
    after: target.value,
    certain: own.certain,
    memory,
    misread: safe ? undefined : misread(own, target),
  };
}

function misread(own: CoreValue, target: CoreValue): string {
  const side = (value: CoreValue): string =>
    value.memory === undefined ? "a bit-field" : `${value.memory.size} bytes of ${value.memory.type.kind}`;
  return `the member is ${side(own)} here and ${side(target)} in the target: only pointers and unsigned integers can be read as another size`;
}
