import type { InterfaceDeclarationStructure, OptionalKind, PropertySignatureStructure } from "ts-morph";
import type { CompositePlan, EnumPlan, FieldPlan, NodePlan, UnionPlan } from "../plan/model.ts";
import { isWide } from "./bit-fields.ts";
import { type EmitContext, quote, useType } from "./context.ts";
import { outType } from "./values.ts";

/** The decoded type of a member: a bit-field's width decides, not its declared type. */
export function fieldType(context: EmitContext, field: FieldPlan): string {
  if (field.bitSize !== undefined && field.shape.kind === "int") {
    return isWide(field) && field.shape.policy !== "number" ? "bigint" : "number";
  }
  return outType(context, field.shape);
}

/** Text that cannot end the comment that it is put into. */
export function commentText(text: string): string {
  return text.replaceAll("*/", "*\u200b/").replace(/\s+/g, " ").trim();
}

function placeOf(field: FieldPlan, context: EmitContext): string {
  const byte = Math.floor(field.bitOffset / 8);
  const notes = [`\`${field.declaration}\` @${byte}`];
  if (field.bitSize !== undefined) {
    const first = field.bitOffset % 8;
    notes.push(field.bitSize === 1 ? `bit ${first}` : `bits ${first}–${first + field.bitSize - 1}`);
  }
  const { shape } = field;
  if ("endian" in shape && shape.endian !== context.plan.endian) notes.push(`${shape.endian}-endian`);
  if (field.tail?.kind === "flexible") notes.push("to the end of the sample");
  else if (shape.kind === "string") notes.push("up to the first NUL");
  return notes.join(", ");
}

function property(context: EmitContext, field: FieldPlan): OptionalKind<PropertySignatureStructure> {
  const doc = field.doc === undefined ? "" : ` ${commentText(field.doc)}`;
  return {
    name: field.name,
    type: fieldType(context, field),
    isReadonly: true,
    leadingTrivia: `/** ${commentText(placeOf(field, context))}.${doc} */\n`,
  };
}

function unionBytes(context: EmitContext, union: UnionPlan): OptionalKind<PropertySignatureStructure> {
  return {
    name: union.bytesName,
    type: useType(context, "OwnedBytes"),
    isReadonly: true,
    leadingTrivia: `/** The union's bytes @${union.offset}: what \`encode\` writes when they are given. */\n`,
  };
}

function properties(context: EmitContext, nodes: readonly NodePlan[]): OptionalKind<PropertySignatureStructure>[] {
  return nodes.flatMap((node) =>
    node.kind === "field"
      ? [property(context, node)]
      : [...node.arms.flatMap((arm) => properties(context, arm)), unionBytes(context, node)],
  );
}

/** What a composite is, in one line. */
export function headline(composite: CompositePlan): string {
  const { location } = composite;
  const place = location === undefined ? "" : ` (${location.file.split("/").at(-1)}:${location.line})`;
  const tail = composite.tail === undefined ? "" : `, ${composite.minByteLength} without \`${composite.tail.cName}\``;
  return `\`${composite.cText}\`${place}: ${composite.size} bytes${tail}`;
}

export function compositeInterface(context: EmitContext, composite: CompositePlan): InterfaceDeclarationStructure {
  const doc = composite.doc === undefined ? "" : `\n\n${commentText(composite.doc)}`;
  return {
    kind: context.kinds.Interface,
    name: composite.names.type,
    isExported: true,
    docs: [`${commentText(headline(composite))}.${doc}`],
    properties: properties(context, composite.nodes),
  };
}

/** An enum as a const of its values and the union of them. */
export function enumStatements(plan: EnumPlan): string[] {
  const suffix = plan.type.size === 8 ? "n" : "";
  const taken = new Set<string>();
  const values = plan.type.values
    .filter((value) => !taken.has(value.name) && taken.add(value.name))
    .map((value) => `  ${propertyKey(value.name)}: ${value.value}${suffix},`);
  const sign = plan.type.signed ? "signed" : "unsigned";
  return [
    [
      `/** \`enum ${commentText(plan.cName)}\`: ${plan.type.size} bytes, ${sign}. */`,
      `export const ${plan.name} = {`,
      ...values,
      "} as const;",
      `export type ${plan.name} = (typeof ${plan.name})[keyof typeof ${plan.name}];`,
    ].join("\n"),
  ];
}

export function propertyKey(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) ? name : quote(name);
}
