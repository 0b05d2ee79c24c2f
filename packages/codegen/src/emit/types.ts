import { counted } from "../diagnostics/counted.ts";
import { kernelDocOf } from "../plan/kernel-doc.ts";
import type {
  CompositePlan,
  EnumPlan,
  FieldPlan,
  Form,
  NodePlan,
  Shape,
  TaggedUnionPlan,
  UnionPlan,
} from "../plan/model.ts";
import type { TypeNames } from "../plan/names.ts";
import { cutName } from "../plan/nodes.ts";
import { isWide } from "./bit-fields.ts";
import { block, type Code, code, commentText, join, propertyKey, quote } from "./code.ts";
import { type EmitContext, roleOf, useType } from "./context.ts";
import type { InterfaceDeclarationStructure, PropertySignatureStructure, Statement } from "./declaration.ts";
import { formNote, formType } from "./forms.ts";
import { fits } from "./lines.ts";
import { outType } from "./values.ts";

/** The type of what a record's encoder takes, under a name of its own. */
export function inputStatement(context: EmitContext, names: TypeNames): Code {
  return code`/** What \`${names.encode}\` takes: what is left out is 0. */\nexport type ${names.input} = ${useType(context, "Input")}<${names.type}>;`;
}

/** The decoded type of a member: a bit-field's width decides, not its declared type. */
export function fieldType(context: EmitContext, field: FieldPlan): Code {
  if (field.dataloc !== undefined) return field.dataloc.text ? code`string` : useType(context, "OwnedBytes");
  if (field.variable?.present !== undefined) return code`${outType(context, field.shape)} | undefined`;
  if (field.variable?.list !== undefined) return code`readonly ${field.variable.list.item.names.type}[]`;
  if (field.pieces !== undefined) {
    return code`readonly ${field.shape.kind === "string" ? code`string` : useType(context, "OwnedBytes")}[]`;
  }
  if (field.bitSize !== undefined && field.shape.kind === "int") {
    const exact = isWide(field) && field.shape.policy !== "number" ? code`bigint` : code`number`;
    return formType(context, field.shape, exact);
  }
  return outType(context, field.shape);
}

const upToNul = "up to the first NUL";
/** Arguments of a process, for one, are sent one after another with a NUL behind each. */
const upToNulOfMore = `${upToNul} (of several texts the first: with the annotation \`strings\` it is all of them)`;

const eachUpToNul = `texts, a NUL behind each`;

function placeOf(field: FieldPlan, context: EmitContext): string {
  const byte = Math.floor(field.bitOffset / 8);
  const { after } = field;
  const behind =
    after === undefined
      ? ``
      : `behind \`${after.field.cName}\`${after.align === 1 ? `` : `, aligned to ${after.align} bytes`}`;
  const notes = [`\`${field.declaration}\` ${after === undefined ? `at byte ${byte}` : behind}`];
  if (field.bitSize !== undefined) {
    const first = field.bitOffset % 8;
    notes.push(field.bitSize === 1 ? `bit ${first}` : `bits ${first}–${first + field.bitSize - 1}`);
  }
  const { shape } = field;
  if ("endian" in shape && shape.endian !== context.plan.endian) notes.push(`${shape.endian}-endian`);
  notes.push(...variableNotes(field));
  if (shape.kind === "int" && shape.policy === "ktime" && shape.size === 8) notes.push(`nanoseconds since boot`);
  const form = formOf(shape);
  if (form !== undefined) notes.push(formNote(form));
  if (shape.kind === "strings") notes.push(eachUpToNul);
  if (shape.kind === "string" && field.pieces === undefined)
    notes.push(field.variable?.length === undefined ? upToNul : upToNulOfMore);
  return notes.join(", ");
}

/** The form of a value, or of what its arrays are made of. */
function formOf(shape: Shape): Form | undefined {
  if (shape.kind === "array") return formOf(shape.element);
  return shape.kind === "int" || shape.kind === "bytes" ? shape.form : undefined;
}

function variableNotes({ variable, dataloc }: FieldPlan): string[] {
  if (dataloc !== undefined) return [`offset and length of bytes further on`];
  if (variable === undefined) return [];
  const notes = variable.list === undefined ? [] : [`a list of \`${variable.list.item.cText}\``];
  if (variable.present !== undefined) return [`there where \`${variable.present.text}\` is not 0`];
  if (variable.length !== undefined) {
    const { text, unit, clamp } = variable.length;
    const unitText = unit === "total" ? `bytes from the struct's start` : unit;
    notes.push(`as many ${unitText} as \`${text}\` says`);
    if (clamp !== undefined) notes.push(`none of a negative length, and what there is of one that is too long`);
  } else if (variable.pieces !== undefined) {
    const { lengths, clamp } = variable.pieces;
    notes.push(`a piece for each of \`${lengths.cName}\`, of as many bytes as that says`);
    if (clamp !== undefined) notes.push(`none of a negative length, and what there is where they are too long`);
  } else notes.push(variable.kind === "bounded" ? `to the end of the union` : `to the end of the sample`);
  if (variable.kind === "truncated") notes.push(`may be sent shorter`);
  return notes;
}

/** A property with its documentation, on one line where they fit. */
function documented(name: Code, type: Code, doc: Code): PropertySignatureStructure {
  const comment = code`/** ${doc} */`;
  const near = fits(code`${comment} readonly ${name}: ${type};`, 1);
  return { name, type, isReadonly: true, leadingTrivia: near ? code`${comment} ` : code`${comment}\n` };
}

function property(context: EmitContext, field: FieldPlan): PropertySignatureStructure {
  const doc = field.doc === undefined ? code`` : code` ${commentText(field.doc)}`;
  return documented(field.name, fieldType(context, field), code`${commentText(placeOf(field, context))}.${doc}`);
}

/** What tells that an array was cut. */
function cutProperty(field: FieldPlan): PropertySignatureStructure[] {
  const { variable, cName } = field;
  const clamp = cutName(field);
  if (clamp === undefined) return [];
  const says = variable?.pieces === undefined ? code`length says` : code`lengths say`;
  return [documented(clamp, code`boolean`, code`\`${commentText(cName)}\` is shorter than its ${says}.`)];
}

function unionBytes(context: EmitContext, union: UnionPlan): PropertySignatureStructure {
  return documented(
    union.bytesName,
    useType(context, "OwnedBytes"),
    code`The union's bytes, from byte ${union.offset} on: what \`encode\` writes when they are given.`,
  );
}

function properties(context: EmitContext, nodes: readonly NodePlan[]): PropertySignatureStructure[] {
  return nodes.flatMap((node) =>
    node.kind === "field"
      ? node.hidden
        ? []
        : [property(context, node), ...cutProperty(node)]
      : [...node.arms.flatMap((arm) => properties(context, arm)), unionBytes(context, node)],
  );
}

/** What a composite is, in one line. */
function headline(composite: CompositePlan): string {
  const { tail: last, chain = last === undefined ? [] : [last] } = composite.extent.ending;
  const names = chain.filter(({ cName }) => cName !== "").map(({ cName }) => `\`${cName}\``);
  const tail = names.length === 0 ? `` : `, ${composite.extent.minByteLength} without ${names.join(" and ")}`;
  return `\`${composite.cText}\`: ${counted(composite.size, "byte")}${tail}`;
}

function kindProperty(name: Code, kind: string, doc: Code): PropertySignatureStructure {
  return documented(name, quote(kind), doc);
}

function docsOf(composite: CompositePlan): Code[] {
  const doc = composite.doc === undefined ? code`` : code`\n\n${commentText(composite.doc)}`;
  return [code`${commentText(headline(composite))}.${doc}`];
}

/** The decoded type of a struct or union: an interface, or a discriminated union of several. */
export function compositeTypes(context: EmitContext, composite: CompositePlan): Statement[] {
  const { names, tagged, nodes } = composite;
  if (tagged.length > 0) return taggedTypes(context, composite, tagged);
  const kind = variantProperty(context, composite);
  return [
    {
      kind: context.kinds.Interface,
      name: names.type,
      isExported: true,
      docs: docsOf(composite),
      properties: [...kind, ...properties(context, nodes)],
    },
  ];
}

/** The property of a stream's variant that tells it apart. */
function variantProperty(context: EmitContext, composite: CompositePlan): PropertySignatureStructure[] {
  const { variant } = roleOf(context, composite);
  if (variant === undefined) return [];
  return [kindProperty(variant.kindName, variant.kind, code`Told by \`${commentText(variant.tag.path)}\`.`)];
}

/** The types of a tagged union's arms; they extend `base` where there is no other union beside it. */
function armTypes(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  base: Code | undefined,
): InterfaceDeclarationStructure[] {
  const { cText } = composite;
  const { union, kindName } = tagged;
  const path = code`\`${commentText(tagged.tag.path)}\``;
  const variants = tagged.variants.map((variant) => ({
    name: variant.type,
    doc: code`\`${commentText(cText)}\` with \`${commentText(variant.kind)}\`: ${path} is ${join(
      [...variant.values.map((value) => code`${value}`), ...(variant.isDefault ? [code`any other`] : [])],
      code` or `,
    )}.`,
    properties: [kindProperty(kindName, variant.kind, code`Told by ${path}.`), ...properties(context, variant.body)],
  }));
  const unknown =
    tagged.unknown === undefined
      ? []
      : [
          {
            name: tagged.unknown.type,
            doc: code`\`${commentText(cText)}\` with any other ${path}.`,
            properties: [
              kindProperty(kindName, tagged.unknown.kind, code`${path} says none of the arms.`),
              unionBytes(context, union),
            ],
          },
        ];
  return [...variants, ...unknown].map((entry) => ({
    kind: context.kinds.Interface,
    name: entry.name,
    isExported: true,
    ...(base === undefined ? {} : { extends: [base] }),
    docs: [entry.doc],
    properties: entry.properties,
  }));
}

function taggedTypes(context: EmitContext, composite: CompositePlan, all: readonly TaggedUnionPlan[]): Statement[] {
  const { names, nodes, cText, commonType = code`` } = composite;
  const [only, ...others] = all;
  const unions = new Set<NodePlan>(all.map(({ union }) => union));
  const arms = all.map((tagged) => armTypes(context, composite, tagged, others.length === 0 ? commonType : undefined));
  const choices = arms.map((types) =>
    join(
      types.map((type) => type.name),
      code` | `,
    ),
  );
  return [
    {
      kind: context.kinds.Interface,
      name: commonType,
      isExported: true,
      docs: [code`What every \`${commentText(cText)}\` has.`],
      properties: [
        ...variantProperty(context, composite),
        ...properties(
          context,
          nodes.filter((node) => !unions.has(node)),
        ),
      ],
    },
    ...arms.flat(),
    {
      kind: context.kinds.TypeAlias,
      name: names.type,
      isExported: true,
      docs: docsOf(composite),
      type:
        only !== undefined && others.length === 0
          ? (choices[0] ?? code`never`)
          : join([commonType, ...choices.map((choice) => code`(${choice})`)], code` & `),
    },
  ];
}

/** An enum as a const of its values and the union of them. */
export function enumStatements(plan: EnumPlan): Code[] {
  const suffix = plan.type.size === 8 ? code`n` : code``;
  const { own, members } = kernelDocOf(plan.type.doc ?? "", new Set(plan.type.values.map(({ name }) => name)));
  const about = own === "" ? code`` : code` ${commentText(own)}`;
  const taken = new Set<string>();
  const values = plan.type.values
    .filter((value) => !taken.has(value.name) && taken.add(value.name))
    .flatMap(({ name, value, doc = members.get(name) }) => [
      ...(doc === undefined ? [] : [code`  /** ${commentText(doc)} */`]),
      code`  ${propertyKey(name)}: ${value}${suffix},`,
    ]);
  const sign = plan.type.signed ? code`signed` : code`unsigned`;
  return [
    block([
      code`/** \`enum ${commentText(plan.cName)}\`: ${commentText(counted(plan.type.size, "byte"))}, ${sign}.${about} */`,
      code`export const ${plan.name} = {`,
      ...values,
      code`} as const;`,
      code`export type ${plan.name} = (typeof ${plan.name})[keyof typeof ${plan.name}];`,
    ]),
  ];
}
