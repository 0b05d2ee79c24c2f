import type { MethodDeclarationStructure, OptionalKind, PropertyDeclarationStructure } from "ts-morph";
import type { CompositePlan } from "../plan/model.ts";
import { armCheck, type Child } from "./children.ts";
import { type EmitContext, plus, use } from "./context.ts";
import type { Span } from "./members.ts";
import { quote } from "./text.ts";

const where: Span = { base: "this.#offset", end: "this.#end" };

/** The line by which a setter refuses to be used after its sample has ended. */
export function liveLine(context: EmitContext): string {
  return `const view = this.#view ?? ${use(context, "dead")}();`;
}

/** Where a writer stands: private, so that the memory under it never reaches a user. */
export function writerFields(
  children: readonly Child[],
  keepsEnd: boolean,
  empty: boolean,
): OptionalKind<PropertyDeclarationStructure>[] {
  if (empty) return [];
  return [
    { name: "#view", type: "DataView | null", initializer: "null" },
    { name: "#offset", initializer: "0" },
    ...(keepsEnd ? [{ name: "#end", initializer: "0" }] : []),
    ...children.map((child) => ({ name: child.property, type: `${child.type} | undefined` })),
  ];
}

/** Whether any setter asks where the sample ends. */
export function usesEnd(members: readonly { readonly statements?: unknown }[]): boolean {
  return members.some(({ statements }) => typeof statements === "string" && /this\.#end(?![\w$])/.test(statements));
}

function lengthOf({ at, length }: Child, byteLength: string): string {
  if (length !== undefined) return `${length}`;
  return at === 0 ? byteLength : `${byteLength} - ${at}`;
}

/** The symbol-keyed method by which the runtime puts a writer on a sample. */
export function attachMethod(
  context: EmitContext,
  composite: CompositePlan,
  children: readonly Child[],
  options: {
    readonly keepsEnd: boolean;
    /** No member, so nothing to remember. */
    readonly empty: boolean;
    readonly attached: readonly string[];
  },
): OptionalKind<MethodDeclarationStructure> {
  const attach = use(context, "attachView");
  return {
    name: `[${attach}]`,
    parameters: [
      { name: "view", type: "DataView | null" },
      { name: "offset", type: "number" },
      { name: "byteLength", type: "number" },
      { name: "contained", initializer: "false", type: "boolean" },
    ],
    returnType: "void",
    statements: [
      `if (view !== null) ${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`,
      ...(options.empty ? [] : ["this.#view = view;", "this.#offset = offset;"]),
      ...(options.keepsEnd ? ["this.#end = offset + byteLength;"] : []),
      ...options.attached,
      ...children.map((child) =>
        child.needed !== undefined
          ? `this.${child.property}?.[${attach}](null, 0, 0);`
          : `this.${child.property}?.[${attach}](view, ${plus("offset", child.at)}, ${lengthOf(child, "byteLength")}, true);`,
      ),
    ].join("\n"),
  };
}

/** Statements that give a child writer standing on the member's bytes. */
export function childWriterLines(context: EmitContext, composite: CompositePlan, child: Child): string[] {
  const at = plus("this.#offset", child.at);
  const attach = use(context, "attachView");
  const length = lengthOf(child, "this.#end - this.#offset");
  if (child.needed !== undefined) {
    return [
      liveLine(context),
      armCheck(context, composite, where, child.needed),
      `const child = (this.${child.property} ??= new ${child.type}());`,
      `child[${attach}](view, ${at}, ${length}, true);`,
      "return child;",
    ];
  }
  return [
    `if (this.${child.property} === undefined) {`,
    `  this.${child.property} = new ${child.type}();`,
    `  this.${child.property}[${attach}](this.#view, ${at}, ${length}, true);`,
    "}",
    `return this.${child.property};`,
  ];
}
