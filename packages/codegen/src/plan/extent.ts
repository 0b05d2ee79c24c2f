import { counted } from "../diagnostics/counted.ts";
import { AnnotationError, type AnnotationKind } from "./annotations.ts";
import { type LengthNames, variableOf } from "./array-length.ts";
import { type Chain, chainOf } from "./chain.ts";
import { type DataLocations, dataLocations } from "./data-location.ts";
import type {
  CompositePlan,
  Ending,
  Extent,
  FieldPlan,
  MemberPlan,
  NodePlan,
  OpenedNode,
  VariablePlan,
} from "./model.ts";
import { cutName, endsOf, fieldsOf, leastEnd, startOfTail, structOf } from "./nodes.ts";
import { isTold, type OpenedMember, type OpenedStruct } from "./opened.ts";
import { checkPieces } from "./pieces.ts";
import { checkBits } from "./present.ts";
import { locating } from "./resolve.ts";

/** A struct of which it is known how long it is. */
export interface Measured {
  readonly nodes: readonly NodePlan[];
  readonly extent: Extent;
  /** What may be read otherwise than it is meant. */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly message: string;
  readonly hint: string;
}

type Variables = ReadonlyMap<MemberPlan, VariablePlan>;

/** What ends a struct: a field that reaches the end of its sample, or such fields in the arms of a union. */
interface LastMembers {
  readonly tail?: MemberPlan;
  readonly tails: readonly MemberPlan[];
  readonly minByteLength: number;
}

/** Whether a field at the end of a record is as long as its sample. */
function reaches(field: MemberPlan, variables: Variables): boolean {
  if (field.shape.kind === "composite") return field.shape.composite.extent.endsOpen;
  const variable = variables.get(field);
  return variable !== undefined && variable.kind !== "bounded";
}

function lastMembers({ nodes, size, told }: OpenedStruct, variables: Variables, chain: Chain | undefined): LastMembers {
  const last = nodes.at(-1);
  if (chain !== undefined && last?.kind === "field") {
    return { tail: last, tails: [], minByteLength: chain[0].field.bitOffset / 8 };
  }
  if (last?.kind === "field" && reaches(last, variables)) {
    const inner = last.shape.kind === "composite" ? last.shape.composite.extent.minByteLength : 0;
    return { tail: last, tails: [], minByteLength: last.bitOffset / 8 + inner };
  }
  const tails = last?.kind === "union" ? endsOf(last.arms).filter((field) => reaches(field, variables)) : [];
  const arms = told.find(({ union }) => union === last);
  if (arms !== undefined) return { tails, minByteLength: arms.trailing ? arms.union.offset : size };
  if (last?.kind !== "union" || tails.length === 0) return { tails, minByteLength: size };
  return { tails, minByteLength: Math.max(last.offset, leastEnd([last], tails)) };
}

/** A struct whose ends are known, while its members are looked at. */
interface Ends {
  readonly struct: OpenedStruct;
  readonly last: LastMembers;
  readonly locations: DataLocations | undefined;
  readonly tail: MemberPlan | undefined;
  readonly variables: Variables;
  /** The fields behind each other that end it, as far as they are settled. */
  readonly links: ReadonlyMap<MemberPlan, Chain[number]>;
  readonly settled: (field: MemberPlan) => FieldPlan;
  /** What varies at its end, if anything, leaves the place of all that is beside it alone. */
  readonly plain: boolean;
}

/** Bytes of a struct at the end of an arm that varies in length, where the union around it bounds it. */
function roomOf({ tail }: Ends, { field, around, last, endsArm }: OpenedMember): number | undefined {
  const { shape } = field;
  if (shape.kind !== "composite" || field === tail || around === undefined || last || !endsArm) return undefined;
  const { ending } = shape.composite.extent;
  // A union with one bounds it by itself, where nothing around it does.
  const varies = ending.tail?.variable?.kind === "flexible" || ending.kind === "arms";
  return varies ? around.end - field.bitOffset / 8 : undefined;
}

/** Whether elements of a field may lie over the members that follow it. */
function liesOver({ tail, variables, links, plain }: Ends, { field, around }: OpenedMember): boolean {
  if (!plain || links.has(field) || around !== undefined || (field === tail && field.shape.kind !== "array"))
    return false;
  const counted = variables.get(field)?.kind === "flexible" && field !== tail;
  return counted || structOf(field.shape)?.extent.overlies === true;
}

/** How an array varies: where what follows it has no place of its own, elements that lie there are none. */
function variableIn({ tail, variables, plain }: Ends, { field, around }: OpenedMember): VariablePlan | undefined {
  const variable = variables.get(field);
  if (variable?.kind !== "flexible" || plain || around !== undefined || field === tail) return variable;
  return { ...variable, kind: "bounded", max: 0 };
}

function fieldOf(ends: Ends, member: OpenedMember): FieldPlan {
  const { field } = member;
  const { last, locations, tail, links, settled } = ends;
  const after = links.get(field)?.after;
  const variable = variableIn(ends, member);
  const pieces = variable?.pieces;
  const dataloc = locations?.located.get(field);
  const room = roomOf(ends, member);
  const own = variable?.kind === "bounded" ? (variable.max ?? 0) * variable.stride : field.shape.size;
  return {
    ...field,
    ...(variable === undefined ? {} : { variable }),
    ...(dataloc === undefined ? {} : { dataloc }),
    ...(room === undefined ? {} : { room }),
    ...(after === undefined ? {} : { after: { field: settled(after.field), align: after.align } }),
    ...(pieces === undefined ? {} : { pieces: { ...pieces, lengths: settled(pieces.lengths) } }),
    fixed: room ?? own,
    reachesEnd: field === tail || links.has(field) || last.tails.includes(field),
    overlies: liesOver(ends, member),
    hidden: field.skipped === true || locations?.hidden.has(field) === true,
  };
}

function overlies(plain: boolean, { tail, chain }: Ending, overlying: readonly FieldPlan[]): boolean {
  if (!plain || chain !== undefined) return false;
  if (tail === undefined) return overlying.length > 0;
  if (tail.shape.kind === "composite") return tail.shape.composite.extent.overlies;
  return tail.variable?.kind === "flexible" && tail.variable.length !== undefined;
}

function truncates(ending: Ending): boolean {
  const { tail } = ending;
  if (tail?.shape.kind === "composite") return tail.shape.composite.extent.endsTruncated;
  const { variable } = tail ?? {};
  if (variable?.kind === "truncated" || (variable?.kind === "blob" && variable.max !== undefined)) return true;
  // What fills up a struct would be read as the rest that it ends in, wherever that begins.
  if (ending.chain !== undefined && variable !== undefined && !tellsLength(variable)) return true;
  return ending.kind === "tail" && endsClamped(ending);
}

/** Whether a field, or the last item of a list, may be cut where what holds it ends. */
function clamps({ shape, variable }: FieldPlan): boolean {
  if (shape.kind === "composite" && variable === undefined) return shape.composite.extent.endsClamped;
  if (variable === undefined || variable.kind === "bounded") return false;
  return cutName({ variable }) !== undefined || variable.list?.item.extent.endsClamped === true;
}

function endsClamped(ending: Ending): boolean {
  if (ending.kind === "arms") return ending.tails.some(clamps);
  return ending.kind === "tail" && (ending.chain ?? [ending.tail]).some(clamps);
}

function fixedEnd(size: number, ending: Ending): number {
  if (ending.kind !== "tail") return ending.open?.offset ?? size;
  const { shape, variable } = ending.tail;
  const inner = shape.kind === "composite" && variable === undefined ? shape.composite.extent.fixedEnd : 0;
  return startOfTail(ending) + inner;
}

/** Whether a composite ends in an array that nothing but the end of what holds it bounds. */
function endsUnbounded({ extent }: CompositePlan): boolean {
  const { tail } = extent.ending;
  if (tail?.shape.kind === "composite") return endsUnbounded(tail.shape.composite);
  return tail?.variable?.kind === "flexible" && !tellsLength(tail.variable);
}

/** Whether members say how long an array is. */
function tellsLength({ length, present, pieces }: VariablePlan): boolean {
  return length !== undefined || present !== undefined || pieces !== undefined;
}

/** Whether decoding a value reads a length or an offset, which may lie. */
function readsLength({ shape, variable, dataloc }: FieldPlan): boolean {
  if (variable?.length !== undefined || variable?.pieces !== undefined || dataloc !== undefined) return true;
  const inner = structOf(shape);
  return inner !== undefined && fieldsOf(inner.nodes).some(readsLength);
}

/** Structs that end in a flexible array, where they end no record and no union bounds them. */
function warnOfUnbounded({ cText }: OpenedStruct, { last, around }: OpenedMember, field: FieldPlan): Warning[] {
  const inner = structOf(field.shape);
  if (inner === undefined || field.room !== undefined || (last && around !== undefined)) return [];
  if ((field.reachesEnd && around === undefined) || !endsUnbounded(inner)) return [];
  return [
    {
      message: `${cText}.${field.cName} ends in a flexible array of unknown length but does not end the record: beyond the ${counted(inner.size, "byte")} of ${inner.cText} it is read as what follows`,
      hint: `say which member of ${inner.cText} holds the length: __attribute__((counted_by(MEMBER))), or @rbgen length=MEMBER`,
    },
  ];
}

/** An arm of a union that nothing tells apart is decoded whatever the bytes are. */
function warnOfUntold(struct: OpenedStruct, { around }: OpenedMember, field: FieldPlan): Warning[] {
  if (around === undefined || isTold(struct, around) || !readsLength(field)) return [];
  return [
    {
      message: `${struct.cText}.${field.cName} is in a union that nothing tells apart: its length is read where another arm is meant, too, and a record in which it lies does not decode`,
      hint: "say which member tells the arms apart: @rbgen tag=MEMBER on the union",
    },
  ];
}

/** Items of a list lie over nothing. */
function checkList(
  { cText }: OpenedStruct,
  { field, last }: OpenedMember,
  variables: Variables,
  links: ReadonlyMap<MemberPlan, unknown>,
): void {
  if (variables.get(field)?.list === undefined || last || links.has(field)) return;
  throw new AnnotationError(
    `${cText}.${field.cName} is a list with members behind it, of which nothing says where they begin`,
    "let it be the last member, or say of those behind it what each stands behind: @rbgen after=MEMBER",
  );
}

/** Annotations that say how a property is told, of what has none. */
const ofProperties: ReadonlySet<AnnotationKind> = new Set([
  "name",
  "string",
  "strings",
  "bytes",
  "enum",
  "flags",
  "format",
]);

/**
 * What data-loc members point into, and the lengths beside their offsets, are told by these alone; compilers may know the length
 * of the former, by `counted_by`.
 */
function checkHidden({ cText }: OpenedStruct, members: readonly OpenedMember[], { blob, hidden }: DataLocations): void {
  for (const { field, annotations, location } of members) {
    if (!hidden.has(field)) continue;
    const said = annotations.find((one) => {
      if (ofProperties.has(one.kind)) return true;
      if (field !== blob) return false;
      return one.kind === "lengths" || one.kind === "list" || (one.kind === "length" && one.compilers !== true);
    });
    if (said === undefined) continue;
    locating(location, () => {
      throw new AnnotationError(`${said.kind} on ${cText}.${field.cName} means nothing: it has no property of its own`);
    });
  }
}

/** What ends in arrays behind each other has nothing behind it. */
function checkChained({ cText }: OpenedStruct, { field, last }: OpenedMember, { tail, last: ends }: Ends): void {
  const inner = structOf(field.shape);
  if (inner?.extent.chained !== true) return;
  const ending = field.shape.kind === "composite" && (field === tail || (last && ends.tails.includes(field)));
  if (ending) return;
  throw new AnnotationError(
    `${cText}.${field.cName} ends in arrays behind each other, so that no place behind it is known`,
    `let it be the last member, or a list of them: @rbgen list=${inner.cName}`,
  );
}

function warnOfFill({ cText, size }: OpenedStruct, { variable, bitOffset, cName, after }: FieldPlan): Warning[] {
  const start = bitOffset / 8;
  if (after !== undefined || variable?.kind !== "flexible" || tellsLength(variable) || size <= start) return [];
  return [
    {
      message: `${cText} has ${counted(size, "byte")} but ${cName} starts at ${start}: in a short record what fills it up is read as ${cName}`,
      hint: `say which member holds the length: __attribute__((counted_by(MEMBER))), or @rbgen length=MEMBER`,
    },
  ];
}

/**
 * How long a struct and each of its members is: which field ends the record, how short a sample may be, where lengths stand.
 * All that asks for it later reads this answer. `itemOf` gives the struct that a list annotation names, or one of several.
 * @throws AnnotationError for annotations that do not fit.
 */
export function extentOf(
  struct: OpenedStruct,
  members: readonly OpenedMember[],
  itemOf: (names: readonly string[]) => CompositePlan,
  names: LengthNames,
): Measured {
  const arrays = new Map<MemberPlan, VariablePlan>();
  for (const member of members) {
    const variable = locating(member.location, () => variableOf(struct, member, itemOf, names));
    if (variable !== undefined) arrays.set(member.field, variable);
  }
  checkBits(arrays.values());
  const chain = chainOf(struct, members, arrays);
  const links = new Map(chain?.map((link) => [link.field, link]));
  for (const member of members) locating(member.location, () => checkList(struct, member, arrays, links));
  const isChained = (field: MemberPlan) => links.has(field);
  for (const member of members) locating(member.location, () => checkPieces(struct, member, arrays, isChained));
  const last = lastMembers(struct, arrays, chain);
  const trails = struct.told.some(({ trailing }) => trailing);
  const opens = last.tails.length > 0 || trails;
  const locations = dataLocations(struct, members, last.tail, opens);
  if (locations !== undefined && chain !== undefined) {
    throw new AnnotationError(
      `${struct.cText} ends in arrays behind each other, so that no bytes follow for a dataloc`,
    );
  }
  if (locations !== undefined) checkHidden(struct, members, locations);
  const variables = locations === undefined ? arrays : new Map([...arrays, [locations.blob, locations.variable]]);
  const tail = locations?.blob ?? last.tail;
  const fields = new Map<MemberPlan, FieldPlan>();
  const plain = locations === undefined && !opens;
  const byField = new Map(members.map((member) => [member.field, member]));
  if (tail !== undefined && !byField.has(tail)) {
    // Bytes behind the struct, which are no member.
    byField.set(tail, { field: tail, annotations: [], last: true, endsArm: false, location: undefined });
  }
  // One that others are told by is settled before them.
  const settled = (field: MemberPlan): FieldPlan => {
    const known = fields.get(field);
    if (known !== undefined) return known;
    const member = byField.get(field);
    if (member === undefined) throw new Error(`${struct.cText} has no member ${field.cName}`);
    const found = fieldOf(ends, member);
    fields.set(field, found);
    return found;
  };
  const ends: Ends = { struct, last, locations, tail, variables, links, settled, plain };
  for (const member of members) locating(member.location, () => checkChained(struct, member, ends));
  const finished = (nodes: readonly OpenedNode[]): NodePlan[] =>
    nodes.map((node) => (node.kind === "field" ? settled(node) : { ...node, arms: node.arms.map(finished) }));

  const nodes = finished(struct.nodes);
  const end = nodes.at(-1);
  const tails = last.tails.map(settled);
  // What no tag is known of is as long as its sample, too, and an item of a list as its arm, however long the others are.
  const told = struct.told.some(({ union, trailing }) => trailing && union === struct.nodes.at(-1));
  const ending: Ending =
    tail !== undefined
      ? {
          kind: "tail",
          tail: settled(tail),
          ...(chain === undefined ? {} : { chain: chain.map(({ field }) => settled(field)) }),
        }
      : end?.kind === "union" && (tails.length > 0 || told)
        ? { kind: "arms", open: end, tails }
        : { kind: "fixed" };
  const overlying = fieldsOf(nodes).filter((field) => field.overlies);
  const hasLength = ending.kind !== "fixed" || overlying.length > 0;
  const extent: Extent = {
    ending,
    minByteLength: last.minByteLength,
    fixedEnd: fixedEnd(struct.size, ending),
    endsOpen: ending.kind !== "fixed" || trails,
    hasLength,
    readsToEnd: hasLength || trails,
    endsTruncated: truncates(ending),
    endsClamped: endsClamped(ending),
    chained: chain !== undefined || (tail?.shape.kind === "composite" && tail.shape.composite.extent.chained),
    overlying,
    overlies: overlies(ends.plain, ending, overlying),
  };
  const untold = struct.told.every(({ union }) => union !== struct.nodes.at(-1));
  const filling = ending.tail !== undefined ? [ending.tail] : untold ? tails : [];
  const warnings = [
    ...members.flatMap((member) => warnOfUnbounded(struct, member, settled(member.field))),
    ...members.flatMap((member) => warnOfUntold(struct, member, settled(member.field))),
    ...filling.flatMap((field) => warnOfFill(struct, field)),
  ];
  return { nodes, extent, warnings };
}
