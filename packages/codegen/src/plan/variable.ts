import type { Location } from "@rbgen/btf";
import { type Annotation, AnnotationError, annotationOf } from "./annotations.ts";
import type { CompositePlan, FieldPlan, LengthPlan, NodePlan, PlacePlan, Shape, UnionPlan } from "./model.ts";
import { type Name, named } from "./names.ts";
import { locating } from "./resolve.ts";

function* fieldsOf(nodes: readonly NodePlan[]): Generator<FieldPlan> {
  for (const node of nodes) {
    if (node.kind === "field") yield node;
    else for (const arm of node.arms) yield* fieldsOf(arm);
  }
}

/** The integer at `path` (`len`, `hdr.len`) of a composite. */
export function placeOf(plan: CompositePlan, path: string, what: string): PlacePlan {
  const names: Name[] = [];
  let offset = 0;
  let nodes = plan.nodes;
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    const found: FieldPlan | undefined = [...fieldsOf(nodes)].find((field) => field.cName === step);
    if (found === undefined) {
      const known = [...fieldsOf(nodes)].map((field) => field.cName).join(", ");
      throw new AnnotationError(`${plan.cText} has no member ${path}, which ${what} names`, `members there: ${known}`);
    }
    names.push(found.name);
    const start = offset * 8 + found.bitOffset;
    offset = Math.floor(start / 8);
    const { shape } = found;
    if (index < steps.length - 1) {
      if (shape.kind !== "composite") throw new AnnotationError(`${plan.cText}.${step} is no struct, in ${what}`);
      nodes = shape.composite.nodes;
    } else if (shape.kind === "int" || shape.kind === "enum" || shape.kind === "bool") {
      if (shape.size === 16) throw new AnnotationError(`${plan.cText}.${path} has 128 bits, too many for ${what}`);
      const bits = found.bitSize === undefined ? {} : { bits: { offset: start, size: found.bitSize } };
      return { path, names, offset, shape, ...bits };
    } else throw new AnnotationError(`${plan.cText}.${path} is no integer, which ${what} needs`);
  }
  throw new AnnotationError(`${what} names no member`);
}

function strideOf(shape: Shape): number | undefined {
  if (shape.kind === "array") return shape.stride;
  return shape.kind === "bytes" || shape.kind === "string" || shape.kind === "strings" ? 1 : undefined;
}

function countOf(shape: Shape): number {
  if (shape.kind === "array") return shape.count;
  return shape.size;
}

/** What the annotations of one field need, once all members of its struct are known. */
export interface PendingField {
  readonly field: FieldPlan;
  readonly annotations: readonly Annotation[];
  /** The last member of the struct, through anonymous ones; of a union that is last, of an arm. */
  readonly last: boolean;
  /** The last member of an arm of the union that holds it, through anonymous structs. */
  readonly endsArm: boolean;
  /** Where the member is declared, if the source tells. */
  readonly location: Location | undefined;
  /** The union that holds it, of several the outermost one. */
  readonly around?: UnionFrame;
}

/** A union while the members of its arms are opened. */
export interface UnionFrame {
  /** Bytes from the composite's start to the union's end. */
  readonly end: number;
  /** Known once all arms are. */
  union?: UnionPlan;
}

function settleLength(plan: CompositePlan, pending: PendingField): LengthPlan | undefined {
  const annotation = annotationOf(pending.annotations, "length");
  if (annotation === undefined) return undefined;
  const where = `length=${annotation.member} on ${pending.field.cName}`;
  return { place: placeOf(plan, annotation.member, where), unit: annotation.unit };
}

function settleArray(
  plan: CompositePlan,
  pending: PendingField,
  tagged: ReadonlySet<UnionPlan>,
  itemOf: (name: string) => CompositePlan,
): void {
  const { field, annotations, last, endsArm, around } = pending;
  const stride = field.bitSize === undefined ? strideOf(field.shape) : undefined;
  const truncated = annotationOf(annotations, "truncated") !== undefined;
  const list = annotationOf(annotations, "list");
  if (list !== undefined && annotationOf(annotations, "strings") !== undefined) {
    throw new AnnotationError(`${plan.cText}.${field.cName} is a list of structs, so that it cannot be strings`);
  }
  const length = settleLength(plan, pending);
  const asked = truncated || list !== undefined || length !== undefined;
  if (stride === undefined) {
    if (asked) throw new AnnotationError(`${plan.cText}.${field.cName} is no array, so it has no length of its own`);
    return;
  }
  if (asked && around?.union !== undefined && !tagged.has(around.union)) {
    throw new AnnotationError(
      `${plan.cText}.${field.cName} is in a union, whose other arms its length says nothing of`,
      "say which member tells the arms apart: @rbgen tag=MEMBER on the union",
    );
  }
  const count = countOf(field.shape);
  const start = field.bitOffset / 8;
  if (around !== undefined && count === 0 && !last && !asked) {
    // Inside of the record it has the bytes of its union; in the middle of an arm it marks a place.
    if (!endsArm) return;
    const max = stride === 0 ? 0 : Math.floor((around.end - start) / stride);
    if (max > 0) field.variable = { kind: "bounded", stride, max };
    return;
  }
  if (truncated && length === undefined && around !== undefined) {
    throw new AnnotationError(
      `${plan.cText}.${field.cName} is in a union: an array there that is sent shorter needs a length`,
      "say which member holds it: @rbgen length=MEMBER",
    );
  }
  // A length says of an array without elements of its own that they lie over the members that follow.
  const over = count === 0 && length !== undefined && around === undefined;
  const flexible = count === 0 && (last || over);
  if ((truncated || list !== undefined) && !last) {
    throw new AnnotationError(`${plan.cText}.${field.cName} is not the last member, so its array cannot be cut`);
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
    throw new AnnotationError(`${plan.cText}.${field.cName} is no array of bytes, as a list is`);
  if (item.tail?.variable?.length === undefined) {
    throw new AnnotationError(
      `${item.cText} does not say how long it is, so that a list of it cannot be walked`,
      `let its last member be a flexible array with a length: @rbgen length=MEMBER`,
    );
  }
  if (item.size !== item.tail.bitOffset / 8) {
    throw new AnnotationError(
      `${item.cText} has ${item.size} bytes but ${item.tail.cName} starts at ${item.tail.bitOffset / 8}, so items of a list would overlap`,
      "declare the item packed",
    );
  }
  if (fieldsOverlie(item)) {
    throw new AnnotationError(
      `${item.cText} holds elements that lie over what follows, so its own length does not end it`,
    );
  }
  item.nested = true;
  return item;
}

function fieldsOverlie({ nodes }: CompositePlan): boolean {
  return [...fieldsOf(nodes)].some((field) => field.overlies === true);
}

/** The bytes behind a struct that names no array for them. */
function behind(plan: CompositePlan): FieldPlan {
  if (isOpen(plan)) throw new AnnotationError(`${plan.cText} ends in a union that varies, so that no bytes follow it`);
  return {
    kind: "field",
    cName: "",
    name: named``,
    bitOffset: plan.size * 8,
    shape: { kind: "bytes", size: 0, of: "bytes" },
    declaration: "",
  };
}

function settleDataloc(plan: CompositePlan, pending: PendingField): void {
  const annotation = annotationOf(pending.annotations, "dataloc");
  if (annotation === undefined) return;
  const { field } = pending;
  const where = `dataloc on ${field.cName}`;
  const place = placeOf(plan, field.cName, where);
  if (annotation.length === undefined && (place.shape.size !== 4 || place.bits !== undefined)) {
    const size = place.bits === undefined ? `${place.shape.size} bytes` : `${place.bits.size} bits`;
    throw new AnnotationError(`${plan.cText}.${field.cName} has ${size}; offset and length share 4 bytes`);
  }
  plan.tail ??= behind(plan);
  const blob = plan.tail;
  if (blob.shape.kind !== "bytes" && blob.shape.kind !== "string") {
    throw new AnnotationError(
      `${plan.cText} ends in ${blob.cName}, so that nothing is left for ${field.cName} to point into`,
      "end the struct with a flexible array of bytes, or with no array at all",
    );
  }
  if (annotation.from !== undefined && annotation.from !== blob.cName) {
    throw new AnnotationError(`${where} counts from ${annotation.from}, which is not the trailing ${blob.cName}`);
  }
  field.dataloc = {
    base: annotation.from === undefined ? 0 : blob.bitOffset / 8,
    text: annotation.text,
    ...(annotation.length === undefined ? {} : { length: placeOf(plan, annotation.length, where) }),
  };
  const max = countOf(blob.shape);
  blob.variable = { kind: "blob", stride: 1, ...(max === 0 ? {} : { max }) };
  blob.hidden = true;
  if (annotation.length !== undefined) {
    for (const other of fieldsOf(plan.nodes)) if (other.cName === annotation.length) other.hidden = true;
  }
}

/** Whether a field at the end of a record is as long as its sample. */
function reachesEnd({ shape, variable }: FieldPlan): boolean {
  if (shape.kind === "composite") return isOpen(shape.composite);
  return variable !== undefined && variable.kind !== "bounded";
}

/** Whether a composite that ends a record is as long as its sample. */
function isOpen({ tail, tagged, nodes }: CompositePlan): boolean {
  const last = nodes.at(-1);
  const open = last?.kind === "union" && last.tails.length > 0;
  return open || tail !== undefined || tagged.some((union) => union.trailing);
}

/** The last field of each arm, through unions in unions. */
function* endsOf(arms: UnionPlan["arms"]): Generator<FieldPlan> {
  for (const arm of arms) {
    const last = arm.at(-1);
    if (last?.kind === "field") yield last;
    else if (last !== undefined) yield* endsOf(last.arms);
  }
}

/** The least bytes, from the composite's start, in which every arm of a union can be read. */
export function leastEnd(nodes: readonly NodePlan[], tails: readonly FieldPlan[]): number {
  let end = 0;
  for (const node of nodes) {
    if (node.kind === "union") {
      for (const arm of node.arms) end = Math.max(end, leastEnd(arm, tails));
      continue;
    }
    const { shape, bitOffset, bitSize } = node;
    const size = tails.includes(node) ? (shape.kind === "composite" ? shape.composite.minByteLength : 0) : shape.size;
    end = Math.max(end, bitSize === undefined ? bitOffset / 8 + size : Math.ceil((bitOffset + bitSize) / 8));
  }
  return end;
}

/** Settles which field ends the record, and so how short a sample may be. */
function settleEnd(plan: CompositePlan): void {
  const last = plan.nodes.at(-1);
  if (last?.kind === "field") {
    if (!reachesEnd(last)) return;
    plan.tail = last;
    const inner = last.shape.kind === "composite" ? last.shape.composite.minByteLength : 0;
    plan.minByteLength = last.bitOffset / 8 + inner;
  } else if (last?.kind === "union") {
    last.tails = [...endsOf(last.arms)].filter(reachesEnd);
    if (last.tails.length === 0 || plan.tagged.some(({ union }) => union === last)) return;
    plan.minByteLength = Math.max(last.offset, leastEnd([last], last.tails));
  }
}

/** The struct that a field is, or that its arrays are made of. */
function structOf(shape: Shape): CompositePlan | undefined {
  if (shape.kind === "array") return structOf(shape.element);
  return shape.kind === "composite" ? shape.composite : undefined;
}

/** Whether a composite ends in an array that nothing but the end of what holds it bounds. */
function endsUnbounded({ tail }: CompositePlan): boolean {
  if (tail?.shape.kind === "composite") return endsUnbounded(tail.shape.composite);
  return tail?.variable?.kind === "flexible" && tail.variable.length === undefined;
}

/** Structs that end in a flexible array, or in a union with one, where they end no record. */
function settleContained(
  plan: CompositePlan,
  { field, around, last, endsArm }: PendingField,
  warn: (message: string, hint: string) => void,
): void {
  const { shape } = field;
  const inner = structOf(shape);
  if (inner === undefined || field === plan.tail || (last && around !== undefined)) return;
  const flexible = inner.tail?.variable?.kind === "flexible";
  const end = inner.nodes.at(-1);
  // A union with one bounds it by itself, where nothing around it does.
  const varies = flexible || (end?.kind === "union" && end.tails.length > 0);
  if (varies && shape.kind === "composite" && around !== undefined && endsArm) {
    field.room = around.end - field.bitOffset / 8;
  } else if (endsUnbounded(inner)) {
    warn(
      `${plan.cText}.${field.cName} ends in a flexible array of unknown length but does not end the record: beyond the ${inner.size} bytes of ${inner.cText} it is read as what follows`,
      `say which member of ${inner.cText} holds the length: __attribute__((counted_by(MEMBER))), or @rbgen length=MEMBER`,
    );
  }
}

/** Whether decoding a value reads a length or an offset, which may lie. */
function readsLength({ shape, variable, dataloc }: FieldPlan): boolean {
  if (variable?.length !== undefined || dataloc !== undefined) return true;
  const inner = structOf(shape);
  return inner !== undefined && [...fieldsOf(inner.nodes)].some(readsLength);
}

/** An arm of a union that nothing tells apart is decoded whatever the bytes are. */
function warnOfUntold(
  plan: CompositePlan,
  { field, around }: PendingField,
  tagged: ReadonlySet<UnionPlan>,
  warn: (message: string, hint: string) => void,
): void {
  if (around?.union === undefined || tagged.has(around.union) || !readsLength(field)) return;
  warn(
    `${plan.cText}.${field.cName} is in a union that nothing tells apart: its length is read where another arm is meant, too, and a record in which it lies does not decode`,
    "say which member tells the arms apart: @rbgen tag=MEMBER on the union",
  );
}

/** Whether what varies at a composite's end, if anything, leaves the place of all that is beside it alone. */
function isPlain({ tail, tagged, nodes }: CompositePlan): boolean {
  const last = nodes.at(-1);
  const open = last?.kind === "union" && last.tails.length > 0;
  return tail?.variable?.kind !== "blob" && !open && !tagged.some(({ trailing }) => trailing);
}

/** Which elements may lie over the members that follow them. */
function settleOverlies(plan: CompositePlan, fields: readonly PendingField[]): void {
  const { tail } = plan;
  const plain = isPlain(plan);
  for (const { field, around } of fields) {
    const { shape, variable } = field;
    if (around !== undefined || (field === tail && shape.kind !== "array")) continue;
    const counted = variable?.kind === "flexible" && field !== tail;
    const over = counted || structOf(shape)?.overlies === true;
    if (over && plain) field.overlies = true;
    else if (counted) field.variable = { ...variable, kind: "bounded", max: 0 };
  }
  if (!plain) return;
  if (tail === undefined) plan.overlies = fields.some(({ field }) => field.overlies === true);
  else if (tail.shape.kind === "composite") plan.overlies = tail.shape.composite.overlies === true;
  else plan.overlies = tail.variable?.kind === "flexible" && tail.variable.length !== undefined;
}

/**
 * Settles what varies in length: which field ends the record, how short a sample may be, where lengths stand.
 * `tagged` are the unions whose arms a tag tells apart, `itemOf` gives the struct that a list annotation names.
 */
export function settleVariable(
  plan: CompositePlan,
  fields: readonly PendingField[],
  tagged: ReadonlySet<UnionPlan>,
  itemOf: (name: string) => CompositePlan,
  warn: (message: string, hint: string) => void,
): void {
  for (const pending of fields) {
    locating(pending.location, () => settleArray(plan, pending, tagged, itemOf));
  }
  settleEnd(plan);
  for (const pending of fields) locating(pending.location, () => settleDataloc(plan, pending));
  for (const pending of fields) settleContained(plan, pending, warn);
  for (const pending of fields) warnOfUntold(plan, pending, tagged, warn);
  settleOverlies(plan, fields);
  const end = plan.nodes.at(-1);
  const tails = plan.tail !== undefined ? [plan.tail] : end?.kind === "union" && !tagged.has(end) ? end.tails : [];
  for (const tail of tails) {
    const start = tail.bitOffset / 8;
    if (tail.variable?.kind !== "flexible" || tail.variable.length !== undefined || plan.size <= start) continue;
    warn(
      `${plan.cText} has ${plan.size} bytes but ${tail.cName} starts at ${start}: in a short record what fills it up is read as ${tail.cName}`,
      `say which member holds the length: __attribute__((counted_by(MEMBER))), or @rbgen length=MEMBER`,
    );
  }
}
