import type { CompositePlan, FieldPlan } from "../plan/model.ts";
import { storeField } from "./bit-fields.ts";
import { childrenOf } from "./children.ts";
import { block, type Code, code } from "./code.ts";
import { type EmitContext, extentOf, holdsOverlying, leavesRest, openUnion, plus, use, useType } from "./context.ts";
import type { ClassDeclarationStructure, SetAccessorDeclarationStructure } from "./declaration.ts";
import { datalocLines } from "./encode-variable.ts";
import { type Placed, placed, unionsOf } from "./members.ts";
import { storeLiteral } from "./places.ts";
import { quote } from "./text.ts";
import { fieldType } from "./types.ts";
import { writeStatements } from "./values.ts";
import { attachMethod, childWriterLines, liveLine, usesEnd, writerFields } from "./writer-cursor.ts";

type Setter = SetAccessorDeclarationStructure;

/** Bytes that a member may take at most: what is left of the sample, for one that varies. */
function room(member: Placed): Code {
  const { variable, bitOffset, shape } = member.field;
  const rest = code`this.#end - this.#offset - ${bitOffset / 8}`;
  if (variable?.kind === "flexible") return rest;
  if (variable?.kind === "truncated") return code`Math.min(${shape.size}, ${rest})`;
  return code`${extentOf(member.field)}`;
}

function variableSetter(context: EmitContext, composite: CompositePlan, member: Placed): Code[] {
  const { field } = member;
  const { shape, variable } = field;
  const at = plus(code`this.#offset`, field.bitOffset / 8);
  const path = quote(field.name);
  const limit = room(member);
  if (variable?.list !== undefined) {
    const { item, align } = variable.list;
    const length = code`${context.lists.length(context, item, align)}(value)`;
    return [
      code`if (${length} > ${limit}) ${use(context, "outOfRange")}(${path}, value, "has no room in the sample");`,
      code`${context.lists.writer(context, item, align)}(value, view, ${at}, ${at} + ${limit}, ${path});`,
    ];
  }
  if (shape.kind === "bytes" || shape.kind === "string") {
    const write = use(context, shape.kind === "bytes" ? "writeBytes" : "writeString");
    if (!leavesRest(composite, field)) return [code`${write}(value, view, ${at}, ${limit}, ${path});`];
    const length = shape.kind === "bytes" ? code`value.length` : code`${use(context, "utf8Length")}(value)`;
    return [
      code`const length = ${length};`,
      code`if (length > ${limit}) ${use(context, "outOfRange")}(${path}, value, "has no room in the sample");`,
      code`${write}(value, view, ${at}, length, ${path});`,
    ];
  }
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const over = holdsOverlying(shape);
  const write = context.arrays.writer(context, shape.element, shape.stride, over);
  return [
    code`if (value.length * ${shape.stride} > ${limit}) ${use(context, "outOfRange")}(${path}, value, "has no room in the sample");`,
    code`${write}(value, view, ${at}, value.length, ${path}${over ? ", this.#end" : ""});`,
  ];
}

/** Data goes behind that of the members that were set before; what is set anew takes room anew. */
function datalocSetter(context: EmitContext, field: FieldPlan): Code[] {
  const path = quote(field.name);
  return [
    code`const length = ${use(context, "blobLength")}(value);`,
    code`if (length > this.#end - this.#offset - this.#used) ${use(context, "outOfRange")}(${path}, value, "has no room in the sample");`,
    ...datalocLines(context, field, {
      value: code`value`,
      length: code`length`,
      base: code`this.#offset`,
      from: code`this.#used`,
    }),
    code`this.#used += length;`,
  ];
}

function setterLines(context: EmitContext, composite: CompositePlan, member: Placed): Code[] {
  const { field } = member;
  if (member.chunk !== undefined && field.dataloc === undefined)
    return [liveLine(context), storeField(context, field, member.chunk, code`this.#offset`, code`value`)];
  if (field.variable !== undefined) return [liveLine(context), ...variableSetter(context, composite, member)];
  if (field.dataloc !== undefined) return [liveLine(context), ...datalocSetter(context, field)];
  const { shape } = field;
  const at = plus(code`this.#offset`, field.bitOffset / 8);
  const end = field.overlies === true ? code`this.#end` : undefined;
  return [liveLine(context), ...writeStatements(context, shape, code`value`, at, quote(field.name), { end })];
}

function writable({ field }: Placed): boolean {
  return field.shape.kind !== "composite";
}

/** Setters over a reserved sample; what is not set stays 0. */
export function writerClass(context: EmitContext, composite: CompositePlan): ClassDeclarationStructure {
  const members = placed(composite.nodes);
  const children = childrenOf(composite, members, (inner) => inner.names.writerClass);
  const setters = members.filter(writable).map(
    (member): Setter => ({
      name: member.field.name,
      parameters: [
        { name: code`value`, type: code`${useType(context, "Input")}<${fieldType(context, member.field)}>` },
      ],
      statements: block(setterLines(context, composite, member)),
    }),
  );
  const unions = unionsOf(composite.nodes).map((union): Setter => {
    const at = plus(code`this.#offset`, union.offset);
    const size =
      union === openUnion(composite) ? code`this.#end - this.#offset - ${union.offset}` : code`${union.size}`;
    return {
      name: union.bytesName,
      parameters: [{ name: code`value`, type: code`Uint8Array` }],
      statements: code`${liveLine(context)}\n${use(context, "writeBytes")}(value, view, ${at}, ${size}, ${quote(union.bytesName)});`,
    };
  });
  const getters = children.map((child) => ({
    name: child.field.name,
    returnType: child.type,
    statements: block(childWriterLines(context, composite, child)),
  }));
  const { variant } = composite;
  const [tag] = variant?.values ?? [];
  const fresh = [code`${use(context, "zero")}(view, offset, byteLength);`];
  if (variant !== undefined && tag !== undefined) fresh.push(storeLiteral(context, variant.tag, code`offset`, tag));
  // A reserved sample holds stale bytes; a contained struct was zeroed with the record, and may have been written since.
  const attached = [code`if (view !== null && !contained) {`, ...fresh.map((line) => code`  ${line}`), code`}`];
  const blob = composite.tail?.variable?.kind === "blob" ? composite.tail : undefined;
  if (blob !== undefined) attached.push(code`this.#used = ${blob.bitOffset / 8};`);
  const keepsEnd = usesEnd([...setters, ...unions, ...getters]);
  const empty = setters.length + getters.length + unions.length === 0;
  return {
    kind: context.kinds.Class,
    name: composite.names.writerClass,
    implements: [useType(context, "Attachable")],
    properties: [
      ...writerFields(children, keepsEnd, empty),
      ...(blob === undefined ? [] : [{ name: code`#used`, initializer: code`0` }]),
    ],
    getAccessors: getters,
    setAccessors: [...setters, ...unions],
    methods: [attachMethod(context, composite, children, { keepsEnd, empty, attached })],
  };
}
