import { AnnotationError } from "./annotations.ts";
import type { Form, MemberPlan, OpenedNode, PlacePlan, Shape } from "./model.ts";
import type { Name } from "./names.ts";
import { fieldsOf, membersThere } from "./nodes.ts";

/** A struct whose members may be named by a path. */
export interface Members {
  readonly cText: string;
  readonly nodes: readonly OpenedNode[];
}

/** Text of as many bytes as an integer has, as that integer; undefined of any other. */
function textPlace({ shape, bitSize }: MemberPlan): PlacePlan["shape"] | undefined {
  if (shape.kind !== "string" || bitSize !== undefined) return undefined;
  const { size } = shape;
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined;
  return { kind: "int", size, signed: false, endian: "big", policy: "bigint", char: false };
}

/** The first byte behind a place. */
export function endOf({ offset, shape, bits }: PlacePlan): number {
  return bits === undefined ? offset + shape.size : Math.ceil((bits.offset + bits.size) / 8);
}

/** The tag at `path`: an integer, or text of 1, 2, 4 or 8 bytes. @throws AnnotationError where there is none; `what` names it */
export function tagPlaceOf(plan: Members, path: string, what: string): PlacePlan {
  return placeOf(plan, path, what, "text");
}

/** Bytes from a struct's start to the member at `path`. @throws AnnotationError where there is none; `what` names it */
export function offsetOf(plan: Members, path: string, what: string): number {
  let bits = 0;
  let nodes: readonly OpenedNode[] | undefined = plan.nodes;
  for (const step of path.split(".")) {
    const found: MemberPlan | undefined = fieldsOf(nodes ?? []).find((field) => field.cName === step);
    if (found === undefined || found.bitSize !== undefined) {
      throw new AnnotationError(
        `${plan.cText} has no member ${path} with a place in bytes, which ${what} names`,
        membersThere(
          step,
          fieldsOf(nodes ?? [])
            .filter(({ bitSize }) => bitSize === undefined)
            .map(({ cName }) => cName),
        ),
      );
    }
    bits += found.bitOffset;
    nodes = found.shape.kind === "composite" ? found.shape.composite.nodes : undefined;
  }
  return bits / 8;
}

/** What is known of a place by the way to it. */
interface Way extends Pick<PlacePlan, "path" | "names" | "offset"> {
  readonly what: string;
}

/** The integer that is an element of an array. */
function elementPlace(plan: Members, way: Way, { shape, cName }: MemberPlan, index: readonly number[]): PlacePlan {
  const { what, path, names } = way;
  let { offset } = way;
  let at: Shape = shape;
  for (const which of index) {
    const count: number = at.kind === "array" ? at.count : at.kind === "bytes" && at.of === "bytes" ? at.size : 0;
    if (which >= count) {
      const why = count === 0 ? `${cName} is no array of integers` : `${cName} has ${count} elements`;
      throw new AnnotationError(`${plan.cText}.${path}, which ${what} names, is none: ${why}`);
    }
    offset += which * (at.kind === "array" ? at.stride : 1);
    at = at.kind === "array" ? at.element : byte;
  }
  const plain = at.kind === "int" ? !isFormed(at.form) : at.kind === "enum" || (at.kind === "bool" && !at.told);
  if (!plain || (at.kind !== "int" && at.kind !== "enum" && at.kind !== "bool")) {
    throw new AnnotationError(`${plan.cText}.${path} is no plain integer, which ${what} needs`);
  }
  if (at.size === 16) throw new AnnotationError(`${plan.cText}.${path} has 128 bits, too many for ${what}`);
  return { path, names, index, offset, shape: at };
}

/** Whether a form makes something else of an integer than a number. */
function isFormed(form: Form | undefined): form is Exclude<Form, { kind: "enum" }> {
  return form !== undefined && form.kind !== "enum";
}

const byte: Shape = { kind: "int", size: 1, signed: false, endian: "little", policy: "bigint", char: false };

/** The integer at `path` (`len`, `hdr.len`, `lens[1]`) of a composite. @throws AnnotationError where there is none; `what` names it. */
export function placeOf(plan: Members, path: string, what: string, takes?: "text" | "flags" | "errno"): PlacePlan {
  const names: Name[] = [];
  let offset = 0;
  let nodes = plan.nodes;
  const steps = path.split(".");
  for (const [index, whole] of steps.entries()) {
    const [, step = whole, brackets = ""] = /^(\w+)((?:\[\d+\])*)$/.exec(whole) ?? [];
    const members = fieldsOf(nodes);
    const found: MemberPlan | undefined = members.find((field) => field.cName === step);
    if (found === undefined) {
      const known = members.map((field) => field.cName);
      throw new AnnotationError(`${plan.cText} has no member ${path}, which ${what} names`, membersThere(step, known));
    }
    if (found.skipped) throw new AnnotationError(`${plan.cText}.${step} is skipped, and ${what} needs it`);
    names.push(found.name);
    const start = offset * 8 + found.bitOffset;
    offset = Math.floor(start / 8);
    if (brackets !== "") {
      if (index < steps.length - 1) throw new AnnotationError(`${what} names a member of an element: ${path}`);
      return elementPlace(plan, { path, names, offset, what }, found, [...brackets.matchAll(/\d+/g)].map(Number));
    }
    const { shape } = found;
    if (index < steps.length - 1) {
      if (shape.kind !== "composite") throw new AnnotationError(`${plan.cText}.${step} is no struct, in ${what}`);
      nodes = shape.composite.nodes;
    } else if (shape.kind === "int" || shape.kind === "enum" || shape.kind === "bool") {
      if (shape.kind === "int" && isFormed(shape.form) && shape.form.kind !== takes) {
        throw new AnnotationError(`${plan.cText}.${path} is ${shape.form.kind}, no plain integer, which ${what} needs`);
      }
      if (shape.kind === "bool" && shape.told && takes !== "flags") {
        throw new AnnotationError(`${plan.cText}.${path} is bool, no plain integer, which ${what} needs`);
      }
      if (shape.size === 16) throw new AnnotationError(`${plan.cText}.${path} has 128 bits, too many for ${what}`);
      const bits = found.bitSize === undefined ? {} : { bits: { offset: start, size: found.bitSize } };
      return { path, names, offset, shape, ...bits };
    } else {
      const text = takes === "text" ? textPlace(found) : undefined;
      if (text !== undefined) return { path, names, offset, shape: text, text: true };
      throw new AnnotationError(`${plan.cText}.${path} is no integer, which ${what} needs`);
    }
  }
  throw new AnnotationError(`${what} names no member`);
}
