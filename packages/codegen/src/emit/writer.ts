import type { ClassDeclarationStructure, OptionalKind, SetAccessorDeclarationStructure } from "ts-morph";
import type { CompositePlan } from "../plan/model.ts";
import { storeField } from "./bit-fields.ts";
import { type EmitContext, plus, quote, use, useType } from "./context.ts";
import { commentText, fieldType, headline } from "./types.ts";
import { writeStatements } from "./values.ts";
import { attachMethod, childrenOf, childStatements, cursorFields, type Placed, placed, unionsOf } from "./view.ts";

function setterStatements(context: EmitContext, composite: CompositePlan, member: Placed): string[] {
  const { field } = member;
  const live = `const view = this.#view ?? ${use(context, "dead")}();`;
  if (member.chunk !== undefined) return [live, storeField(context, field, "this.#offset", "value")];
  const at = plus("this.#offset", field.bitOffset / 8);
  if (field === composite.tail) {
    const length = `this.#end - this.#offset - ${field.bitOffset / 8}`;
    if (field.shape.kind === "bytes") {
      return [live, `${use(context, "writeBytes")}(value, view, ${at}, ${length}, ${quote(field.name)});`];
    }
    if (field.shape.kind === "array") {
      const write = context.arrays.writer(context, field.shape.element, field.shape.stride);
      return [
        live,
        `if (value.length * ${field.shape.stride} > ${length}) ${use(context, "outOfRange")}(${quote(field.name)}, value, "is longer than the sample");`,
        `${write}(value, view, ${at}, value.length, ${quote(field.name)});`,
      ];
    }
  }
  return [live, ...writeStatements(context, field.shape, "value", at, quote(field.name))];
}

/** Setters over a reserved sample; what is not set stays 0. */
export function writerClass(context: EmitContext, composite: CompositePlan): ClassDeclarationStructure {
  const members = placed(composite.nodes);
  const children = childrenOf(members, (inner) => inner.names.writerClass);
  const setters = members
    .filter(({ field }) => field.shape.kind !== "composite")
    .map(
      (member): OptionalKind<SetAccessorDeclarationStructure> => ({
        name: member.field.name,
        parameters: [{ name: "value", type: `${useType(context, "Input")}<${fieldType(context, member.field)}>` }],
        statements: setterStatements(context, composite, member).join("\n"),
      }),
    );
  const getters = children.map((child) => ({
    name: child.field.name,
    returnType: child.type,
    statements: childStatements(context, composite, child).join("\n"),
  }));
  const unions = unionsOf(composite.nodes).map((union): OptionalKind<SetAccessorDeclarationStructure> => {
    const at = plus("this.#offset", union.offset);
    return {
      name: union.bytesName,
      parameters: [{ name: "value", type: "Uint8Array" }],
      statements: [
        `const view = this.#view ?? ${use(context, "dead")}();`,
        `${use(context, "writeBytes")}(value, view, ${at}, ${union.size}, ${quote(union.bytesName)});`,
      ].join("\n"),
    };
  });
  return {
    kind: context.kinds.Class,
    name: composite.names.writerClass,
    implements: [useType(context, "Attachable")],
    docs: [
      `Setters over a reserved ${commentText(headline(composite))}. Dead, and throwing, once it was submitted or discarded.`,
    ],
    properties: cursorFields(children, composite.tail !== undefined),
    getAccessors: getters,
    setAccessors: [...setters, ...unions],
    methods: [
      attachMethod(context, composite, children, [
        `if (view !== null) ${use(context, "zero")}(view, offset, byteLength);`,
      ]),
    ],
  };
}
