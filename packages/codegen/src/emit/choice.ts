import type { ChoicePlan, CompositePlan, StreamVariantPlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { binary, block, type Code, code, commentText, join, quote } from "./code.ts";
import { type EmitContext, givenLine, readType, use, useType } from "./context.ts";
import type { FunctionDeclarationStructure, Statement } from "./declaration.ts";
import { defaultTagLines } from "./encode-tagged.ts";
import { isToldWithin } from "./held-tags.ts";
import { loadPlace, placeLiteral, tagLines } from "./places.ts";
import { here, hereParameters, minus, type Span, value } from "./span.ts";

const { view, base: offset, end } = here;

const indented = (lines: readonly Code[]): Code[] => lines.map((line) => code`    ${line}`);

/** A statement that chooses among structs by their tag; a tag that none of them has is an error, since nothing says how long such an item is. */
export function choiceSwitch(
  context: EmitContext,
  { cName }: CompositePlan,
  { tag, variants }: ChoicePlan,
  where: Span,
  lines: (variant: StreamVariantPlan, index: number) => readonly Code[],
): Code[] {
  const held = loadPlace(context, tag, where);
  const unknown = (): Code => code`${use(context, "unknownItem")}(${quote(cName)}, ${quote(tag.path)}, ${held});`;
  return [
    code`switch (${held}) {`,
    ...variants.flatMap((variant, index) => {
      const labels = [
        ...variant.values.map((literal) => code`  case ${placeLiteral(tag, literal)}:`),
        ...(variant.isDefault ? [code`  default:`] : []),
      ];
      const last = labels.at(-1) ?? code``;
      return [...labels.slice(0, -1), code`${last} {`, ...indented(lines(variant, index)), code`  }`];
    }),
    ...(variants.some(({ isDefault }) => isDefault) ? [] : [code`  default:`, code`    ${unknown()}`]),
    code`}`,
  ];
}

/** The same by the kind that a value names. */
function kindSwitch(
  context: EmitContext,
  { kindName, variants }: ChoicePlan,
  lines: (variant: StreamVariantPlan) => readonly Code[],
): Code[] {
  const kind = code`(${value} as { ${kindName}?: unknown }).${kindName}`;
  const why = quote(`names no item: it is ${variants.map(({ kind: one }) => one).join(" or ")}`);
  return [
    code`switch (${value}.${kindName}) {`,
    ...variants.flatMap((variant) => [code`  case ${quote(variant.kind)}:`, ...indented(lines(variant))]),
    code`  default:`,
    code`    ${use(context, "outOfRange")}(${quote(kindName)}, ${kind}, ${why});`,
    code`}`,
  ];
}

/** The check that a sample has what a struct needs at least. */
export function leastLine(context: EmitContext, body: CompositePlan, where: Span): Code {
  const length = minus(where.end, where.base);
  return code`${use(context, "checkLeft")}(${quote(body.cName)}, ${length}, ${body.extent.hasLength ? body.extent.minByteLength : body.size});`;
}

function readChoice(context: EmitContext, composite: CompositePlan, choice: ChoicePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const lines = choiceSwitch(context, composite, choice, here, ({ body }) => {
    const toEnd = body.extent.readsToEnd ? code`, ${end}` : code``;
    return [leastLine(context, body, here), code`return ${body.names.read}(${view}, ${offset}${toEnd});`];
  });
  return {
    kind: context.kinds.Function,
    name: names.read,
    parameters: hereParameters,
    returnType: names.type,
    statements: block(lines),
  };
}

function writeChoice(context: EmitContext, composite: CompositePlan, choice: ChoicePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const lines = kindSwitch(context, choice, (variant) => {
    const { body, tag, values, kind, isDefault, writesTag } = variant;
    const toEnd = body.extent.hasLength ? code`, ${end}` : code``;
    const { extent, size } = body;
    // A kind that changes between two looks may be of a longer struct than was counted.
    const least = extent.hasLength ? extent.minByteLength : size;
    const lacks = binary("<", minus(end, offset), code`${least}`);
    const room = code`if (${lacks}) ${use(context, "outOfRange")}(${quote(choice.kindName)}, ${quote(kind)}, "has no room");`;
    const written = code`${body.names.write}(${value}, ${view}, ${offset}${toEnd});`;
    const stored = !writesTag || isToldWithin(body, tag);
    const told = isDefault
      ? defaultTagLines(context, tag, choice.variants, variant, undefined, stored)
      : tagLines(context, tag, values, kind, stored);
    return [room, written, ...told, code`break;`];
  });
  return {
    kind: context.kinds.Function,
    name: names.write,
    parameters: [{ name: value, type: readType(context, composite) }, ...hereParameters],
    returnType: code`void`,
    statements: block([givenLine(context, composite.cName), ...lines]),
  };
}

/** The type of what is one of several structs, and the functions that read and write it. */
export function choiceStatements(context: EmitContext, composite: CompositePlan, choice: ChoicePlan): Statement[] {
  const { names, cText } = composite;
  return [
    {
      kind: context.kinds.TypeAlias,
      name: names.type,
      isExported: true,
      docs: [code`\`${commentText(cText)}\`, told apart by \`${commentText(choice.tag.path)}\`.`],
      type: code`${useType(context, "ToldApart")}<${join(
        choice.variants.map(({ body }) => body.names.type),
        code` | `,
      )}, ${quote(choice.kindName)}>`,
    },
    readChoice(context, composite, choice),
    ...(context.parts.has("encode") ? [writeChoice(context, composite, choice)] : []),
  ];
}

/** The function that gives the bytes of one of several structs: as many as it takes by itself, which `lengthOf` gives. */
export function choiceLength(
  context: EmitContext,
  composite: CompositePlan,
  choice: ChoicePlan,
  name: Name,
  lengthOf: (body: CompositePlan) => Code,
): FunctionDeclarationStructure {
  const lines = kindSwitch(context, choice, ({ body }) => [
    code`return ${body.extent.hasLength ? code`${lengthOf(body)}(${value})` : code`${body.size}`};`,
  ]);
  return {
    kind: context.kinds.Function,
    name,
    parameters: [{ name: value, type: readType(context, composite) }],
    returnType: code`number`,
    statements: block([givenLine(context, composite.cName), ...lines]),
  };
}
