import type { Endian } from "@rbgen/btf";
import type { Shape } from "../../plan/model.ts";
import type { Name } from "../../plan/names.ts";
import { binary, type Code, code, join, local, operand, quote } from "../code.ts";
import { use, useType } from "../context.ts";
import type { RuntimeType } from "../runtime-names.ts";
import { plus } from "../span.ts";
import { loadInt, loadNumber, safeInt64 } from "../values.ts";
import type { ColumnScope } from "./scope.ts";

/** Where a column's memory is, and which row of it is filled. */
export interface Slot {
  /** An expression of its buffer. */
  readonly source: Code;
  readonly row: Code;
  /** Its memory may move while a record is filled in: elements of a list that varies in length. */
  readonly grows: boolean;
  /** A name for its local. */
  readonly name: Name;
}

/** A column: its type in a batch and in the schema, and the statements that fill a row or leave it without a value. */
export interface Column {
  readonly type: Code;
  readonly schema: Code;
  readonly lines: readonly Code[];
  readonly blank: Code;
}

type Elements =
  | "Int8"
  | "Uint8"
  | "Int16"
  | "Uint16"
  | "Int32"
  | "Uint32"
  | "Float32"
  | "Float64"
  | "BigInt64"
  | "BigUint64";

/** Strings of arrays up to so many bytes are names, of processes and devices and their like: they repeat. */
export const longestName = 32;

/** The local that stands for the buffer of `slot`. */
export function bind({ context, scope, bindings }: ColumnScope, slot: Slot, buffer: RuntimeType, of?: Code): Code {
  const bound = local(scope.take(slot.name));
  const type = useType(context, buffer);
  bindings.push({
    local: bound,
    line: code`const ${bound} = ${slot.source} as ${type}${of === undefined ? code`` : code`<${of}>`};`,
  });
  return bound;
}

/** The same for what has a typed array of its own: the array, where it stays the same. */
function bindArray(
  shared: ColumnScope,
  slot: Slot,
  buffer: RuntimeType,
  of?: Code,
  memory: "array" | "words" = "array",
): Code {
  if (slot.grows) return code`${bind(shared, slot, buffer, of)}.${memory}`;
  const bound = local(shared.scope.take(slot.name));
  const type = useType(shared.context, buffer);
  const cast = of === undefined ? code`${slot.source} as ${type}` : code`${slot.source} as ${type}<${of}>`;
  shared.bindings.push({ local: bound, line: code`const ${bound} = (${cast}).${memory};` });
  return bound;
}

/** A column of numbers. */
export function numberColumn(shared: ColumnScope, slot: Slot, of: Elements, value: Code): Column {
  const type = code`${of}Array`;
  const array = bindArray(shared, slot, "NumberBuffer", type);
  return {
    type,
    schema: code`{ kind: "number", of: ${quote(of)} }`,
    lines: [code`${array}[${slot.row}] = ${value};`],
    blank: code`${array}[${slot.row}] = ${of === "BigInt64" || of === "BigUint64" ? "0n" : "0"};`,
  };
}

/** A column of true and false. */
export function boolColumn(shared: ColumnScope, slot: Slot, value: Code): Column {
  const array = bindArray(shared, slot, "NumberBuffer", code`Uint8Array`);
  return {
    type: code`Uint8Array`,
    schema: code`{ kind: "bool" }`,
    lines: [code`${array}[${slot.row}] = ${operand(value)} ? 1 : 0;`],
    blank: code`${array}[${slot.row}] = 0;`,
  };
}

/** The column that tells of which kind each row is. */
export function kindColumn(shared: ColumnScope, slot: Slot, kinds: readonly Code[], value: Code): Column {
  const array = bindArray(shared, slot, "KindBuffer");
  return {
    type: code`${useType(shared.context, "DictionaryColumn")}<${join(kinds, code` | `)}>`,
    schema: code`{ kind: "kind", values: [${join(kinds, code`, `)}] }`,
    lines: [code`${array}[${slot.row}] = ${value};`],
    blank: code`${array}[${slot.row}] = -1;`,
  };
}

/** A column of bytes or text that varies in length: `length` bytes at `at`. */
export function bytesColumn(
  shared: ColumnScope,
  slot: Slot,
  text: boolean,
  view: Code,
  at: Code,
  length: Code,
): Column {
  const buffer = bind(shared, slot, "BytesBuffer");
  const put = text ? code`putText` : code`put`;
  return {
    type: useType(shared.context, text ? "TextColumn" : "BytesColumn"),
    schema: text ? code`{ kind: "text" }` : code`{ kind: "binary" }`,
    lines: [code`${buffer}.${put}(${slot.row}, ${view}, ${at}, ${length});`],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** A column of as many bytes in each row. */
export function fixedBytesColumn(shared: ColumnScope, slot: Slot, size: number, view: Code, at: Code): Column {
  const type = useType(shared.context, "FixedListColumn");
  const buffer = bind(shared, slot, "NumberBuffer", code`Uint8Array`);
  return {
    type: code`${type}<Uint8Array>`,
    schema: code`{ kind: "bytes", size: ${size} }`,
    lines: [code`${buffer}.put(${slot.row}, ${view}, ${at});`],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** A column of strings in arrays of `size` bytes. */
function stringColumn(shared: ColumnScope, slot: Slot, size: number, view: Code, at: Code): Column {
  if (size > longestName || size === 0) return bytesColumn(shared, slot, true, view, at, code`${size}`);
  const buffer = bind(shared, slot, "DictionaryBuffer");
  return {
    type: useType(shared.context, "DictionaryColumn"),
    schema: code`{ kind: "dictionary", size: ${size} }`,
    lines: [code`${buffer}.array[${slot.row}] = ${buffer}.code(${view}, ${at});`],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** The words of a 64-bit integer at `at`, the lower one first. */
function wordsAt(view: Code, at: Code, endian: Endian): Code {
  const [first, second] = [loadNumber(view, at, 4, false, endian), loadNumber(view, plus(at, 4), 4, false, endian)];
  return endian === "little" ? code`${first}, ${second}` : code`${second}, ${first}`;
}

/** A column of 64-bit integers, filled word by word. */
function int64Column(shared: ColumnScope, slot: Slot, signed: boolean, endian: Endian, view: Code, at: Code): Column {
  const of = signed ? "BigInt64" : "BigUint64";
  const words = bindArray(shared, slot, "NumberBuffer", code`${of}Array`, "words");
  const put = use(shared.context, "putInt64");
  return {
    type: code`${of}Array`,
    schema: code`{ kind: "number", of: ${quote(of)} }`,
    lines: [code`${put}(${words}, ${slot.row}, ${wordsAt(view, at, endian)});`],
    blank: code`${put}(${words}, ${slot.row}, 0, 0);`,
  };
}

/** A column of 128-bit integers, as two elements each. */
function int128Column(shared: ColumnScope, slot: Slot, shape: Shape & { kind: "int" }, view: Code, at: Code): Column {
  const words = bindArray(shared, slot, "NumberBuffer", code`BigUint64Array`, "words");
  const put = use(shared.context, "putInt64");
  const half = (bytes: number): Code => wordsAt(view, plus(at, bytes), shape.endian);
  const [low, high] = shape.endian === "little" ? [half(0), half(8)] : [half(8), half(0)];
  const first = binary("*", code`2`, slot.row);
  const second = binary("+", first, code`1`);
  return {
    type: code`${useType(shared.context, "FixedListColumn")}<BigUint64Array>`,
    schema: code`{ kind: "int128", signed: ${shape.signed} }`,
    lines: [code`${put}(${words}, ${first}, ${low});`, code`${put}(${words}, ${second}, ${high});`],
    blank: code`${put}(${words}, ${first}, 0, 0); ${put}(${words}, ${second}, 0, 0);`,
  };
}

/** Elements that hold integers of so many bytes. */
export function integerElements(size: number, signed: boolean): Elements {
  if (size === 8) return signed ? "BigInt64" : "BigUint64";
  return `${signed ? "Int" : "Uint"}${(size * 8) as 8 | 16 | 32}`;
}

/** The column of a value that is neither an array of anything but bytes nor a struct. */
export function scalarColumn(
  shared: ColumnScope,
  slot: Slot,
  shape: Exclude<Shape, { kind: "array" | "composite" | "strings" }>,
  view: Code,
  at: Code,
  where: { readonly record: string; readonly path: string },
): Column {
  switch (shape.kind) {
    case "int": {
      if (shape.size === 16) return int128Column(shared, slot, shape, view, at);
      if (shape.size === 8 && shape.policy === "number") {
        return numberColumn(shared, slot, "Float64", safeInt64(shared.context, shape, view, at, where));
      }
      if (shape.size === 8) return int64Column(shared, slot, shape.signed, shape.endian, view, at);
      const load = loadInt(shared.context, view, at, shape.size, shape.signed, shape.endian);
      return numberColumn(shared, slot, integerElements(shape.size, shape.signed), load);
    }
    case "enum": {
      if (shape.wide) {
        const load = loadInt(shared.context, view, at, shape.size, shape.signed, shape.endian);
        return numberColumn(shared, slot, integerElements(8, shape.signed), code`BigInt(${load})`);
      }
      if (shape.size === 8) return int64Column(shared, slot, shape.signed, shape.endian, view, at);
      const load = loadInt(shared.context, view, at, shape.size, shape.signed, shape.endian);
      return numberColumn(shared, slot, integerElements(shape.size, shape.signed), load);
    }
    case "bool": {
      const load = loadInt(shared.context, view, at, shape.size, false, shape.endian);
      return boolColumn(shared, slot, binary("!==", load, shape.size === 8 ? code`0n` : code`0`));
    }
    case "float": {
      const order = shape.endian === "little" ? code`, true` : code``;
      const load = code`${operand(view)}.getFloat${shape.size * 8}(${at}${order})`;
      return numberColumn(shared, slot, shape.size === 4 ? "Float32" : "Float64", load);
    }
    case "pointer":
      if (shape.size === 8) return int64Column(shared, slot, false, shape.endian, view, at);
      return numberColumn(
        shared,
        slot,
        "BigUint64",
        code`BigInt(${loadInt(shared.context, view, at, 4, false, shape.endian)})`,
      );
    case "string":
      return stringColumn(shared, slot, shape.size, view, at);
    case "bytes":
      return fixedBytesColumn(shared, slot, shape.size, view, at);
  }
}
