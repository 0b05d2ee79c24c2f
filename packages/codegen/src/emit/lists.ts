import type { FunctionDeclarationStructure } from "ts-morph";
import type { CompositePlan } from "../plan/model.ts";
import { type EmitContext, lengthName, use, useType } from "./context.ts";
import { elementCount } from "./members.ts";
import { quote } from "./text.ts";

/** Functions for lists of structs that each say how long they are: `{ type, size, data[] }` repeated. */
export class ListFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #names = new Map<string, { readonly read: string; readonly write: string; readonly length: string }>();

  #settle(context: EmitContext, item: CompositePlan, align: number) {
    const key = `${item.names.type}/${align}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names = {
      read: context.scope.take(`${item.names.read}List`),
      write: context.scope.take(`${item.names.write}List`),
      length: context.scope.take(`${item.names.length}OfList`),
    };
    this.#names.set(key, names);
    this.declarations.push(
      this.#reader(context, item, align, names.read),
      this.#lengths(context, item, align, names.length),
      this.#writer(context, item, align, names.write),
    );
    return names;
  }

  /** The name of `(view, offset, end) => Item[]`. */
  reader(context: EmitContext, item: CompositePlan, align: number): string {
    return this.#settle(context, item, align).read;
  }

  /** The name of `(value, view, offset, end, path) => void`. */
  writer(context: EmitContext, item: CompositePlan, align: number): string {
    return this.#settle(context, item, align).write;
  }

  /** The name of `(value) => bytes`. */
  length(context: EmitContext, item: CompositePlan, align: number): string {
    return this.#settle(context, item, align).length;
  }

  #reader(context: EmitContext, item: CompositePlan, align: number, name: string): FunctionDeclarationStructure {
    const { tail } = item;
    if (tail?.variable === undefined) throw new Error(`${item.cName} does not vary`);
    const start = tail.bitOffset / 8;
    const { stride } = tail.variable;
    const count = elementCount(context, item, tail, { base: "offset", end: "end" });
    const bytes = stride === 1 ? "count" : `count * ${stride}`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: "view", type: "DataView" },
        { name: "offset", type: "number" },
        { name: "end", type: "number" },
      ],
      returnType: `${item.names.type}[]`,
      statements: [
        `const result: ${item.names.type}[] = [];`,
        ...(align === 1 ? [] : ["const start = offset;"]),
        "while (offset < end) {",
        `  ${use(context, "checkBounds")}(${quote(item.cName)}, view, offset, end - offset, ${start});`,
        `  const count = ${count};`,
        `  const next = offset + ${start} + ${bytes};`,
        `  result.push(${item.names.read}(view, offset, next));`,
        align === 1 ? "  offset = next;" : `  offset = start + Math.ceil((next - start) / ${align}) * ${align};`,
        "}",
        "return result;",
      ].join("\n"),
    };
  }

  #lengths(context: EmitContext, item: CompositePlan, align: number, name: string): FunctionDeclarationStructure {
    const each = `${lengthName(context, item)}(item)`;
    return {
      kind: context.kinds.Function,
      name,
      parameters: [{ name: "value", type: `readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` }],
      returnType: "number",
      statements: [
        "let length = 0;",
        `for (const item of value ?? []) length += ${align === 1 ? each : `Math.ceil(${each} / ${align}) * ${align}`};`,
        "return length;",
      ].join("\n"),
    };
  }

  #writer(context: EmitContext, item: CompositePlan, align: number, name: string): FunctionDeclarationStructure {
    return {
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: "value", type: `readonly ${useType(context, "Input")}<${item.names.type}>[] | undefined` },
        { name: "view", type: "DataView" },
        { name: "offset", type: "number" },
        { name: "end", type: "number" },
        { name: "path", type: "string" },
      ],
      returnType: "void",
      statements: [
        "for (const [i, item] of (value ?? []).entries()) {",
        `  const byteLength = ${lengthName(context, item)}(item);`,
        `  const next = ${align === 1 ? "byteLength" : `Math.ceil(byteLength / ${align}) * ${align}`};`,
        `  if (next > end - offset) ${use(context, "outOfRange")}(path, value, "has no room");`,
        `  ${use(context, "zero")}(view, offset, next);`,
        "  try {",
        `    ${item.names.write}(item, view, offset, offset + byteLength);`,
        "  } catch (error) {",
        `    throw ${use(context, "within")}(error, path, i);`,
        "  }",
        "  offset += next;",
        "}",
      ].join("\n"),
    };
  }
}
