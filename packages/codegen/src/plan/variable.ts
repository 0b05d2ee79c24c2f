import { type Annotation, annotationOf } from "./annotations.ts";
import type { CompositePlan, FieldPlan, LengthPlan, NodePlan, PlacePlan, Shape } from "./model.ts";
import { ShapeError } from "./resolve.ts";

function* fieldsOf(nodes: readonly NodePlan[]): Generator<FieldPlan> {
  for (const node of nodes) {
    if (node.kind === "field") yield node;
    else for (const arm of node.arms) yield* fieldsOf(arm);
  }
}

/** The integer at `path` (`len`, `hdr.len`) of a composite. */
export function placeOf(plan: CompositePlan, path: string, what: string): PlacePlan {
  const names: string[] = [];
  let offset = 0;
  let nodes = plan.nodes;
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    const found: FieldPlan | undefined = [...fieldsOf(nodes)].find((field) => field.cName === step);
    if (found === undefined) {
      const known = [...fieldsOf(nodes)].map((field) => field.cName).join(", ");
      throw new ShapeError(`${plan.cText} has no member ${path}, which ${what} names`, `members there: ${known}`);
    }
    if (found.bitSize !== undefined)
      throw new ShapeError(`${plan.cText}.${path} is a bit-field, which ${what} cannot use`);
    names.push(found.name);
    offset += found.bitOffset / 8;
    const { shape } = found;
    if (index < steps.length - 1) {
      if (shape.kind !== "composite") throw new ShapeError(`${plan.cText}.${step} is no struct, in ${what}`);
      nodes = shape.composite.nodes;
    } else if (shape.kind === "int" || shape.kind === "enum" || shape.kind === "bool") {
      if (shape.size === 16) throw new ShapeError(`${plan.cText}.${path} has 128 bits, too many for ${what}`);
      return { path, names, offset, shape };
    } else throw new ShapeError(`${plan.cText}.${path} is no integer, which ${what} needs`);
  }
  throw new ShapeError(`${what} names no member`);
}

function strideOf(shape: Shape): number | undefined {
  if (shape.kind === "array") return shape.stride;
  return shape.kind === "bytes" || shape.kind === "string" ? 1 : undefined;
}

function countOf(shape: Shape): number {
  if (shape.kind === "array") return shape.count;
  return shape.size;
}

/** What the annotations of one field need, once all members of its struct are known. */
export interface PendingField {
  readonly field: FieldPlan;
  readonly annotations: readonly Annotation[];
  /** The last member of the struct, through anonymous ones. */
  readonly last: boolean;
  /** Held by a union, where its length can mean nothing. */
  readonly inUnion: boolean;
}

function settleLength(plan: CompositePlan, pending: PendingField): LengthPlan | undefined {
  const annotation = annotationOf(pending.annotations, "length");
  if (annotation === undefined) return undefined;
  const where = `length=${annotation.member} on ${pending.field.cName}`;
  return { place: placeOf(plan, annotation.member, where), unit: annotation.unit };
}

function settleArray(plan: CompositePlan, pending: PendingField, itemOf: (name: string) => CompositePlan): void {
  const { field, annotations, last } = pending;
  const stride = field.bitSize === undefined ? strideOf(field.shape) : undefined;
  const truncated = annotationOf(annotations, "truncated") !== undefined;
  const list = annotationOf(annotations, "list");
  const length = settleLength(plan, pending);
  const asked = truncated || list !== undefined || length !== undefined;
  if (stride === undefined) {
    if (asked) throw new ShapeError(`${plan.cText}.${field.cName} is no array, so it has no length of its own`);
    return;
  }
  if (pending.inUnion && asked)
    throw new ShapeError(`${plan.cText}.${field.cName} is in a union and cannot vary in length`);
  const count = countOf(field.shape);
  const flexible = last && count === 0;
  if ((truncated || list !== undefined) && !last) {
    throw new ShapeError(`${plan.cText}.${field.cName} is not the last member, so its array cannot be cut`);
  }
  if (!flexible && !asked) return;
  const kind = flexible ? "flexible" : last ? "truncated" : "bounded";
  field.variable = {
    kind,
    stride,
    ...(flexible ? {} : { max: count }),
    ...(length === undefined ? {} : { length }),
    ...(list === undefined ? {} : { list: { item: listItem(plan, field, itemOf(list.item)), align: list.align } }),
  };
}

function listItem(plan: CompositePlan, field: FieldPlan, item: CompositePlan): CompositePlan {
  if (strideOf(field.shape) !== 1)
    throw new ShapeError(`${plan.cText}.${field.cName} is no array of bytes, as a list is`);
  if (item.tail?.variable?.length === undefined) {
    throw new ShapeError(
      `${item.cText} does not say how long it is, so that a list of it cannot be walked`,
      `let its last member be a flexible array with a length: @rbgen length=MEMBER`,
    );
  }
  if (item.size !== item.tail.bitOffset / 8) {
    throw new ShapeError(
      `${item.cText} has ${item.size} bytes but ${item.tail.cName} starts at ${item.tail.bitOffset / 8}, so items of a list would overlap`,
      "declare the item packed",
    );
  }
  item.nested = true;
  return item;
}

function settleDataloc(plan: CompositePlan, pending: PendingField): void {
  const annotation = annotationOf(pending.annotations, "dataloc");
  if (annotation === undefined) return;
  const { field } = pending;
  const where = `dataloc on ${field.cName}`;
  const place = placeOf(plan, field.cName, where);
  if (annotation.length === undefined && place.shape.size !== 4) {
    throw new ShapeError(`${plan.cText}.${field.cName} has ${place.shape.size} bytes; offset and length share 4`);
  }
  const blob = plan.tail;
  if (blob?.shape.kind !== "bytes" && blob?.shape.kind !== "string") {
    throw new ShapeError(
      `${plan.cText} has no trailing bytes for ${field.cName} to point into`,
      "end the struct with a flexible array of bytes",
    );
  }
  if (annotation.from !== undefined && annotation.from !== blob.cName) {
    throw new ShapeError(`${where} counts from ${annotation.from}, which is not the trailing ${blob.cName}`);
  }
  field.dataloc = {
    base: annotation.from === undefined ? 0 : blob.bitOffset / 8,
    text: annotation.text,
    ...(annotation.length === undefined ? {} : { length: placeOf(plan, annotation.length, where) }),
  };
  blob.variable = { kind: "blob", stride: 1 };
  blob.hidden = true;
  if (annotation.length !== undefined) {
    for (const other of fieldsOf(plan.nodes)) if (other.cName === annotation.length) other.hidden = true;
  }
}

/**
 * Settles what varies in length: which field ends the record, how short a sample may be, where lengths stand.
 * `itemOf` gives the struct that a list annotation names.
 */
export function settleVariable(
  plan: CompositePlan,
  fields: readonly PendingField[],
  itemOf: (name: string) => CompositePlan,
  warn: (message: string, hint: string) => void,
): void {
  for (const pending of fields) settleArray(plan, pending, itemOf);
  const last = plan.nodes.at(-1);
  if (last?.kind === "field") {
    const inner = last.shape.kind === "composite" ? last.shape.composite : undefined;
    if (inner?.tail !== undefined || inner?.tagged?.trailing === true) {
      plan.tail = last;
      plan.minByteLength = last.bitOffset / 8 + inner.minByteLength;
    } else if (last.variable !== undefined && last.variable.kind !== "bounded") {
      plan.tail = last;
      plan.minByteLength = last.bitOffset / 8;
    }
  }
  for (const pending of fields) settleDataloc(plan, pending);
  for (const { field, inUnion } of fields) {
    const { shape } = field;
    if (field === plan.tail || field.bitSize !== undefined) continue;
    if (inUnion && strideOf(shape) !== undefined && countOf(shape) === 0) {
      warn(
        `${plan.cText}.${field.cName} is a flexible array in a union: it decodes as empty, its bytes are not read`,
        "declare it as the last member of the struct",
      );
    } else if (shape.kind === "composite" && shape.composite.tail?.variable?.kind === "flexible") {
      warn(
        `${plan.cText}.${field.cName} ends in a flexible array but does not end the record: that array decodes as empty`,
        `move ${field.cName} to the end of the struct`,
      );
    }
  }
  const { tail } = plan;
  const start = (tail?.bitOffset ?? 0) / 8;
  if (tail?.variable?.kind === "flexible" && tail.variable.length === undefined && plan.size > start) {
    warn(
      `${plan.cText} has ${plan.size} bytes but ${tail.cName} starts at ${start}: in a short record its padding is read as ${tail.cName}`,
      `say which member holds the length: __attribute__((counted_by(MEMBER))), or @rbgen length=MEMBER`,
    );
  }
}
