import type {
  ClassDeclarationStructure,
  GetAccessorDeclarationStructure,
  MethodDeclarationStructure,
  OptionalKind,
  PropertyDeclarationStructure,
} from "ts-morph";
import { type Chunk, chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, UnionPlan } from "../plan/model.ts";
import { Scope } from "../plan/names.ts";
import { extract, loadChunk } from "./bit-fields.ts";
import { type EmitContext, plus, quote, use, useType } from "./context.ts";
import { commentText, fieldType, headline } from "./types.ts";
import { readExpression } from "./values.ts";

/** A member of a class, with the chunk that holds it where it is a bit-field. */
export interface Placed {
  readonly field: FieldPlan;
  readonly chunk?: Chunk;
}

/** A getter beyond those of members: a union's bytes. */
export function unionsOf(nodes: readonly NodePlan[]): UnionPlan[] {
  return nodes.flatMap((node) => (node.kind === "union" ? [...node.arms.flatMap(unionsOf), node] : []));
}

/** Every named member in order, arms of unions included. */
export function placed(nodes: readonly NodePlan[]): Placed[] {
  const chunks = new Map(chunksOf(nodes).flatMap((chunk) => chunk.fields.map((field) => [field, chunk] as const)));
  return nodes.flatMap((node): Placed[] => {
    if (node.kind === "union") return node.arms.flatMap(placed);
    const chunk = chunks.get(node);
    return [chunk === undefined ? { field: node } : { field: node, chunk }];
  });
}

/** Where a cursor stands: private, so that the memory under it never reaches a user. */
export function cursorFields(children: readonly Child[], tail: boolean): OptionalKind<PropertyDeclarationStructure>[] {
  return [
    { name: "#view", type: "DataView | null", initializer: "null" },
    { name: "#offset", initializer: "0" },
    ...(tail ? [{ name: "#end", initializer: "0" }] : []),
    ...children.map((child) => ({ name: child.property, type: `${child.type} | undefined` })),
  ];
}

/** A contained struct's own cursor, made when first asked for and moved along from then on. */
export interface Child {
  readonly field: FieldPlan;
  readonly property: string;
  readonly type: string;
  readonly size: number;
  readonly variable: boolean;
}

export function childrenOf(members: readonly Placed[], typeOf: (composite: CompositePlan) => string): Child[] {
  const scope = new Scope(["#view", "#offset", "#end"]);
  return members.flatMap(({ field }): Child[] => {
    if (field.shape.kind !== "composite") return [];
    const { composite } = field.shape;
    return [
      {
        field,
        property: scope.take(`#${field.name}`),
        type: typeOf(composite),
        size: composite.size,
        variable: composite.tail !== undefined,
      },
    ];
  });
}

function childLength(child: Child, composite: CompositePlan, end: string): string {
  if (composite.tail !== child.field) return `${child.size}`;
  const at = child.field.bitOffset / 8;
  return at === 0 ? end : `${end} - ${at}`;
}

/** The symbol-keyed method by which the runtime moves a cursor. */
export function attachMethod(
  context: EmitContext,
  composite: CompositePlan,
  children: readonly Child[],
  attached: readonly string[],
): OptionalKind<MethodDeclarationStructure> {
  const { tail } = composite;
  const check = `${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`;
  return {
    name: `[${use(context, "attachView")}]`,
    parameters: [
      { name: "view", type: "DataView | null" },
      { name: "offset", type: "number" },
      { name: "byteLength", type: "number" },
    ],
    returnType: "void",
    statements: [
      `if (view !== null) ${check}`,
      "this.#view = view;",
      "this.#offset = offset;",
      ...(tail === undefined ? [] : ["this.#end = offset + byteLength;"]),
      ...children.map((child) => {
        const at = plus("offset", child.field.bitOffset / 8);
        return `this.${child.property}?.[attachView](view, ${at}, ${childLength(child, composite, "byteLength")});`;
      }),
      ...attached,
    ].join("\n"),
  };
}

/** Statements that return a child cursor standing on the member's bytes. */
export function childStatements(context: EmitContext, composite: CompositePlan, child: Child): string[] {
  const at = plus("this.#offset", child.field.bitOffset / 8);
  return [
    `if (this.${child.property} === undefined) {`,
    `  this.${child.property} = new ${child.type}();`,
    `  this.${child.property}[${use(context, "attachView")}](this.#view, ${at}, ${childLength(child, composite, "this.#end - this.#offset")});`,
    "}",
    `return this.${child.property};`,
  ];
}

function getterStatements(context: EmitContext, composite: CompositePlan, member: Placed): string[] {
  const { field, chunk } = member;
  const live = `const view = this.#view ?? ${use(context, "dead")}();`;
  if (chunk !== undefined) {
    const base = "this.#offset";
    if (chunk.length > 4) return [live, `return ${extract(context, field, chunk, "", base, composite.cName)};`];
    const bits = `const bits = ${loadChunk(chunk, base, context.plan.endian)};`;
    return [live, bits, `return ${extract(context, field, chunk, "bits", base, composite.cName)};`];
  }
  const at = plus("this.#offset", field.bitOffset / 8);
  const { shape } = field;
  const where = { record: composite.cName, path: field.cName };
  if (field === composite.tail) {
    const length =
      field.bitOffset === 0 ? "this.#end - this.#offset" : `this.#end - this.#offset - ${field.bitOffset / 8}`;
    if (shape.kind === "bytes") return [live, `return ${use(context, "copyBytes")}(view, ${at}, ${length});`];
    if (shape.kind === "string") return [live, `return ${use(context, "readString")}(view, ${at}, ${length});`];
    if (shape.kind === "array") {
      const count = shape.stride === 0 ? "0" : `Math.floor((${length}) / ${shape.stride})`;
      return [
        live,
        `return ${context.arrays.reader(context, shape.element, shape.stride, where)}(view, ${at}, ${count});`,
      ];
    }
  }
  return [live, `return ${readExpression(context, shape, at, where)};`];
}

/** The read-only cursor over a leased record: each member is decoded when it is asked for. */
export function viewClass(context: EmitContext, composite: CompositePlan): ClassDeclarationStructure {
  const members = placed(composite.nodes);
  const children = childrenOf(members, (inner) => inner.names.viewClass);
  const childOf = new Map(children.map((child) => [child.field, child]));
  const getters = members.map((member): OptionalKind<GetAccessorDeclarationStructure> => {
    const child = childOf.get(member.field);
    return {
      name: member.field.name,
      returnType: child?.type ?? fieldType(context, member.field),
      statements:
        child === undefined
          ? getterStatements(context, composite, member).join("\n")
          : childStatements(context, composite, child).join("\n"),
    };
  });
  const unions = unionsOf(composite.nodes).map((union): OptionalKind<GetAccessorDeclarationStructure> => {
    const bytes = `${use(context, "copyBytes")}(view, ${plus("this.#offset", union.offset)}, ${union.size})`;
    return {
      name: union.bytesName,
      returnType: useType(context, "OwnedBytes"),
      statements: [`const view = this.#view ?? ${use(context, "dead")}();`, `return ${bytes};`].join("\n"),
    };
  });
  return {
    kind: context.kinds.Class,
    name: composite.names.viewClass,
    implements: [useType(context, "Attachable")],
    docs: [
      `Read-only cursor over a leased ${commentText(headline(composite))}. Dead, and throwing, once the lease ends.`,
    ],
    properties: cursorFields(children, composite.tail !== undefined),
    getAccessors: [...getters, ...unions],
    methods: [...copiesOf(context, composite, members), attachMethod(context, composite, children, [])],
  };
}

/** `copyXTo(target)` of a byte member: no allocation, and never the memory itself. */
function copiesOf(
  context: EmitContext,
  composite: CompositePlan,
  members: readonly Placed[],
): OptionalKind<MethodDeclarationStructure>[] {
  const method = (name: string, at: string, length: string): OptionalKind<MethodDeclarationStructure> => ({
    name: `copy${name.charAt(0).toUpperCase()}${name.slice(1)}To`,
    parameters: [{ name: "target", type: "Uint8Array" }],
    returnType: "number",
    statements: [
      `const view = this.#view ?? ${use(context, "dead")}();`,
      `return ${use(context, "copyBytesTo")}(target, view, ${at}, ${length});`,
    ].join("\n"),
  });
  const fields = members.flatMap(({ field }) => {
    if (field.shape.kind !== "bytes") return [];
    const at = field.bitOffset / 8;
    const length = field === composite.tail ? tailSpan(at) : `${field.shape.size}`;
    return [method(field.name, plus("this.#offset", at), length)];
  });
  const unions = unionsOf(composite.nodes).map((union) =>
    method(union.bytesName, plus("this.#offset", union.offset), `${union.size}`),
  );
  return [...fields, ...unions];
}

function tailSpan(at: number): string {
  return at === 0 ? "this.#end - this.#offset" : `this.#end - this.#offset - ${at}`;
}
