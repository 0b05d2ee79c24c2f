import type { CompositePlan, FieldPlan, Shape, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import { type Name, named, type Scope } from "../plan/names.ts";
import { binary, block, type Code, code, commentText, join, local, mentions, operand, quote } from "./code.ts";
import { type EmitContext, givenLine, innerScope, lengthName, readType, taggedOf, use } from "./context.ts";
import { blobCount, limitedCount, locatedFields } from "./counts.ts";
import { isCutBefore } from "./cut.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { kindLines, noKind } from "./kinds.ts";
import { lengthsLines } from "./pieces.ts";
import { memberOf, minus, plus, times, value } from "./span.ts";
import { offsetBehind } from "./starts.ts";

function sum(start: number, bytes: Code): Code {
  return start === 0 ? operand(bytes) : binary("+", code`${start}`, bytes);
}

/** An expression, and what stands before it. */
interface Length {
  readonly lines: readonly Code[];
  readonly bytes: Code;
}

/** The bytes of a struct that varies in length, in a local: its errors are told with its own name before theirs. */
function innerLength(
  context: EmitContext,
  field: FieldPlan,
  inner: CompositePlan,
  scope: Scope,
  whole: Code = code``,
): Length {
  const bytes = scope.take(named`${field.name}Length`);
  const given = code`${use(context, "members")}(${memberOf(field.name)})`;
  const lines = [
    code`let ${bytes}: number;`,
    code`try {`,
    code`  ${bytes} = ${lengthName(context, inner)}(${given}${whole});`,
    code`} catch (error) {`,
    code`  throw ${use(context, "within")}(error, ${quote(field.name)});`,
    code`}`,
  ];
  return { lines, bytes };
}

/** What a struct that ends in arms takes with an arm of one size: its own, or that up to the end of what it ends. */
const whole = local("whole");

/** Whether what ends a composite, or what ends that, is a union whose arms a tag tells apart. */
function endsInArms(composite: CompositePlan): boolean {
  const { open, tail } = composite.extent.ending;
  if (open !== undefined) return taggedOf(composite, open) !== undefined;
  return tail?.shape.kind === "composite" && tail.variable === undefined && endsInArms(tail.shape.composite);
}

/** Whether a struct that ends in arms ends another one in which padding follows it: an arm of one size is sent with that. */
function isPadded(context: EmitContext, inner: CompositePlan): boolean {
  return context.plan.composites.some((holder) => {
    const { tail } = holder.extent.ending;
    if (tail?.shape.kind !== "composite" || tail.variable !== undefined || tail.shape.composite !== inner) return false;
    return tail.bitOffset / 8 + inner.size < holder.size || isPadded(context, holder);
  });
}

/** The bytes, from the composite's start, up to the end of a field that is as long as its value. */
function endOf(context: EmitContext, composite: CompositePlan, tail: FieldPlan, scope: Scope): Length {
  const { shape, variable } = tail;
  const start = tail.bitOffset / 8;
  if (variable?.kind === "blob") {
    const [first = code`0`, ...others] = locatedFields(composite).map((field) => blobCount(context, field));
    const all = binary("+", first, ...others);
    const { max } = variable;
    if (max === undefined) return { lines: [], bytes: sum(start, all) };
    const limited = code`${use(context, "atMost")}(${all}, ${max}, ${value}, ${quote(tail.name)})`;
    return { lines: [], bytes: sum(start, limited) };
  }
  if (shape.kind === "composite") {
    const { composite: inner } = shape;
    if (!inner.extent.hasLength) return { lines: [], bytes: sum(start, code`${inner.size}`) };
    const padded = endsInArms(inner) && tail === composite.extent.ending.tail && isPadded(context, inner);
    const size = isPadded(context, composite) ? minus(whole, start) : code`${composite.size - start}`;
    const { lines, bytes } = innerLength(context, tail, inner, scope, padded ? code`, ${size}` : code``);
    return { lines, bytes: sum(start, bytes) };
  }
  return { lines: [], bytes: sum(start, times(limitedCount(context, tail), variable?.stride ?? 1)) };
}

/** An expression for the bytes that a union's own take, up to their end. */
function bytesEnd(context: EmitContext, union: UnionPlan): Code {
  const { bytesName } = union;
  return sum(union.offset, code`${use(context, "countBytes")}(${memberOf(bytesName)}, ${quote(bytesName)})`);
}

function greatest(lengths: readonly Code[]): Code {
  const [only = code`0`, ...more] = lengths;
  return more.length === 0 ? only : code`Math.max(${join(lengths, code`, `)})`;
}

/**
 * Lines that give the length by the kind of a tagged union that ends the composite: a variant that varies is as long as its arm, and
 * as an item of a list any other one, too, but for what is unknown, which says of no item where it ends.
 */
function lengthByKind(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  scope: Scope,
  item = false,
): Code[] {
  const { union } = tagged;
  const kind = scope.take(named`kind`);
  const lines = [...kindLines(context, composite, tagged, kind), code`switch (${kind}) {`];
  const fixed = tagged.variants.filter(({ tails }) => tails.length === 0);
  const sized = item ? [] : fixed;
  if (item) {
    for (const { kind: name, least } of fixed) lines.push(code`  case ${quote(name)}:`, code`    return ${least};`);
  }
  const why = quote("says of no item how long it is");
  const unknownLength = (): Code =>
    item ? code`${use(context, "outOfRange")}(${quote(tagged.kindName)}, ${kind}, ${why})` : bytesEnd(context, union);
  for (const variant of tagged.variants) {
    if (variant.tails.length === 0) continue;
    const ends = variant.tails.map((tail) => endOf(context, composite, tail, scope));
    const before = ends.flatMap((end) => end.lines);
    const length = greatest(ends.map(({ bytes }) => bytes));
    const braces = before.length > 0;
    lines.push(
      code`  case ${quote(variant.kind)}:${braces ? " {" : ""}`,
      ...[...before, code`return ${length};`].map((line) => code`    ${line}`),
      ...(braces ? [code`  }`] : []),
    );
  }
  const size = isPadded(context, composite) ? whole : code`${composite.size}`;
  const untold = item
    ? code`${use(context, "outOfRange")}(${quote(tagged.kindName)}, ${kind}, ${quote("is left out, and nothing is given of an arm, so that nothing says how long the item is")})`
    : size;
  return [
    ...lines,
    ...(tagged.unknown === undefined
      ? []
      : [code`  case ${quote(tagged.unknown.kind)}:`, code`    return ${unknownLength()};`]),
    ...sized.map((variant) => code`  case ${quote(variant.kind)}:`),
    code`  case undefined:`,
    code`    return ${untold};`,
    code`  default:`,
    code`    return ${noKind(context, composite, tagged, kind)}`,
    code`}`,
  ];
}

/** The function that gives the bytes of a tagged item of a list: as many as its arm has. */
export function itemLengthFunction(
  context: EmitContext,
  item: CompositePlan,
  name: Name,
): FunctionDeclarationStructure {
  const { open } = item.extent.ending;
  const tagged = open === undefined ? undefined : taggedOf(item, open);
  if (tagged === undefined) throw new Error(`${item.cName} has no arms`);
  const scope = innerScope(context, [value]);
  return {
    kind: context.kinds.Function,
    name,
    parameters: [{ name: value, type: readType(context, item) }],
    returnType: code`number`,
    statements: block([givenLine(context, item.cName), ...lengthByKind(context, item, tagged, scope, true)]),
  };
}

/** How structs lie in arrays of arrays: bytes from one to the next, of the outermost array first. */
function innermost(shape: Shape): { composite?: CompositePlan; strides: readonly number[] } {
  if (shape.kind === "array") {
    const { composite, strides } = innermost(shape.element);
    return { ...(composite === undefined ? {} : { composite }), strides: [shape.stride, ...strides] };
  }
  return shape.kind === "composite" ? { composite: shape.composite, strides: [] } : { strides: [] };
}

/** The bytes, from the composite's start, up to the end of elements that may lie over what follows. */
function elementEnds(context: EmitContext, field: FieldPlan, scope: Scope): Length[] {
  const { shape, variable, name } = field;
  const at = field.bitOffset / 8;
  const ends: Length[] = [];
  if (variable?.kind === "flexible")
    ends.push({ lines: [], bytes: plus(times(limitedCount(context, field), variable.stride), at) });
  const { composite, strides } = innermost(shape);
  if (composite?.extent.overlies !== true) return ends;
  if (strides.length === 0) {
    const { lines, bytes } = innerLength(context, field, composite, scope);
    return [...ends, { lines, bytes: plus(bytes, at) }];
  }
  const own = code`[${join(
    strides.map((stride) => code`${stride}`),
    code`, `,
  )}]`;
  const end = code`${use(context, "endOfElements")}(${memberOf(name)}, ${own}, ${lengthName(context, composite)}, ${quote(name)})`;
  return [...ends, { lines: [], bytes: plus(end, at) }];
}

/** Lines that give the length up to the last of arrays behind each other. */
function chainLines(context: EmitContext, composite: CompositePlan, chain: readonly FieldPlan[], scope: Scope): Code[] {
  const lines: Code[] = [];
  let before: Code | undefined;
  let end = code`0`;
  for (const field of chain) {
    let start = code`${field.bitOffset / 8}`;
    if (before !== undefined) {
      start = scope.take(named`${field.name}At`);
      context.starts.set(field, start);
    }
    const count = scope.take(named`${field.name}Count`);
    const counted = code`const ${count} = ${limitedCount(context, field)};`;
    const cut = isCutBefore(context, field);
    const found =
      before === undefined ? [] : [code`const ${start} = ${offsetBehind(context, field, before, count, cut)};`];
    // A text may be told to count from the start; where a part or an array behind what is cut begins depends on whether it is there.
    lines.push(
      ...(field.variable?.present === undefined && cut === undefined ? [...found, counted] : [counted, ...found]),
    );
    before = count;
    end = binary("+", start, times(count, field.variable?.stride ?? 1));
  }
  const whole = composite.extent.endsTruncated ? end : greatest([code`${composite.size}`, end]);
  return [...lines, code`return ${whole};`];
}

function lengthLines(context: EmitContext, composite: CompositePlan, scope: Scope): Code[] {
  const { size } = composite;
  const { ending } = composite.extent;
  const { tail } = ending;
  if (ending.kind === "arms") {
    const { open } = ending;
    const tagged = taggedOf(composite, open);
    if (tagged !== undefined) return lengthByKind(context, composite, tagged, scope);
    const ends = ending.tails.map((field) => endOf(context, composite, field, scope));
    const all = [code`${size}`, bytesEnd(context, open), ...ends.map(({ bytes }) => bytes)];
    return [...ends.flatMap(({ lines }) => lines), code`return ${greatest(all)};`];
  }
  if (ending.kind === "tail" && ending.chain !== undefined) return chainLines(context, composite, ending.chain, scope);
  const over = composite.extent.overlying.flatMap((field) => elementEnds(context, field, scope));
  const ends = tail === undefined ? over : [endOf(context, composite, tail, scope), ...over];
  if (ends.length === 0) return [];
  // Structs may be padded behind a flexible array; one that is sent cut short has nothing behind it.
  const cut = composite.extent.endsTruncated;
  const padded = tail === undefined || (tail.bitOffset / 8 < size && !endsInArms(composite)) || ends.length > 1;
  const all = ends.map(({ bytes }) => bytes);
  const length = greatest(cut || !padded ? all : [code`${size}`, ...all]);
  return [...ends.flatMap(({ lines }) => lines), code`return ${length};`];
}

/** The function that gives the bytes which a variable composite takes. */
export function lengthFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  const { names } = composite;
  const scope = innerScope(context, [value, whole]);
  const given = lengthsLines(context, composite.nodes, scope);
  const counted = lengthLines(context, composite, scope);
  if (counted.length === 0) return [];
  const lines = [...given.filter(({ own }) => mentions(block(counted), own) > 0).map(({ line }) => line), ...counted];
  return [
    {
      kind: context.kinds.Function,
      name: names.length,
      docs: [code`Bytes that \`${commentText(composite.cText)}\` takes with its variable part.`],
      parameters: [
        { name: value, type: readType(context, composite) },
        ...(endsInArms(composite) && isPadded(context, composite)
          ? [{ name: whole, initializer: code`${composite.size}` }]
          : []),
      ],
      returnType: code`number`,
      statements: block([givenLine(context, composite.cName), ...lines]),
    },
  ];
}
