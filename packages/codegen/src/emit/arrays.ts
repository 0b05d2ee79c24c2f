import type { FunctionDeclarationStructure } from "ts-morph";
import type { Shape } from "../plan/model.ts";
import { type EmitContext, parametersOf, use, useType } from "./context.ts";
import { noPath, outType, readExpression, writeStatements } from "./values.ts";

/**
 * Read and write functions for arrays: one per kind of element and file, so that each loop stays monomorphic and no
 * closure is made.
 */
export class ArrayFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #readers = new Map<string, string>();
  readonly #writers = new Map<string, string>();

  /** The name of `(view, offset, count) => readonly T[]`; of elements that lie over what follows, with the sample's end. */
  reader(
    context: EmitContext,
    element: Shape,
    stride: number,
    where: { readonly record: string; readonly path: string },
    overlies = false,
  ): string {
    const key = `${keyOf(element)}${needsPlace(element) ? `@${where.record}.${where.path}` : ""}${overlies ? " over" : ""}`;
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const name = context.scope.take(`read${labelOf(element)}Array`);
    this.#readers.set(key, name);
    const type = outType(context, element);
    const at = stride === 1 ? "offset + i" : `offset + i * ${stride}`;
    const item = readExpression(context, element, at, where, overlies ? "end" : undefined);
    const end = overlies ? [{ name: "end", type: "number" }] : [];
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: parametersOf(
        [
          { name: "view", type: "DataView" },
          { name: "offset", type: "number" },
          { name: "count", type: "number" },
          ...end,
        ],
        item,
      ).map((parameter) => (parameter.name === "_count" ? { ...parameter, name: "count" } : parameter)),
      returnType: `${wrapped(type)}[]`,
      statements: [
        `const result: ${wrapped(type)}[] = [];`,
        `for (let i = 0; i < count; i++) result.push(${item});`,
        "return result;",
      ].join("\n"),
    });
    return name;
  }

  /** The name of `(value, view, offset, count, path) => void`; of elements that lie over what follows, with their end. */
  writer(context: EmitContext, element: Shape, stride: number, overlies = false): string {
    const key = keyOf(element) + (overlies ? " over" : "");
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const name = context.scope.take(`write${labelOf(element)}Array`);
    this.#writers.set(key, name);
    const type = `${useType(context, "Input")}<${outType(context, element)}>`;
    const at = stride === 1 ? "offset + i" : `offset + i * ${stride}`;
    const statements = [
      "if (value === undefined) {",
      `  ${use(context, "zero")}(view, offset, ${stride === 1 ? "count" : `count * ${stride}`});`,
      "  return;",
      "}",
      `${use(context, "checkArray")}(value, count, path);`,
      "let i = 0;",
      "try {",
      "  for (; i < count; i++) {",
      ...writeStatements(context, element, "value[i]", at, noPath, overlies ? { end: "end" } : {}).map(
        (line) => `    ${line}`,
      ),
      "  }",
      "} catch (error) {",
      `  throw ${use(context, "within")}(error, path, i);`,
      "}",
    ];
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: "value", type: `readonly ${type}[] | undefined` },
        { name: "view", type: "DataView" },
        { name: "offset", type: "number" },
        { name: "count", type: "number" },
        { name: "path", type: "string" },
        ...(overlies ? [{ name: "end", type: "number" }] : []),
      ],
      returnType: "void",
      statements: statements.join("\n"),
    });
    return name;
  }
}

function wrapped(type: string): string {
  return type.startsWith("readonly ") ? `(${type})` : type;
}

function needsPlace(shape: Shape): boolean {
  if (shape.kind === "array") return needsPlace(shape.element);
  return shape.kind === "int" && shape.size === 8 && shape.policy === "number";
}

/** Two elements with the same key read and write alike. */
function keyOf(shape: Shape): string {
  switch (shape.kind) {
    case "int":
      return `${shape.signed ? "i" : "u"}${shape.size}${shape.endian[0]}${shape.size === 8 ? shape.policy : ""}`;
    case "enum":
      return `${shape.signed ? "i" : "u"}${shape.size}${shape.endian[0]}enum ${shape.enum?.name ?? ""}`;
    case "bool":
    case "float":
    case "pointer":
      return `${shape.kind}${shape.size}${shape.endian[0]}`;
    case "string":
    case "bytes":
      return `${shape.kind}${shape.size}`;
    case "array":
      return `${keyOf(shape.element)}[${shape.count}]`;
    case "composite":
      return `composite ${shape.composite.names.type}`;
  }
}

function labelOf(shape: Shape): string {
  switch (shape.kind) {
    case "int":
      return `${shape.size === 16 || (shape.size === 8 && shape.policy !== "number") ? "Big" : ""}${shape.signed ? "Int" : "Uint"}${shape.size * 8}`;
    case "enum":
      return shape.enum?.name ?? `${shape.signed ? "Int" : "Uint"}${shape.size * 8}`;
    case "bool":
      return "Bool";
    case "float":
      return `Float${shape.size * 8}`;
    case "pointer":
      return "Pointer";
    case "string":
      return `String${shape.size}`;
    case "bytes":
      return `Bytes${shape.size}`;
    case "array":
      return `${labelOf(shape.element)}Array${shape.count}`;
    case "composite":
      return shape.composite.names.type;
  }
}
