import { type Btf, type CoreRelocation, resolve, sizeOf, type Type } from "@rbgen/btf";
import { isComposite, isEnum } from "./compatible.ts";
import { CoreError } from "./core-error.ts";
import { nameOf } from "./essential-name.ts";

/** Steps of an access that a loader takes. */
export const maxSteps = 64;

/** One step of an access: a named member, an enumerator, or an element of an array or pointer. */
export interface Step {
  /** What the step is taken in, a struct, union or enum; of an element, the type of the element. */
  readonly type: Type;
  /** Number of the member, enumerator or element. */
  readonly index: number;
  /** Absent for an element. */
  readonly name: string | undefined;
}

/** An access in one set of types. The first step is into what a pointer points at: almost always element 0. */
export interface Access {
  readonly root: Type;
  /** Without those through anonymous members. */
  readonly steps: readonly Step[];
  /** Where the last step leads, from the root. */
  readonly bitOffset: number;
}

/** Whether `kind` asks for a member. */
export function isOfField(kind: CoreRelocation["kind"]): boolean {
  return kind.startsWith("field_");
}

/** Whether `kind` asks for an enumerator. */
export function isOfEnumerator(kind: CoreRelocation["kind"]): boolean {
  return kind.startsWith("enumval_");
}

/** An array of no elements at the end of a struct, into which any index leads. */
export function isFlexibleStep(step: Step | undefined, count: number): boolean {
  if (step?.name === undefined || count > 0 || !isComposite(step.type)) return false;
  return step.index === step.type.members.length - 1;
}

/**
 * The access that a relocation names, in the object's own types (libbpf `bpf_core_parse_spec`).
 * @throws {@link CoreError} for one that these types do not have; {@link BtfError} for types without a size.
 */
export function parseAccess(local: Btf, relocation: CoreRelocation): Access {
  const { access, kind, typeId } = relocation;
  const root = local.typeById(typeId);
  const refuse = (why: string): never => {
    throw new CoreError(`access "${access}" of ${root.kind} ${nameOf(root) || "without a name"}: ${why}`);
  };
  if (!/^\d{1,10}(:\d{1,10})*$/.test(access)) refuse("it is no list of numbers");
  const numbers = access.split(":").map(Number);
  if (numbers.length > maxSteps) refuse(`it has more than ${maxSteps} steps`);
  if (!isOfField(kind) && !isOfEnumerator(kind)) {
    if (access !== "0") refuse("a relocation of a type has no members");
    return { root, steps: [], bitOffset: 0 };
  }
  const first = resolve(root);
  const [index = 0, ...rest] = numbers;
  if (isOfEnumerator(kind)) {
    const name = isEnum(first) ? first.values[index]?.name : undefined;
    if (name === undefined || rest.length > 0) refuse("there is no such enumerator");
    return { root, steps: [{ type: first, index, name }], bitOffset: 0 };
  }
  const steps: Step[] = [{ type: first, index, name: undefined }];
  let bitOffset = index * sizeOf(first) * 8;
  let at: Type = first;
  for (const number of rest) {
    const type = resolve(at);
    if (isComposite(type)) {
      const member = type.members[number];
      if (member === undefined) return refuse(`${type.kind} ${nameOf(type)} has no member ${number}`);
      bitOffset += member.bitOffset;
      if (member.name !== "") steps.push({ type, index: number, name: member.name });
      at = member.type;
    } else if (type.kind === "array") {
      const element = resolve(type.element);
      if (number >= type.count && !isFlexibleStep(steps.at(-1), type.count)) {
        refuse(`an array of ${type.count} has no element ${number}`);
      }
      steps.push({ type: element, index: number, name: undefined });
      bitOffset += number * sizeOf(element) * 8;
      at = element;
    } else refuse(`a ${type.kind} has no members`);
  }
  return { root, steps, bitOffset };
}

/** The access as C has it: `struct task_struct.comm[3]`. */
export function formatAccess(access: Access): string {
  const { root, steps } = access;
  const name = nameOf(root) || "(anonymous)";
  if (isEnum(resolve(root)) && steps[0]?.name !== undefined) return `enumerator ${steps[0].name} of enum ${name}`;
  const word = root.kind === "typedef" ? "" : `${root.kind} `;
  const path = steps.map((step, i) => {
    if (step.name !== undefined) return `.${step.name}`;
    return i === 0 && step.index === 0 ? "" : `[${step.index}]`;
  });
  return `${word}${name}${path.join("")}`;
}
