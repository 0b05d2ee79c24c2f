import { type CoreRelocation, type Member, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { type Access, isFlexibleStep, isOfEnumerator, isOfField, maxSteps, type Step } from "./access.ts";
import { Budget } from "./budget.ts";
import { fieldsAreCompatible, isComposite, isEnum, typesAreCompatible } from "./compatible.ts";
import { CoreError } from "./core-error.ts";
import { essentialName, nameOf } from "./essential-name.ts";
import { typesMatch } from "./types-match.ts";

/** Why a candidate is not what the access is of, as the end of a sentence. */
export interface Miss {
  readonly why: string;
}

/**
 * The same access in `candidate`, a type of the target; or why there is none (libbpf `bpf_core_spec_match`). Members are
 * found by name, through anonymous structs and unions; elements have to be there.
 * @throws {@link CoreError} for types nested beyond reason; {@link BtfError} for types without a size.
 */
export function matchAccess(local: Access, candidate: Type, kind: CoreRelocation["kind"]): Access | Miss {
  if (isOfEnumerator(kind)) return matchEnumerator(local, candidate);
  if (isOfField(kind)) return matchField(local, candidate);
  const same = kind === "type_matches" ? typesMatch : typesAreCompatible;
  const found = same(local.root, candidate, new Budget());
  if (found) return { root: candidate, steps: [], bitOffset: 0 };
  return { why: `${candidate.kind} ${nameOf(candidate)} of the target is another type` };
}

function matchEnumerator(local: Access, candidate: Type): Access | Miss {
  const type = resolve(candidate);
  const wanted = essentialName(local.steps[0]?.name ?? "");
  if (!isEnum(type)) return { why: `${nameOf(candidate)} of the target is no enum` };
  const index = type.values.findIndex(({ name }) => essentialName(name) === wanted);
  if (index < 0) return { why: `enum ${nameOf(candidate)} of the target has no enumerator ${wanted}` };
  const step = { type, index, name: type.values[index]?.name };
  return { root: candidate, steps: [step], bitOffset: 0 };
}

function matchField(local: Access, candidate: Type): Access | Miss {
  const steps: Step[] = [];
  const budget = new Budget();
  let depth = 0;
  let bitOffset = 0;
  let at = candidate;
  for (const [i, step] of local.steps.entries()) {
    let type = resolve(at);
    const what = `${type.kind} ${nameOf(type)}`.trimEnd();
    if (step.name !== undefined) {
      if (!isComposite(type)) return { why: `${what} of the target has no members` };
      const found = findMember(type, step.name, depth, budget);
      if (found === undefined) return { why: `${what} of the target has no member "${step.name}"` };
      if (!isComposite(step.type)) throw new CoreError(`a ${step.type.kind} has no members`);
      if (!fieldsAreCompatible(step.type.members[step.index]!.type, found.member.type)) {
        return { why: `member "${step.name}" of ${what} is of another kind in the target` };
      }
      steps.push({ type: found.owner, index: found.index, name: found.member.name });
      bitOffset += found.bitOffset;
      depth = found.depth;
      at = found.member.type;
      continue;
    }
    if (i > 0) {
      if (type.kind !== "array") return { why: `${what} of the target is no array` };
      if (step.index >= type.count && !isFlexibleStep(steps.at(-1), type.count)) {
        return { why: `an array of the target has ${type.count} elements, not ${step.index + 1}` };
      }
      type = resolve(type.element);
    }
    depth += 1;
    if (depth > maxSteps) throw tooDeep();
    steps.push({ type, index: step.index, name: undefined });
    bitOffset += step.index * sizeOf(type) * 8;
    at = type;
  }
  return { root: candidate, steps, bitOffset };
}

interface Found {
  readonly owner: Struct | Union;
  readonly index: number;
  readonly member: Member;
  /** From the start of the struct that was searched. */
  readonly bitOffset: number;
  readonly depth: number;
}

/** The member of this name, in `type` or in its anonymous members, in order of declaration. */
function findMember(type: Struct | Union, name: string, depth: number, budget: Budget): Found | undefined {
  if (depth >= maxSteps) throw tooDeep();
  for (const [index, member] of type.members.entries()) {
    budget.spend();
    if (member.name === name) return { owner: type, index, member, bitOffset: member.bitOffset, depth: depth + 1 };
    if (member.name !== "") continue;
    const inner = resolve(member.type);
    const found = isComposite(inner) ? findMember(inner, name, depth + 1, budget) : undefined;
    if (found !== undefined) return { ...found, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}

function tooDeep(): CoreError {
  return new CoreError(`types of the target are nested more than ${maxSteps} deep`);
}
