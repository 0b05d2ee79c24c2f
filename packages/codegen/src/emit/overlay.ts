import type { FunctionDeclarationStructure } from "ts-morph";
import type { CompositePlan, FieldPlan, Shape } from "../plan/model.ts";
import { type EmitContext, overlying, plus, use } from "./context.ts";
import { quote } from "./text.ts";

// Elements that a length member counts may lie over the members behind their struct, as they do in C. What is encoded is
// then given twice: both are written apart, joined, and read again.

/** Structs in arrays of arrays, by place: how deep they are, how many bytes apart. */
function innermost(shape: Shape, depth = 0, stride = 0): { composite?: CompositePlan; depth: number; stride: number } {
  if (shape.kind === "array") return innermost(shape.element, depth + 1, shape.stride);
  return shape.kind === "composite" ? { composite: shape.composite, depth, stride } : { depth, stride };
}

/** An expression for all structs of a field in one list. */
function listOf(value: string, depth: number): string {
  const list = `(${value} ?? [])`;
  return depth === 1 ? list : `${list}.flat(${depth === 2 ? "" : depth - 1})`;
}

/** What writes and measures the elements of a field that no struct holds. */
export interface OwnElements {
  readonly lines: readonly string[];
  /** Expression for the bytes that they take. */
  readonly bytes: string;
}

const asPart = "(view: DataView, offset: number): void =>";

/** Where `value` of a field stands: an expression for it, and bytes from the record's start. */
export interface Laid {
  readonly value: string;
  readonly at: number;
}

/** Items of a list of functions that each write elements which lie over others, to a record of zeros. */
export function overlayParts({ shape }: FieldPlan, { value, at }: Laid, own?: OwnElements): string[] {
  const parts =
    own === undefined
      ? []
      : [`...(${own.bytes} > 0 ? [${asPart} {`, ...own.lines.map((line) => `  ${line}`), "}] : []),"];
  const { composite, depth, stride } = innermost(shape);
  if (composite?.overlies !== true) return parts;
  const { names, size } = composite;
  const place = plus("offset", at);
  if (depth === 0) {
    const write = `${names.write}(${value} ?? {}, view, ${place})`;
    return [...parts, `...(${names.length}(${value} ?? {}) > ${size} ? [${asPart} ${write}] : []),`];
  }
  const write = `${names.write}(item, view, ${place} + i * ${stride})`;
  const each = `(item, i) => (${names.length}(item) > ${size} ? [${asPart} ${write}] : [])`;
  return [...parts, `...${listOf(value, depth)}.flatMap(${each}),`];
}

/** Expressions for the bytes, from the record's start, up to the end of what lies over others. */
export function overlayEnds({ shape }: FieldPlan, { value, at }: Laid, own?: OwnElements): string[] {
  const ends = own === undefined ? [] : [plus(own.bytes, at)];
  const { composite, depth, stride } = innermost(shape);
  if (composite?.overlies !== true) return ends;
  const { names } = composite;
  if (depth === 0) return [...ends, plus(`${names.length}(${value} ?? {})`, at)];
  const each = plus(`${names.length}(item) + i * ${stride}`, at);
  return [...ends, `${listOf(value, depth)}.reduce((end, item, i) => Math.max(end, ${each}), 0)`];
}

/** The line that joins what was written with the elements in `over`, and reads it again. */
export function joinLine(
  context: EmitContext,
  {
    value,
    offset,
    byteLength,
    read,
    path,
  }: Readonly<Record<"value" | "offset" | "byteLength" | "read" | "path", string>>,
): string {
  const join = context.overlays.join(context);
  return `if (over.length > 0) ${join}(${value}, view, ${offset}, ${byteLength}, over, () => ${read}, ${path});`;
}

/** Statements around those that write a composite whose elements may lie over its members. */
export function overlayLines(
  context: EmitContext,
  composite: CompositePlan,
  lines: readonly string[],
  ownOf: (field: FieldPlan) => OwnElements | undefined,
): string[] {
  const fields = overlying(composite);
  if (fields.length === 0) return [...lines];
  const { names } = composite;
  const parts = fields.flatMap((field) => {
    const laid = { value: `value.${field.name}`, at: field.bitOffset / 8 };
    return overlayParts(field, laid, ownOf(field));
  });
  const read = composite.nested
    ? `${names.read}(view, offset, offset + byteLength)`
    : `${names.decode}(view, offset, byteLength)`;
  return [
    "// Elements may lie over the members that follow them.",
    "const over = [",
    ...parts.map((line) => `  ${line}`),
    "];",
    `if (over.length > 0) ${use(context, "zero")}(view, offset, byteLength);`,
    ...lines,
    joinLine(context, { value: "value", offset: "offset", byteLength: "byteLength", read, path: quote("") }),
  ];
}

/** The functions of a file that has such elements. */
export class OverlayFunctions {
  readonly declarations: FunctionDeclarationStructure[] = [];
  #join: string | undefined;

  /** The name of `(value, view, offset, byteLength, over, read, path) => void`. */
  join(context: EmitContext): string {
    if (this.#join !== undefined) return this.#join;
    const [join, differs] = [context.scope.take("joinOverlaid"), context.scope.take("firstDifference")];
    this.#join = join;
    this.declarations.push(joinFunction(context, join, differs), differenceFunction(context, differs));
    return join;
  }
}

function joinFunction(context: EmitContext, name: string, differs: string): FunctionDeclarationStructure {
  return {
    kind: context.kinds.Function,
    name,
    docs: [
      [
        "Joins what was written at `offset` with the elements in `over`, which lie over it: padding and what was left out take",
        "the bytes of the others. What is then read must be what was given.",
      ].join("\n"),
    ],
    parameters: [
      { name: "value", type: "unknown" },
      { name: "view", type: "DataView" },
      { name: "offset", type: "number" },
      { name: "byteLength", type: "number" },
      { name: "over", type: "readonly ((view: DataView, offset: number) => void)[]" },
      { name: "read", type: "() => unknown" },
      { name: "path", type: "string" },
    ],
    returnType: "void",
    statements: [
      `const written = ${use(context, "copyBytes")}(view, offset, byteLength);`,
      "// On two grounds: bytes that the elements cover come out alike.",
      "const layers = over.map((write) => {",
      "  const grounds = [0, 255].map((ground) => new Uint8Array(byteLength).fill(ground));",
      "  for (const { buffer } of grounds) write(new DataView(buffer), 0);",
      "  return grounds as [Uint8Array, Uint8Array];",
      "});",
      "// Mostly the elements are exact. Padding is 0 and true is 1 in either, whatever the bytes were; NaNs may differ.",
      "const joints: ((below: number, above: number, covered: boolean) => number)[] = [",
      "  (below, above, covered) => (covered ? above : below),",
      "  (below, above) => (above === 0 || (above === 1 && below !== 0) ? below : above),",
      "  (below, above) => below | above,",
      "  (below, above) => below || above,",
      "];",
      "let difference: readonly [path: string, given: unknown] | undefined;",
      "for (const joint of joints) {",
      "  written.forEach((byte, i) => {",
      "    for (const [above, other] of layers) byte = joint(byte, above[i] ?? 0, above[i] === other[i]);",
      "    view.setUint8(offset + i, byte);",
      "  });",
      "  let found: unknown;",
      "  try {",
      "    found = read();",
      "  } catch {",
      "    // A length was written over.",
      "    continue;",
      "  }",
      `  const next = ${differs}(found, value, path);`,
      "  if (next === undefined) return;",
      "  difference ??= next;",
      "}",
      `${use(context, "outOfRange")}(...(difference ?? [path, value]), "is not what the elements that lie over it say");`,
    ].join("\n"),
  };
}

function differenceFunction(context: EmitContext, name: string): FunctionDeclarationStructure {
  return {
    kind: context.kinds.Function,
    name,
    docs: [
      "The first of the given members that was not found again, and its value; what was left out may be anything.",
    ],
    parameters: [
      { name: "found", type: "unknown" },
      { name: "given", type: "unknown" },
      { name: "path", type: "string" },
    ],
    returnType: "readonly [path: string, given: unknown] | undefined",
    statements: [
      "if (given === undefined) return undefined;",
      "let same: boolean;",
      "if (found instanceof Uint8Array && given instanceof Uint8Array) {",
      "  // Bytes may be given shorter than their array.",
      "  same = given.length <= found.length && found.every((byte, i) => byte === (given[i] ?? 0));",
      '} else if (typeof found === "object" && found !== null && typeof given === "object" && given !== null) {',
      "  const list = Array.isArray(found);",
      "  same = !list || (Array.isArray(given) && given.length === found.length);",
      "  for (const [name, member] of same ? Object.entries(found) : []) {",
      `    const inner = list ? \`\${path}[\${name}]\` : path === "" ? name : \`\${path}.\${name}\`;`,
      `    const difference = ${name}(member, Reflect.get(given, name), inner);`,
      "    if (difference !== undefined) return difference;",
      "  }",
      '} else if (typeof found === "number" && typeof given === "number") {',
      "  // The sign of a zero may differ, and what a float has no digits for.",
      "  same = found === given || Object.is(found, given) || Math.fround(given) === found;",
      "} else same = String(found) === String(given);",
      "return same ? undefined : [path, given];",
    ].join("\n"),
  };
}
