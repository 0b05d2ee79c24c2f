import type { CompositePlan } from "../plan/model.ts";
import { armCheck, type Child } from "./children.ts";
import { block, type Code, code } from "./code.ts";
import { type EmitContext, plus, use } from "./context.ts";
import type { MethodDeclarationStructure, PropertyDeclarationStructure } from "./declaration.ts";
import type { Span } from "./members.ts";
import { quote } from "./text.ts";

const where: Span = { base: code`this.#offset`, end: code`this.#end` };

/** The line by which a setter refuses to be used after its sample has ended. */
export function liveLine(context: EmitContext): Code {
  return code`const view = this.#view ?? ${use(context, "dead")}();`;
}

/** Where a writer stands: private, so that the memory under it never reaches a user. */
export function writerFields(
  children: readonly Child[],
  keepsEnd: boolean,
  empty: boolean,
): PropertyDeclarationStructure[] {
  if (empty) return [];
  return [
    { name: code`#view`, type: code`DataView | null`, initializer: code`null` },
    { name: code`#offset`, initializer: code`0` },
    ...(keepsEnd ? [{ name: code`#end`, initializer: code`0` }] : []),
    ...children.map((child) => ({ name: child.property, type: code`${child.type} | undefined` })),
  ];
}

/** Whether any setter asks where the sample ends. */
export function usesEnd(members: readonly { readonly statements?: unknown }[]): boolean {
  return members.some(({ statements }) => typeof statements === "string" && /this\.#end(?![\w$])/.test(statements));
}

function lengthOf({ at, length }: Child, byteLength: Code): Code {
  if (length !== undefined) return code`${length}`;
  return at === 0 ? byteLength : code`${byteLength} - ${at}`;
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
    readonly attached: readonly Code[];
  },
): MethodDeclarationStructure {
  const attach = use(context, "attachView");
  return {
    name: code`[${attach}]`,
    parameters: [
      { name: code`view`, type: code`DataView | null` },
      { name: code`offset`, type: code`number` },
      { name: code`byteLength`, type: code`number` },
      { name: code`contained`, initializer: code`false`, type: code`boolean` },
    ],
    returnType: code`void`,
    statements: block([
      code`if (view !== null) ${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`,
      ...(options.empty ? [] : [code`this.#view = view;`, code`this.#offset = offset;`]),
      ...(options.keepsEnd ? [code`this.#end = offset + byteLength;`] : []),
      ...options.attached,
      ...children.map((child) =>
        child.needed !== undefined
          ? code`this.${child.property}?.[${attach}](null, 0, 0);`
          : code`this.${child.property}?.[${attach}](view, ${plus(code`offset`, child.at)}, ${lengthOf(child, code`byteLength`)}, true);`,
      ),
    ]),
  };
}

/** Statements that give a child writer standing on the member's bytes. */
export function childWriterLines(context: EmitContext, composite: CompositePlan, child: Child): Code[] {
  const at = plus(code`this.#offset`, child.at);
  const attach = use(context, "attachView");
  const length = lengthOf(child, code`this.#end - this.#offset`);
  if (child.needed !== undefined) {
    return [
      liveLine(context),
      armCheck(context, composite, where, child.needed),
      code`const child = (this.${child.property} ??= new ${child.type}());`,
      code`child[${attach}](view, ${at}, ${length}, true);`,
      code`return child;`,
    ];
  }
  return [
    code`if (this.${child.property} === undefined) {`,
    code`  this.${child.property} = new ${child.type}();`,
    code`  this.${child.property}[${attach}](this.#view, ${at}, ${length}, true);`,
    code`}`,
    code`return this.${child.property};`,
  ];
}
