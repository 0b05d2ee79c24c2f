import type { Form, Shape } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { binary, block, type Code, code, local } from "./code.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { type FunctionDeclarationStructure, parametersOf } from "./declaration.ts";
import { here, times, value } from "./span.ts";
import { arrayOf, noPath, outType, readExpression, writeStatements } from "./values.ts";

type ArrayShape = Extract<Shape, { kind: "array" }>;

const { view, base: offset, end } = here;
const count = local("count");
const path = local("path");
const i = local("i");

/**
 * Read and write functions for arrays: one per kind of element and file, so that each loop stays monomorphic and no
 * closure is made.
 */
export class ArrayFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  readonly #readers = new Map<string, Name>();
  readonly #writers = new Map<string, Name>();

  /** The name of `(view, offset, count) => readonly T[]`; of elements that lie over what follows, with the sample's end. */
  reader(
    context: EmitContext,
    { element, stride, typed }: ArrayShape,
    where: { readonly record: string; readonly path: string },
    overlies = false,
  ): Code {
    const key = `${typed ?? ``}${keyOf(element)}${needsPlace(element) ? `@${where.record}.${where.path}` : ""}${overlies ? " over" : ""}`;
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const name = context.scope.take(named`read${labelOf(element)}Array`);
    this.#readers.set(key, name);
    const type = typed === undefined ? arrayOf(context, element) : code`${typed}`;
    const at = binary("+", offset, times(i, stride));
    const item = readExpression(context, element, view, at, where, overlies ? end : undefined);
    const [made, put] =
      typed === undefined
        ? [code`const result: ${type} = [];`, code`result.push(${item})`]
        : [code`const result = new ${typed}(${count});`, code`result[${i}] = ${item}`];
    const statements = block([made, code`for (let ${i} = 0; ${i} < ${count}; ${i}++) ${put};`, code`return result;`]);
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: parametersOf(
        [
          { name: view, type: code`DataView` },
          { name: offset, type: code`number` },
          { name: count, type: code`number` },
          ...(overlies ? [{ name: end, type: code`number` }] : []),
        ],
        statements,
      ),
      returnType: type,
      statements,
    });
    return name;
  }

  /** The name of `(value, view, offset, count, path) => void`; of elements that lie over what follows, with their end. */
  writer(context: EmitContext, { element, stride, typed }: ArrayShape, overlies = false): Code {
    const key = `${typed ?? ``}${keyOf(element)}${overlies ? " over" : ""}`;
    const known = this.#writers.get(key);
    if (known !== undefined) return known;
    const name = context.scope.take(named`write${labelOf(element)}Array`);
    this.#writers.set(key, name);
    const input = useType(context, "Input");
    const type =
      typed === undefined ? code`readonly ${input}<${outType(context, element)}>[]` : code`${input}<${typed}>`;
    const at = binary("+", offset, times(i, stride));
    const item = code`${value}[${i}]`;
    const put = (place: Code): readonly Code[] =>
      writeStatements(context, element, item, view, at, place, overlies ? { end } : {});
    const statements = [
      code`if (${value} === undefined) {`,
      code`  ${use(context, "zero")}(${view}, ${offset}, ${times(count, stride)});`,
      code`  return;`,
      code`}`,
      code`${use(context, "checkArray")}(${value}, ${count}, ${path});`,
      ...(tellsIndex(element)
        ? [
            code`for (let ${i} = 0; ${i} < ${count}; ${i}++) {`,
            ...put(code`${path}, ${i}`).map((line) => code`  ${line}`),
            code`}`,
          ]
        : [
            code`let ${i} = 0;`,
            code`try {`,
            code`  for (; ${i} < ${count}; ${i}++) {`,
            ...put(noPath).map((line) => code`    ${line}`),
            code`  }`,
            code`} catch (error) {`,
            code`  throw ${use(context, "within")}(error, ${path}, ${i});`,
            code`}`,
          ]),
    ];
    this.declarations.push({
      kind: context.kinds.Function,
      name,
      parameters: [
        { name: value, type: code`${type} | undefined` },
        { name: view, type: code`DataView` },
        { name: offset, type: code`number` },
        { name: count, type: code`number` },
        { name: path, type: code`string` },
        ...(overlies ? [{ name: end, type: code`number` }] : []),
      ],
      returnType: code`void`,
      statements: block(statements),
    });
    return name;
  }
}

/** Whether what checks an element takes its index beside the path of its array. */
function tellsIndex(shape: Shape): boolean {
  return shape.kind === "int" && shape.size <= 4 && shape.form === undefined;
}

function needsPlace(shape: Shape): boolean {
  if (shape.kind === "array") return needsPlace(shape.element);
  return shape.kind === "int" && shape.size === 8 && shape.policy === "number";
}

function formKey(form: Form | undefined): string {
  if (form === undefined) return "";
  return form.kind === "flags" || form.kind === "enum" ? ` ${form.kind} ${form.enum.name}` : ` ${form.kind}`;
}

/** Two elements with the same key read and write alike. */
function keyOf(shape: Shape): string {
  switch (shape.kind) {
    case "int":
      return `${shape.signed ? "i" : "u"}${shape.size}${shape.endian}${shape.size === 8 ? shape.policy : ""}${formKey(shape.form)}`;
    case "enum":
      return `${shape.signed ? "i" : "u"}${shape.size}${shape.endian}enum ${shape.enum?.name ?? ``}`;
    case "bool":
    case "float":
    case "pointer":
      return `${shape.kind}${shape.size}${shape.endian}`;
    case "string":
    case "strings":
      return `${shape.kind}${shape.size}`;
    case "bytes":
      return `${shape.kind}${shape.size}${formKey(shape.form)}`;
    case "array":
      return `${shape.typed ?? ``}${keyOf(shape.element)}[${shape.count}]`;
    case "composite":
      return `composite ${shape.composite.names.type}`;
  }
}

function labelOf(shape: Shape): Name {
  switch (shape.kind) {
    case "int":
      return named`${shape.size === 16 || (shape.size === 8 && shape.policy !== "number") ? "Big" : ""}${shape.signed ? "Int" : "Uint"}${shape.size * 8}`;
    case "enum":
      return shape.enum?.name ?? named`${shape.signed ? "Int" : "Uint"}${shape.size * 8}`;
    case "bool":
      return named`Bool`;
    case "float":
      return named`Float${shape.size * 8}`;
    case "pointer":
      return named`Pointer`;
    case "string":
      return named`String${shape.size}`;
    case "strings":
      return named`Strings${shape.size}`;
    case "bytes":
      return named`Bytes${shape.size}`;
    case "array":
      return named`${labelOf(shape.element)}Array${shape.count}`;
    case "composite":
      return shape.composite.names.type;
  }
}
