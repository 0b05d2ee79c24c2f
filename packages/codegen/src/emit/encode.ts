import type { CompositePlan, FieldPlan, NodePlan, Role } from "../plan/model.ts";
import { fieldsOf, startOfTail } from "../plan/nodes.ts";
import { outerTagOf } from "../plan/outer-tag.ts";
import { binary, block, type Code, code, local, mentions, quote } from "./code.ts";
import {
  type EmitContext,
  givenLine,
  hasMember,
  innerScope,
  inputType,
  isRecord,
  lengthName,
  readType,
  roleOf,
  taggedOf,
  use,
} from "./context.ts";
import { countLines } from "./counts.ts";
import { type FunctionDeclarationStructure, type ParameterDeclarationStructure, parametersOf } from "./declaration.ts";
import { heldLines, openBytes, sequenceLines, tellsWholly, zeroLines } from "./encode-sequence.ts";
import { taggedLines } from "./encode-tagged.ts";
import {
  countedEnd,
  derivedLengths,
  derivedLines,
  elementLines,
  gapLine,
  openLines,
  tailLines,
  used,
} from "./encode-variable.ts";
import { isToldWithin } from "./held-tags.ts";
import { isLeftOut, ownProperty, placeLiteral, storeLiteral, tagTold } from "./places.ts";
import { byteLength, here, memberOf, minus, plus, value } from "./span.ts";
import { proofOf } from "./struct-proof.ts";

const { view, base: offset, end: sampleEnd } = here;

/** What is given, where `value` is what was made of it. */
const given = local("input");

function isTagged(composite: CompositePlan, node: NodePlan): boolean {
  return node.kind === "union" && taggedOf(composite, node) !== undefined;
}

/** The member that is the tag of a stream's variant, where it is stored as any integer: left out, it says its variant. */
function tagField({ nodes }: CompositePlan, variant: Role["variant"]): FieldPlan | undefined {
  const name = variant === undefined ? undefined : ownProperty(variant.tag);
  if (name === undefined) return undefined;
  const field = nodes.find((node) => node.kind === "field" && node.name === name);
  if (field?.kind !== "field" || field.bitSize !== undefined) return undefined;
  return field.shape.kind === "int" || (field.shape.kind === "enum" && field.shape.size < 8 && !field.shape.wide)
    ? field
    : undefined;
}

/** A body in two parts: what is counted first, and what is written then. */
interface BodyLines {
  readonly counts: readonly Code[];
  readonly lines: readonly Code[];
}

/** Statements that write a composite; `settles` is the field by which its length is already known. */
function bodyLines(context: EmitContext, composite: CompositePlan, settles?: FieldPlan): BodyLines {
  const { ending } = composite.extent;
  const { tail, open } = ending;
  const { variant } = roleOf(context, composite);
  const inner = tail?.shape.kind === "composite" && tail.variable === undefined ? tail.shape.composite : undefined;
  const cut = composite.extent.endsTruncated || inner !== undefined;
  const byKind = open !== undefined && taggedOf(composite, open) !== undefined;
  const end = cut && ending.kind === "tail" ? startOfTail(ending) : byKind ? open.offset : composite.size;
  const scope = innerScope(context, [view, offset, byteLength, value, used, sampleEnd, given, openBytes]);
  const untold = composite.nodes.filter((node) => !isTagged(composite, node));
  const counts = countLines(context, composite, untold, scope, settles);
  const derived = derivedLengths(context, untold);
  const tag = tagField(composite, variant);
  const [first] = variant?.values ?? [];
  const free = tag !== undefined && !derived.has(tag) && tellsWholly(composite, tag) === undefined;
  const storesTag = variant !== undefined && free && first !== undefined;
  if (storesTag) derived.set(tag, placeLiteral(variant.tag, first));
  const stored = new Set([...derived.keys()].map((node) => (node.kind === "field" ? node.name : "")));
  const lines = [
    ...sequenceLines(context, composite, composite.nodes, 0, end, scope, derived),
    ...composite.tagged.flatMap((tagged) => taggedLines(context, composite, tagged, scope, derived)),
    ...heldLines(context, composite),
    ...(open === undefined || byKind ? [] : openLines(context, composite, openBytes)),
    ...(inner === undefined || inner.extent.hasLength ? [] : zeroLines(context, end + inner.size, composite.size)),
    ...tailLines(context, composite, settles !== undefined),
    ...derivedLines(context, composite, fieldsOf(untold), stored),
    // What it may say is for those to look at that know the others.
    ...(variant === undefined || first === undefined || storesTag || isToldWithin(composite, variant.tag)
      ? []
      : [code`if (${isLeftOut(variant.tag)}) ${storeLiteral(context, variant.tag, here, first)}`]),
    ...composite.extent.overlying.flatMap((field) => elementLines(context, composite, field)),
  ];
  return { counts, lines };
}

/** The function that writes a contained struct; what holds it has zeroed the bytes that it may leave out. */
export function writeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const { tail } = composite.extent.ending;
  const varies = composite.extent.hasLength;
  const { counts, lines } = bodyLines(context, composite);
  // What holds it zeroes the rest; its own encoder does not.
  const gap = isRecord(context, composite) && tail !== undefined && leavesNothing(context, composite);
  const proof = proofOf(composite);
  const members = code`${use(context, "members")}(${given})`;
  const told = proof === undefined ? members : code`${hasMember(given, proof)} ? ${given} : ${members}`;
  const body = [...counts, ...lines, ...(gap ? [gapLine(context, composite, tail)] : [])];
  // Of a struct whose members have no names, nothing is read.
  const taken = mentions(block(body), value) > 0 ? code`const ${value} = ${told};` : code`${members};`;
  const statements = block([taken, ...body]);
  const parameters = [
    { name: given, type: code`${readType(context, composite)} | undefined` },
    { name: view, type: code`DataView` },
    { name: offset, type: code`number` },
    ...(varies ? [{ name: sampleEnd, type: code`number` }] : []),
    ...(outerTagOf(composite) === undefined ? [] : [{ name: tagTold, type: code`boolean` }]),
  ];
  return {
    kind: context.kinds.Function,
    name: names.write,
    parameters: parametersOf(parameters, statements),
    returnType: code`void`,
    statements,
  };
}

/** Whether every byte of a record is written by statements of its own. */
function leavesNothing(context: EmitContext, composite: CompositePlan): boolean {
  const { ending, overlies, overlying, endsTruncated } = composite.extent;
  const { tail, open, chain } = ending;
  const { nested } = roleOf(context, composite);
  // Padding between arrays is written by none of them.
  if (chain !== undefined) return false;
  if (open !== undefined || overlying.length > 0) return false;
  if (tail === undefined) return true;
  if (tail.shape.kind === "composite" || (nested && overlies)) return false;
  return endsTruncated || tail.bitOffset / 8 >= composite.size;
}

/** What every exported encoder takes. */
export function encodeParameters(input: Code, name: Code = value): ParameterDeclarationStructure[] {
  return [
    { name, type: input },
    { name: view, type: code`DataView` },
    { name: offset, initializer: code`0` },
  ];
}

/** Statements of a record that is written by the function which writes it where others hold it. */
function nestedLines(context: EmitContext, composite: CompositePlan): Code[] {
  const { names } = composite;
  if (!composite.extent.hasLength) return [code`${names.write}(${value}, ${view}, ${offset});`];
  const from = composite.extent.fixedEnd;
  const zeros = leavesNothing(context, composite)
    ? []
    : [code`${use(context, "zero")}(${view}, ${plus(offset, from)}, ${minus(byteLength, from)});`];
  return [...zeros, code`${names.write}(${value}, ${view}, ${offset}, ${binary("+", offset, byteLength)});`];
}

/** Statements of any other record, with the lines that settle its length. */
function ownLines(context: EmitContext, composite: CompositePlan, room: Code, length: Code): Code[] {
  const { tail } = composite.extent.ending;
  const varies = composite.extent.hasLength;
  const settles = varies && leavesNothing(context, composite) ? tail : undefined;
  const { counts, lines } = bodyLines(context, composite, settles);
  const asksEnd = mentions(block([...counts, ...lines]), sampleEnd) > 0;
  const ends = asksEnd ? [code`const ${sampleEnd} = ${binary("+", offset, byteLength)};`] : [];
  if (settles !== undefined) {
    // The length is that of what was counted, so that no byte of it is left over.
    const counted = code`const ${byteLength} = ${countedEnd(context, composite, settles)};`;
    return [...counts, counted, room, ...ends, ...lines];
  }
  if (!varies) return [room, ...counts, ...lines];
  const from = composite.extent.fixedEnd;
  const zeros = code`${use(context, "zero")}(${view}, ${plus(offset, from)}, ${minus(byteLength, from)});`;
  return [length, room, ...ends, zeros, ...counts, ...lines];
}

/** The line that refuses a variant which is given as another one. */
function variantLines(context: EmitContext, composite: CompositePlan): Code[] {
  const { variant } = roleOf(context, composite);
  if (variant === undefined) return [];
  const named = memberOf(variant.kindName);
  const why = quote(`is not the kind of ${composite.cName}`);
  const other = binary("&&", binary("!==", named, code`undefined`), binary("!==", named, quote(variant.kind)));
  return [code`if (${other}) ${use(context, "outOfRange")}(${quote(variant.kindName)}, ${named}, ${why});`];
}

/** The exported encoder of a record. */
export function encodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names, cName, size, tagged } = composite;
  const { nested } = roleOf(context, composite);
  const variable = composite.extent.hasLength;
  const bytes = variable ? byteLength : code`${size}`;
  const room = code`${use(context, "checkRoom")}(${quote(cName)}, ${view}, ${offset}, ${bytes});`;
  const length = code`const ${byteLength} = ${lengthName(context, composite)}(${value});`;
  const untyped = tagged.length > 0 && !nested;
  const own = variantLines(context, composite);
  const lines = [
    givenLine(context, cName, untyped ? given : value, proofOf(composite)),
    ...(untyped ? [code`const ${value}: ${readType(context, composite)} = ${given};`] : []),
    ...own,
    ...(nested
      ? [...(variable ? [length] : []), room, ...nestedLines(context, composite)]
      : ownLines(context, composite, room, length)),
    code`return ${bytes};`,
  ];
  return {
    kind: context.kinds.Function,
    name: names.encode,
    isExported: true,
    docs: [code`Writes \`${untyped ? "input" : "value"}\` at \`offset\`, padding as zeros; returns the bytes written.`],
    parameters: parametersOf(encodeParameters(inputType(context, composite), untyped ? given : value), block(lines)),
    returnType: code`number`,
    statements: block(lines),
  };
}
