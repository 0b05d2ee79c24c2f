import type { JsonMember, JsonStruct, JsonType } from "../plan/json-type.ts";
import { jsonOfComposite, jsonOfShape, jsonOfUnknown } from "../plan/json-type.ts";
import type { CompositePlan, FilePlan, StreamPlan } from "../plan/model.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const definition = (name: string): JsonSchema => ({ $ref: `#/$defs/${encodeURIComponent(name)}` });

function integer(bits: number, signed: boolean): JsonSchema {
  // what is safe in a number is as far on both sides
  const most = signed && bits !== 53 ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const least = signed ? (bits === 53 ? -most : -most - 1) : 0;
  return { type: "integer", minimum: least, maximum: most };
}

function decimal(signed: boolean): JsonSchema {
  return { type: "string", pattern: signed ? "^(0|-?[1-9][0-9]*)$" : "^(0|[1-9][0-9]*)$" };
}

function typeSchema(type: JsonType): JsonSchema {
  switch (type.kind) {
    case "integer":
      return integer(type.bits, type.signed);
    case "decimal":
      return { ...decimal(type.signed), description: `An integer of ${type.bits} bits as a decimal string.` };
    case "float":
      return { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity", "-0"] }] };
    case "bool":
      return { type: "boolean" };
    case "text":
      return { type: "string" };
    case "bytes": {
      const digits = { type: "string", pattern: "^([0-9a-f]{2})*$" };
      return type.size === undefined ? digits : { ...digits, minLength: 2 * type.size, maxLength: 2 * type.size };
    }
    case "list": {
      const list = { type: "array", items: typeSchema(type.of) };
      return type.count === undefined ? list : { ...list, minItems: type.count, maxItems: type.count };
    }
    case "flags":
      return {
        type: "array",
        items: { anyOf: [{ enum: type.names }, type.wide ? decimal(false) : integer(32, false)] },
      };
    case "is":
      return { const: type.text };
    case "optional":
      return typeSchema(type.of);
    case "struct":
      return definition(type.composite.names.type);
  }
}

function memberSchema({ type, doc }: JsonMember): JsonSchema {
  const schema = typeSchema(type);
  return doc === undefined ? schema : { ...schema, description: doc };
}

function objectOf(members: readonly JsonMember[]): JsonSchema {
  return {
    properties: Object.fromEntries(members.map((member) => [member.name, memberSchema(member)])),
    required: members.filter(({ type }) => type.kind !== "optional").map(({ name }) => name),
  };
}

function structSchema({ members, kinds }: JsonStruct): JsonSchema {
  const own = { type: "object", ...objectOf(members) };
  if (kinds.length === 0) return { ...own, additionalProperties: false };
  const allOf = kinds.map(({ property, arms }) => ({
    oneOf: arms.map(({ kind, members: arm }) =>
      objectOf([{ name: property, type: { kind: "is", text: kind } }, ...arm]),
    ),
  }));
  return { ...own, allOf, unevaluatedProperties: false };
}

function streamSchema(stream: StreamPlan): JsonSchema {
  const known = stream.variants.map(({ body }) => definition(body.names.type));
  const { unknown } = stream;
  return { oneOf: unknown === undefined ? known : [...known, structSchema(jsonOfUnknown(stream, unknown.kind))] };
}

function compositeSchema({ roles }: FilePlan, composite: CompositePlan): JsonSchema {
  const role = roles.get(composite);
  if (role === undefined) throw new Error(`${composite.cText} is none of the file's`);
  if (role.choice !== undefined) {
    return { oneOf: role.choice.variants.map(({ body }) => definition(body.names.type)) };
  }
  const schema = structSchema(jsonOfComposite(composite, role));
  return composite.doc === undefined ? schema : { description: composite.doc, ...schema };
}

/**
 * What `toJSON` gives of the records of a file, as JSON Schema (2020-12): a definition for each struct and ring, by the name of its type; where there is one
 * record or ring alone, the document is its schema.
 */
export function schemaOfPlan(plan: FilePlan): JsonSchema {
  const isRecord = (composite: CompositePlan): boolean => plan.roles.get(composite)?.layout !== undefined;
  const variants = new Set(plan.streams.flatMap(({ variants }) => variants.map(({ body }) => body)));
  const roots = [
    ...plan.streams.map(({ names }) => names.type),
    ...plan.composites.filter((one) => isRecord(one) && !variants.has(one)).map(({ names }) => names.type),
    ...plan.scalars.map(({ names }) => names.type),
  ];
  const [only, ...others] = roots;
  const $defs = Object.fromEntries([
    ...plan.streams.map((stream) => [stream.names.type, streamSchema(stream)] as const),
    ...plan.composites.map((composite) => [composite.names.type, compositeSchema(plan, composite)] as const),
    ...plan.scalars.map(({ names, shape }) => [names.type, typeSchema(jsonOfShape(shape))] as const),
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...(only !== undefined && others.length === 0 ? definition(only) : {}),
    $defs,
  };
}
