import {
  type JsonMember,
  type JsonStruct,
  type JsonType,
  jsonOfComposite,
  jsonOfShape,
  jsonOfUnknown,
} from "../plan/json-type.ts";
import type { CompositePlan, Shape, StreamPlan } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { block, type Code, code, join, propertyKey, quote } from "./code.ts";
import { type EmitContext, roleOf, useType } from "./context.ts";
import { filled, fits, indented } from "./lines.ts";

const comma = code`, `;

function integerText({ kind, bits, signed }: Extract<JsonType, { kind: "integer" | "decimal" }>): Code {
  if (kind === "integer") return signed ? code`"s${bits}"` : code`"u${bits}"`;
  return signed ? code`"S${bits}"` : code`"U${bits}"`;
}

/** What a value is in JSON, as `fromJson` is told. */
function typeText(context: EmitContext, type: JsonType): Code {
  switch (type.kind) {
    case "integer":
    case "decimal":
      return integerText(type);
    case "float":
      return code`"f${type.bits}"`;
    case "bool":
      return code`"bool"`;
    case "text":
      return code`"text"`;
    case "bytes":
      return type.size === undefined ? code`"bytes"` : code`{ bytes: ${type.size} }`;
    case "list": {
      const of = typeText(context, type.of);
      const parts = [
        code`list: ${of}`,
        ...(type.count === undefined ? [] : [code`count: ${type.count}`]),
        ...(type.typed === undefined ? [] : [code`typed: ${type.typed}`]),
      ];
      return code`{ ${join(parts, comma)} }`;
    }
    case "flags":
      return code`{ flags: [${join(type.names.map(quote), comma)}], wide: ${type.wide} }`;
    case "is":
      return code`{ is: ${quote(type.text)} }`;
    case "optional":
      return code`{ optional: ${typeText(context, type.of)} }`;
    case "struct":
      return jsonName(context, type.composite);
  }
}

function memberTexts(context: EmitContext, members: readonly JsonMember[]): Code[] {
  return members.map(({ name, type }) => code`${propertyKey(name)}: ${typeText(context, type)}`);
}

function structLines(context: EmitContext, { members, kinds }: JsonStruct): Code[] {
  const told = kinds.flatMap(({ property, arms }) => [
    code`  { property: ${quote(property)}, arms: [`,
    ...filled(
      arms.map((arm) => code`[${quote(arm.kind)}, { ${join(memberTexts(context, arm.members), comma)} }],`),
    ).map(indented),
    code`  ] },`,
  ]);
  const texts = memberTexts(context, members);
  const line = texts.length === 0 ? code`members: {}` : code`members: { ${join(texts, comma)} }`;
  if (told.length === 0 && fits(line, 2)) return [line];
  const inside = [code`members: {`, ...filled(texts.map((text) => code`${text},`)), code`},`];
  return [...inside, ...(told.length === 0 ? [] : [code`kinds: [`, ...told, code`],`])];
}

/** The name of the constant that says what a composite is in JSON. */
function jsonName(context: EmitContext, composite: CompositePlan): Name {
  const known = context.jsons.get(composite);
  if (known !== undefined) return known;
  const name = context.scope.take(named`${composite.names.codec}Json`);
  context.jsons.set(composite, name);
  return name;
}

function constant(
  context: EmitContext,
  name: Name,
  type: "JsonStruct" | "JsonStream" | "JsonType",
  lines: Code[],
): Code {
  const head = code`const ${name}: ${useType(context, type)} = {`;
  const [only, ...more] = lines;
  const whole = only === undefined ? code`${head}};` : code`${head} ${only} };`;
  return more.length === 0 && fits(whole, 0) ? whole : block([head, ...lines.map(indented), code`};`]);
}

/** The constant that says what a composite is in JSON. */
export function compositeJson(context: EmitContext, composite: CompositePlan): Code {
  const { choice } = roleOf(context, composite);
  if (choice !== undefined) {
    const structs = choice.variants.map(({ kind, body }) => code`  ${propertyKey(kind)}: ${jsonName(context, body)},`);
    const lines = [code`property: ${quote(choice.kindName)},`, code`structs: {`, ...structs, code`},`];
    return constant(context, jsonName(context, composite), "JsonStream", lines);
  }
  const json = jsonOfComposite(composite, roleOf(context, composite));
  return constant(context, jsonName(context, composite), "JsonStruct", structLines(context, json));
}

/** The same of the records of a ring: the name of the constant, and its text. */
export function streamJson(context: EmitContext, stream: StreamPlan): { readonly name: Name; readonly text: Code } {
  const name = context.scope.take(named`${stream.names.codec}Json`);
  const { unknown } = stream;
  const text = constant(context, name, "JsonStream", [
    code`property: ${quote(stream.kindName)},`,
    code`structs: {`,
    ...stream.variants.map(({ kind, body }) => code`  ${propertyKey(kind)}: ${jsonName(context, body)},`),
    ...(unknown === undefined
      ? []
      : [
          code`  ${propertyKey(unknown.kind)}: {`,
          ...structLines(context, jsonOfUnknown(stream, unknown.kind)).map((line) => indented(indented(line))),
          code`  },`,
        ]),
    code`},`,
  ]);
  return { name, text };
}

/** What a record that is no struct is in JSON. */
export function shapeJson(context: EmitContext, shape: Shape): Code {
  return typeText(context, jsonOfShape(shape));
}

/** What the codec of a composite tells `fromJson`. */
export function jsonOf(context: EmitContext, composite: CompositePlan): Code {
  return jsonName(context, composite);
}
