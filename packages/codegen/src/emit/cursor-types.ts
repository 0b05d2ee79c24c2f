import type { CompositePlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { cutName } from "../plan/nodes.ts";
import { block, type Code, code, commentText, join, propertyKey, quote } from "./code.ts";
import { type EmitContext, isRecord, roleOf, useType } from "./context.ts";
import { placed } from "./members.ts";
import { fieldType } from "./types.ts";

/**
 * Whether a composite's writer has other members than its type: kinds are told and not set, the arms of a tagged union stand side
 * by side.
 */
function hasOwnWriter(context: EmitContext, composite: CompositePlan): boolean {
  const { tagged, nodes } = composite;
  if (tagged.length > 0 || roleOf(context, composite).variant !== undefined) return true;
  if (cutNames(composite).length > 0) return true;
  return placed(nodes).some(
    ({ field: { shape } }) => shape.kind === "composite" && hasOwnWriter(context, shape.composite),
  );
}

/** What tells that arrays were cut: nothing that is set. */
function cutNames({ nodes }: CompositePlan): Name[] {
  return placed(nodes).flatMap(({ field }) => cutName(field) ?? []);
}

/** The type of a composite's writer. */
function writerType(context: EmitContext, composite: CompositePlan): Code {
  const { names, tagged } = composite;
  const { variant } = roleOf(context, composite);
  const base = tagged.length > 0 ? (composite.commonType ?? names.type) : names.type;
  const inner = placed(composite.nodes).flatMap(({ field: { name, shape } }) =>
    shape.kind === "composite" && hasOwnWriter(context, shape.composite)
      ? [{ name, type: shape.composite.names.writer }]
      : [],
  );
  const own = new Set(inner.map(({ name }) => name));
  const arms = tagged.flatMap(({ union }) => [
    ...placed([union])
      .filter(({ field }) => !own.has(field.name))
      .map(({ field }) => code`readonly ${field.name}: ${fieldType(context, field)};`),
    code`readonly ${union.bytesName}: ${useType(context, "OwnedBytes")};`,
  ]);
  const left = [...own, ...cutNames(composite), ...(variant === undefined ? [] : [variant.kindName])].map(quote);
  const written = [
    left.length === 0 ? base : code`Omit<${base}, ${join(left, code` | `)}>`,
    ...(arms.length === 0 ? [] : [code`{ ${join(arms, code` `)} }`]),
  ];
  const setters = code`${useType(context, "WriterOf")}<${join(written, code` & `)}>`;
  if (inner.length === 0) return setters;
  const writers = inner.map(({ name, type }) => code`readonly ${propertyKey(name)}: ${type};`);
  return code`${setters} & { ${join(writers, code` `)} }`;
}

/** The types of a composite's view and writer, as users name them; those of a contained one that has no other name. */
export function cursorTypes(context: EmitContext, composite: CompositePlan): Code[] {
  const { names, cText } = composite;
  const isNamed = isRecord(context, composite);
  const lines: Code[] = [];
  if (isNamed && context.parts.has("views")) {
    lines.push(
      code`/** Cursor over a leased \`${commentText(cText)}\`: its members throw once the lease has ended. */`,
      code`export type ${names.view} = ${useType(context, "ViewOf")}<${names.type}>;`,
    );
  }
  if ((isNamed || hasOwnWriter(context, composite)) && context.parts.has("encode")) {
    lines.push(
      code`/** Setters over a reserved \`${commentText(cText)}\`: they throw once the sample was submitted or discarded. */`,
      code`export type ${names.writer} = ${writerType(context, composite)};`,
    );
  }
  return lines.length === 0 ? [] : [block(lines)];
}
