import type { CompositePlan, NodePlan, PlacePlan, TaggedUnionPlan, VariantPlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import { fieldsOf } from "../plan/nodes.ts";
import { binary, type Code, code, quote } from "./code.ts";
import { type EmitContext, roleOf, use } from "./context.ts";
import { countLines } from "./counts.ts";
import { indent, sequenceLines, tellsWholly, zeroLines } from "./encode-sequence.ts";
import { derivedLines, endLines } from "./encode-variable.ts";
import { isToldFurtherIn } from "./held-tags.ts";
import { kindLines, noKind } from "./kinds.ts";
import {
  isLeftOut,
  isOwnTag,
  noArmLines,
  ownProperty,
  ownTagLines,
  placeLiteral,
  plainTagLine,
  propertyPath,
  storeLiteral,
  tagLines,
  tagLookLines,
} from "./places.ts";
import { byteLength, here, memberOf, minus, plus } from "./span.ts";

const { view, base: offset, end: sampleEnd } = here;

/** Statements that store the tag of the variant which all other tags mean, and refuse one that means another one. */
export function defaultTagLines(
  context: EmitContext,
  tag: PlacePlan,
  variants: readonly VariantPlan<unknown>[],
  own: VariantPlan<unknown>,
  known: Code | undefined,
  stored = false,
): Code[] {
  const path = quote(propertyPath(tag));
  const others = noArmLines(
    context,
    tag,
    variants.filter((variant) => variant !== own),
    path,
  );
  const [first] = own.values;
  if (first === undefined || stored)
    return [...(known === undefined ? [] : [plainTagLine(context, tag, known)]), ...others];
  if (known !== undefined) {
    return [
      plainTagLine(context, tag, code`${use(context, "orElse")}(${known}, ${placeLiteral(tag, first)})`),
      ...others,
    ];
  }
  return [code`if (${isLeftOut(tag)}) ${storeLiteral(context, tag, here, first)}`, ...others];
}

/**
 * Statements that write the arm which a value's kind names, after all that is beside it: tag and lengths may stand
 * behind the union. An arm that varies in length ends the record.
 */
export function taggedLines(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  scope: Scope,
  derived: ReadonlyMap<NodePlan, Code>,
): Code[] {
  const { union, tag } = tagged;
  const open = union === composite.extent.ending.open;
  const end = open ? composite.size : union.offset + union.size;
  const { nested } = roleOf(context, composite);
  const room = nested ? minus(sampleEnd, offset) : byteLength;
  const kind = scope.take(named`kind`);
  const lines = kindLines(context, composite, tagged, kind);
  const own = composite.nodes.find((node) => node.kind === "field" && tellsWholly(composite, node) === tagged);
  const known = own === undefined || derived.has(own) ? undefined : scope.take(named`tag`);
  const shared = own === undefined && isOwnTag(tag);
  const within = isToldFurtherIn(composite, tag);
  // A bit-field that is a length, too, was stored as that.
  const counted = [...derived.keys()].some((node) => node.kind === "field" && node.name === ownProperty(tag));
  const stored = known === undefined && (shared || own !== undefined || within || counted);
  if (known !== undefined) lines.push(...tagLookLines(context, tag, known, scope));
  const plainTag = known === undefined ? [] : [plainTagLine(context, tag, known)];
  const fits = (bytes: number): Code =>
    code`if (${binary("<", room, code`${bytes}`)}) ${use(context, "outOfRange")}(${quote(tagged.kindName)}, ${kind}, "has no room");`;
  lines.push(code`switch (${kind}) {`);
  for (const variant of tagged.variants) {
    const tails = variant.tails;
    const counts = countLines(context, composite, variant.body, scope);
    // What holds it has zeroed what an arm leaves of the union, if it has as much.
    const until = tails.length === 0 && !(nested && open) ? end : variant.least;
    const body = [
      ...(open ? [fits(until)] : []),
      ...(known === undefined || variant.isDefault
        ? []
        : ownTagLines(context, tag, variant.values, variant.kind, known)),
      ...sequenceLines(context, composite, variant.body, union.offset, until, scope),
      ...tails.flatMap((tail) => endLines(context, tail)),
      ...(known === undefined && !variant.isDefault
        ? tagLines(context, tag, variant.values, variant.kind, stored)
        : []),
      ...(variant.isDefault ? defaultTagLines(context, tag, tagged.variants, variant, known, within || counted) : []),
      ...derivedLines(context, composite, fieldsOf(variant.body)),
      code`break;`,
    ];
    const block = counts.length > 0;
    lines.push(
      code`  case ${quote(variant.kind)}:${block ? " {" : ""}`,
      ...indent(indent([...counts, ...body])),
      ...(block ? [code`  }`] : []),
    );
  }
  const length = open ? minus(room, union.offset) : code`${union.size}`;
  const unknownLines = [
    ...plainTag,
    ...noArmLines(context, tag, tagged.variants, quote(propertyPath(tag))),
    code`${use(context, "writeBytes")}(${memberOf(union.bytesName)}, ${view}, ${plus(offset, union.offset)}, ${length}, ${quote(union.bytesName)});`,
    code`break;`,
  ];
  if (tagged.unknown !== undefined) {
    lines.push(code`  case ${quote(tagged.unknown.kind)}:`, ...indent(indent(unknownLines)));
  }
  const nothing = [...(open ? [fits(end)] : []), ...plainTag, ...zeroLines(context, union.offset, end), code`break;`];
  lines.push(
    code`  case undefined:`,
    ...indent(indent(nothing)),
    code`  default:`,
    code`    ${noKind(context, composite, tagged, kind)}`,
    code`}`,
  );
  return lines;
}
