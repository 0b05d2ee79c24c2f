import type {
  ClassDeclarationStructure,
  GetAccessorDeclarationStructure,
  MethodDeclarationStructure,
  OptionalKind,
  PropertyDeclarationStructure,
} from "ts-morph";
import type { CompositePlan, FieldPlan, TaggedUnionPlan } from "../plan/model.ts";
import { Scope } from "../plan/names.ts";
import {
  type EmitContext,
  extentOf,
  fixedLength,
  openUnion,
  plus,
  quote,
  reachesEnd,
  taggedOf,
  use,
  useType,
} from "./context.ts";
import { unionLength } from "./decode.ts";
import { elementCount, locate, memberValue, type Placed, placed, type Span, unionsOf } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { fieldType } from "./types.ts";

const where: Span = { base: "this.#offset", end: "this.#end" };

type Getter = OptionalKind<GetAccessorDeclarationStructure>;
type Method = OptionalKind<MethodDeclarationStructure>;

/** The line by which a member refuses to be used after its lease. */
export function liveLine(context: EmitContext): string {
  return `const view = this.#view ?? ${use(context, "dead")}();`;
}

/** Where a cursor stands: private, so that the memory under it never reaches a user. */
export function cursorFields(
  children: readonly Child[],
  variable: boolean,
  empty: boolean,
): OptionalKind<PropertyDeclarationStructure>[] {
  if (empty) return [];
  return [
    { name: "#view", type: "DataView | null", initializer: "null" },
    { name: "#offset", initializer: "0" },
    ...(variable ? [{ name: "#end", initializer: "0" }] : []),
    ...children.map((child) => ({ name: child.property, type: `${child.type} | undefined` })),
  ];
}

/** Whether any member asks where the sample ends. */
export function usesEnd(members: readonly { readonly statements?: unknown }[]): boolean {
  return members.some(({ statements }) => typeof statements === "string" && /this\.#end(?![\w$])/.test(statements));
}

/** A contained struct's own cursor, made when first asked for and moved along from then on. */
export interface Child {
  readonly field: FieldPlan;
  readonly property: string;
  readonly type: string;
  /** Expression for its byte length, given the record's. */
  readonly length: (byteLength: string) => string;
  /** An arm that a short sample may not hold: checked when it is asked for, and left behind when the cursor moves. */
  readonly arm: boolean;
}

function armsOf(tagged: readonly TaggedUnionPlan[]): Set<FieldPlan> {
  const trailing = tagged.filter((entry) => entry.trailing).map(({ union }) => union);
  return new Set(placed(trailing).map((member) => member.field));
}

/** The members of a composite that are structs or unions. */
export function childrenOf(
  composite: CompositePlan,
  members: readonly Placed[],
  typeOf: (composite: CompositePlan) => string,
): Child[] {
  const scope = new Scope(["#view", "#offset", "#end"]);
  const arms = armsOf(composite.tagged);
  return members.flatMap(({ field }): Child[] => {
    if (field.shape.kind !== "composite") return [];
    const inner = field.shape.composite;
    const at = field.bitOffset / 8;
    const rest = (byteLength: string): string => (at === 0 ? byteLength : `${byteLength} - ${at}`);
    return [
      {
        field,
        property: scope.take(`#${field.name}`),
        type: typeOf(inner),
        length: reachesEnd(composite, field) ? rest : () => `${field.room ?? fixedLength(inner)}`,
        arm: arms.has(field),
      },
    ];
  });
}

/** The symbol-keyed method by which the runtime moves a cursor. */
export function attachMethod(
  context: EmitContext,
  composite: CompositePlan,
  children: readonly Child[],
  options: {
    readonly keepsEnd: boolean;
    readonly writer: boolean;
    /** No member, so nothing to remember. */
    readonly empty: boolean;
    readonly attached: readonly string[];
  },
): Method {
  const attach = use(context, "attachView");
  return {
    name: `[${attach}]`,
    parameters: [
      { name: "view", type: "DataView | null" },
      { name: "offset", type: "number" },
      { name: "byteLength", type: "number" },
      ...(options.writer ? [{ name: "contained", initializer: "false", type: "boolean" }] : []),
    ],
    returnType: "void",
    statements: [
      `if (view !== null) ${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`,
      ...(options.empty ? [] : ["this.#view = view;", "this.#offset = offset;"]),
      ...(options.keepsEnd ? ["this.#end = offset + byteLength;"] : []),
      ...options.attached,
      ...children.map((child) => {
        if (child.arm) return `this.${child.property}?.[${attach}](null, 0, 0);`;
        const at = plus("offset", child.field.bitOffset / 8);
        return `this.${child.property}?.[${attach}](view, ${at}, ${child.length("byteLength")}${options.writer ? ", true" : ""});`;
      }),
    ].join("\n"),
  };
}

/** Statements that give a child cursor standing on the member's bytes. */
export function childLines(context: EmitContext, composite: CompositePlan, child: Child, writer: boolean): string[] {
  const contained = writer ? ", true" : "";
  const at = plus("this.#offset", child.field.bitOffset / 8);
  const attach = use(context, "attachView");
  if (child.arm) {
    const start = child.field.bitOffset / 8;
    const open = reachesEnd(composite, child.field);
    const inner = open ? `this.#end - this.#offset - ${start}` : `${child.field.shape.size}`;
    return [
      liveLine(context),
      ...(open ? [] : [armCheck(context, composite, start + child.field.shape.size)]),
      `const child = (this.${child.property} ??= new ${child.type}());`,
      `child[${attach}](view, ${at}, ${inner}${contained});`,
      "return child;",
    ];
  }
  return [
    `if (this.${child.property} === undefined) {`,
    `  this.${child.property} = new ${child.type}();`,
    `  this.${child.property}[${attach}](this.#view, ${at}, ${child.length("this.#end - this.#offset")}${contained});`,
    "}",
    `return this.${child.property};`,
  ];
}

function armCheck(context: EmitContext, composite: CompositePlan, needed: number): string {
  return `${use(context, "checkBounds")}(${quote(composite.cName)}, view, this.#offset, this.#end - this.#offset, ${needed});`;
}

function kindGetter(context: EmitContext, composite: CompositePlan): Getter[] {
  const { tagged, variant } = composite;
  const own = variant === undefined ? [] : [variant];
  const fixed = own.map(({ kindName, kind }) => ({
    name: kindName,
    returnType: quote(kind),
    statements: `return ${quote(kind)};`,
  }));
  const told = tagged.map(({ tag, kindName, variants }) => {
    const cases = variants.flatMap((entry) =>
      entry.values.map((value) => `  case ${placeLiteral(tag, value)}:`).concat(`    return ${quote(entry.kind)};`),
    );
    return {
      name: kindName,
      returnType: [...variants.map((entry) => quote(entry.kind)), '"unknown"'].join(" | "),
      statements: [
        liveLine(context),
        `switch (${loadPlace(context, tag, "this.#offset")}) {`,
        ...cases,
        "  default:",
        '    return "unknown";',
        "}",
      ].join("\n"),
    };
  });
  return [...fixed, ...told];
}

/** `copyXTo(target)`: no allocation, and never the memory itself. */
function copyMethod(
  context: EmitContext,
  name: string,
  at: string,
  length: string,
  before: readonly string[] = [],
): Method {
  const copy = `return ${use(context, "copyBytesTo")}(target, view, ${at}, ${length});`;
  return {
    name: `copy${name.charAt(0).toUpperCase()}${name.slice(1)}To`,
    parameters: [{ name: "target", type: "Uint8Array" }],
    returnType: "number",
    statements: [liveLine(context), ...before, copy].join("\n"),
  };
}

/** Getters and copies of the unions' bytes. */
function unionMembers(context: EmitContext, composite: CompositePlan): { getters: Getter[]; copies: Method[] } {
  const getters: Getter[] = [];
  const copies: Method[] = [];
  for (const union of unionsOf(composite.nodes)) {
    const tagged = taggedOf(composite, union);
    const at = plus("this.#offset", union.offset);
    const rest = `this.#end - this.#offset - ${union.offset}`;
    const open = union === openUnion(composite);
    const length =
      tagged !== undefined ? unionLength(composite, tagged, where.base, where.end) : open ? rest : `${union.size}`;
    getters.push({
      name: union.bytesName,
      returnType: useType(context, "OwnedBytes"),
      statements: `${liveLine(context)}\nreturn ${use(context, "copyBytes")}(view, ${at}, ${length});`,
    });
    copies.push(copyMethod(context, union.bytesName, at, length));
  }
  return { getters, copies };
}

/** The read-only cursor over a leased record: each member is decoded when it is asked for. */
export function viewClass(context: EmitContext, composite: CompositePlan): ClassDeclarationStructure {
  const members = placed(composite.nodes);
  const children = childrenOf(composite, members, (inner) => inner.names.viewClass);
  const childOf = new Map(children.map((child) => [child.field, child]));
  const arms = armsOf(composite.tagged);
  const getters = members.map((member): Getter => {
    const { field } = member;
    const child = childOf.get(field);
    if (child !== undefined) {
      return {
        name: field.name,
        returnType: child.type,
        statements: childLines(context, composite, child, false).join("\n"),
      };
    }
    const value = memberValue(context, composite, member, where, "bits");
    const size = reachesEnd(composite, field) ? 0 : extentOf(field) * 8;
    const end = Math.ceil((field.bitOffset + (field.bitSize ?? size)) / 8);
    const check = arms.has(field) ? [armCheck(context, composite, end)] : [];
    const lines = [liveLine(context), ...check, ...value.locals, `return ${value.expression};`];
    return { name: field.name, returnType: fieldType(context, field), statements: lines.join("\n") };
  });
  const copies = members.flatMap(({ field }): Method[] => {
    if (field.dataloc?.text === false) {
      const { locals, at, length } = locate(context, composite, field, where, "at");
      return [copyMethod(context, field.name, at, length, locals)];
    }
    if (field.shape.kind !== "bytes" || field.variable?.list !== undefined) return [];
    const length =
      field.variable === undefined ? `${field.shape.size}` : elementCount(context, composite, field, where);
    const end = field.bitOffset / 8 + (reachesEnd(composite, field) ? 0 : extentOf(field));
    const check = arms.has(field) ? [armCheck(context, composite, end)] : [];
    return [copyMethod(context, field.name, plus("this.#offset", field.bitOffset / 8), length, check)];
  });
  const unions = unionMembers(context, composite);
  const methods = [...copies, ...unions.copies];
  const all = [...getters, ...methods, ...unions.getters];
  const keepsEnd = usesEnd(all);
  const empty = all.length === 0 && composite.tagged.length === 0;
  return {
    kind: context.kinds.Class,
    name: composite.names.viewClass,
    implements: [useType(context, "Attachable")],
    properties: cursorFields(children, keepsEnd, empty),
    getAccessors: [...kindGetter(context, composite), ...getters, ...unions.getters],
    methods: [...methods, attachMethod(context, composite, children, { keepsEnd, empty, writer: false, attached: [] })],
  };
}

/** The type of a record's view and writer, as users name them. */
export function viewTypes(context: EmitContext, composite: CompositePlan): string {
  const { names, tagged, variant, cText } = composite;
  const base = tagged.length > 0 ? (composite.commonType ?? names.type) : names.type;
  // The kind of a stream's variant says itself.
  let written: string = variant === undefined ? base : `Omit<${base}, ${quote(variant.kindName)}>`;
  if (tagged.length > 0) {
    const arms = tagged.flatMap(({ union }) => [
      ...placed([union]).map(({ field }) => `readonly ${field.name}: ${fieldType(context, field)};`),
      `readonly ${union.bytesName}: ${useType(context, "OwnedBytes")};`,
    ]);
    written += ` & { ${arms.join(" ")} }`;
  }
  return [
    `/** Cursor over a leased \`${cText}\`: its members throw once the lease has ended. */`,
    `export type ${names.view} = ${useType(context, "ViewOf")}<${names.type}>;`,
    `/** Setters over a reserved \`${cText}\`: they throw once the sample was submitted or discarded. */`,
    `export type ${names.writer} = ${useType(context, "WriterOf")}<${written}>;`,
  ].join("\n");
}
