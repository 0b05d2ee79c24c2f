import type { CompositePlan, FieldPlan, NodePlan, Role, Shape, StreamPlan, TypedArrayName } from "./model.ts";
import { cutName } from "./nodes.ts";

/** What a value is in JSON; composites by reference, so that each is said once. */
export type JsonType =
  | { readonly kind: "integer" | "decimal"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "bool" | "text" }
  | { readonly kind: "bytes"; readonly size?: number }
  | { readonly kind: "list"; readonly of: JsonType; readonly count?: number; readonly typed?: TypedArrayName }
  | { readonly kind: "flags"; readonly names: readonly string[]; readonly wide: boolean }
  | { readonly kind: "is"; readonly text: string }
  /** A member that is left out where it is not there. */
  | { readonly kind: "optional"; readonly of: JsonType }
  | { readonly kind: "struct"; readonly composite: CompositePlan };

/** A property of an object in JSON. */
export interface JsonMember {
  readonly name: string;
  readonly type: JsonType;
  readonly doc?: string;
}

/** The properties of a composite, and those that it has by kind. */
export interface JsonStruct {
  readonly members: readonly JsonMember[];
  readonly kinds: readonly {
    readonly property: string;
    readonly arms: readonly { readonly kind: string; readonly members: readonly JsonMember[] }[];
  }[];
}

function typedOf({ typed }: { readonly typed?: TypedArrayName }): { readonly typed?: TypedArrayName } {
  return typed === undefined ? {} : { typed };
}

/** What a shape is in JSON. */
export function jsonOfShape(shape: Shape): JsonType {
  switch (shape.kind) {
    case "int": {
      const { size, signed, policy, form } = shape;
      if (form?.kind === "flags") {
        return { kind: "flags", names: form.enum.type.values.map(({ name }) => name), wide: size === 8 };
      }
      if (size === 8 && policy === "number") return { kind: "integer", bits: 53, signed };
      return { kind: size > 4 ? "decimal" : "integer", bits: size * 8, signed };
    }
    case "enum":
      return {
        kind: shape.size === 8 || shape.wide ? "decimal" : "integer",
        bits: shape.size * 8,
        signed: shape.signed,
      };
    case "pointer":
      return { kind: "decimal", bits: shape.size * 8, signed: false };
    case "float":
      return { kind: "float", bits: shape.size === 4 ? 32 : 64 };
    case "bool":
      return { kind: "bool" };
    case "string":
      return { kind: "text" };
    case "strings":
      return { kind: "list", of: { kind: "text" } };
    case "bytes":
      return { kind: "bytes", size: shape.size };
    case "array":
      return { kind: "list", of: jsonOfShape(shape.element), count: shape.count, ...typedOf(shape) };
    case "composite":
      return { kind: "struct", composite: shape.composite };
  }
}

function jsonOfField({ shape, bitSize, dataloc, variable }: FieldPlan): JsonType {
  if (dataloc !== undefined) return { kind: dataloc.text ? "text" : "bytes" };
  if (variable?.present !== undefined) return { kind: "optional", of: jsonOfShape(shape) };
  if (variable?.list !== undefined) return { kind: "list", of: { kind: "struct", composite: variable.list.item } };
  const flags = shape.kind === "int" && shape.form?.kind === "flags";
  if (bitSize !== undefined && !flags && (shape.kind === "int" || shape.kind === "enum")) {
    const big = bitSize > 32 || (shape.kind === "enum" && shape.size === 8);
    const number = shape.kind === "int" && shape.policy === "number";
    if (big && number) return { kind: "integer", bits: Math.min(bitSize, 53), signed: shape.signed };
    return { kind: big ? "decimal" : "integer", bits: bitSize, signed: shape.signed };
  }
  const whole = jsonOfShape(shape);
  if (variable === undefined) return whole;
  if (variable.pieces !== undefined) return { kind: "list", of: { kind: shape.kind === "string" ? "text" : "bytes" } };
  if (whole.kind === "list") return { kind: "list", of: whole.of, ...typedOf(whole) };
  return whole.kind === "bytes" ? { kind: "bytes" } : whole;
}

function membersOf(composite: CompositePlan, nodes: readonly NodePlan[], told: ReadonlySet<NodePlan>): JsonMember[] {
  return nodes.flatMap((node): JsonMember[] => {
    if (node.kind === "union") {
      if (told.has(node)) return [];
      const open = node === composite.extent.ending.open;
      const bytes: JsonType = open ? { kind: "bytes" } : { kind: "bytes", size: node.size };
      return [...node.arms.flatMap((arm) => membersOf(composite, arm, told)), { name: node.bytesName, type: bytes }];
    }
    if (node.hidden) return [];
    const doc = node.doc === undefined ? {} : { doc: node.doc };
    const cut = cutName(node);
    return [
      { name: node.name, type: jsonOfField(node), ...doc },
      ...(cut === undefined ? [] : [{ name: cut, type: { kind: "bool" } as const }]),
    ];
  });
}

/** What a composite is in JSON. */
export function jsonOfComposite(composite: CompositePlan, { variant }: Role): JsonStruct {
  const { nodes, tagged } = composite;
  const told = new Set<NodePlan>(tagged.map(({ union }) => union));
  const own =
    variant === undefined ? [] : [{ name: variant.kindName, type: { kind: "is", text: variant.kind } as const }];
  const kinds = tagged.map(({ kindName, variants, unknown, union, trailing }) => {
    const bytes: JsonType = trailing ? { kind: "bytes" } : { kind: "bytes", size: union.size };
    return {
      property: kindName,
      arms: [
        ...variants.map(({ kind, body }) => ({ kind, members: membersOf(composite, body, told) })),
        ...(unknown === undefined ? [] : [{ kind: unknown.kind, members: [{ name: union.bytesName, type: bytes }] }]),
      ],
    };
  });
  return { members: [...own, ...membersOf(composite, nodes, told)], kinds };
}

/** What a record of a ring is in JSON whose tag says none of its types. */
export function jsonOfUnknown({ kindName, tag }: StreamPlan, unknownKind: string): JsonStruct {
  const bits = tag.bits?.size ?? tag.shape.size * 8;
  const signed = tag.shape.kind !== "bool" && tag.shape.signed;
  const big = tag.shape.kind !== "bool" && (tag.bits === undefined ? tag.shape.size === 8 : bits > 32);
  return {
    members: [
      { name: kindName, type: { kind: "is", text: unknownKind } },
      { name: "tag", type: { kind: big ? "decimal" : "integer", bits, signed } },
      { name: "bytes", type: { kind: "bytes" } },
    ],
    kinds: [],
  };
}
