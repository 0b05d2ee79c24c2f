import type { ColumnType, DictionaryColumn, ElementName, FixedListColumn, TextColumn } from "@rbgen/runtime";
import { textAt } from "@rbgen/runtime";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { ExportedTable } from "./exported-table.ts";

/** An element of a Parquet schema, without its name. */
interface ParquetType {
  readonly type: "INT32" | "INT64" | "FLOAT" | "DOUBLE" | "BOOLEAN" | "BYTE_ARRAY";
  readonly converted_type?:
    | "INT_8"
    | "INT_16"
    | "INT_32"
    | "INT_64"
    | "UINT_8"
    | "UINT_16"
    | "UINT_32"
    | "UINT_64"
    | "UTF8";
}

const text: ParquetType = { type: "BYTE_ARRAY", converted_type: "UTF8" };

/** Narrower integers stand before wider ones of the same sign. */
const numbers: Readonly<Record<ElementName, ParquetType>> = {
  Int8: { type: "INT32", converted_type: "INT_8" },
  Int16: { type: "INT32", converted_type: "INT_16" },
  Int32: { type: "INT32", converted_type: "INT_32" },
  BigInt64: { type: "INT64", converted_type: "INT_64" },
  Uint8: { type: "INT32", converted_type: "UINT_8" },
  Uint16: { type: "INT32", converted_type: "UINT_16" },
  Uint32: { type: "INT32", converted_type: "UINT_32" },
  BigUint64: { type: "INT64", converted_type: "UINT_64" },
  Float32: { type: "FLOAT" },
  Float64: { type: "DOUBLE" },
};

interface Column {
  type: ParquetType;
  readonly data: unknown[];
}

/**
 * A Parquet file: one table of all kinds, a column for each member by its path, null in records of kinds that have no such
 * member; `host` before them where there are several.
 * @throws Error for members that have no column here.
 */
export function parquetFile({ batch, hosts }: ExportedTable): ArrayBuffer {
  const columns = new Map<string, Column>();
  if (hosts !== undefined) columns.set("host", { type: text, data: [...hosts] });
  const { kinds, rows, variants, length, schema } = batch;
  for (const { name, type } of schema.variants) {
    const variant = variants[name];
    if (variant === undefined || variant.length === 0) continue;
    const places = placesOf(batch.kinds.values.indexOf(name), kinds.codes, rows, length);
    for (const member of type.members) {
      const given = columns.get(member.path);
      const parquet = typeOf(member.type, member.path);
      const column: Column = given ?? { type: parquet, data: new Array<unknown>(length).fill(null) };
      column.type = wider(column.type, parquet, member.path);
      columns.set(member.path, column);
      const valueAt = reader(member.type, variant.columns[member.path]);
      for (const [place, row] of places) column.data[place] = valueAt(row);
    }
  }
  return parquetWriteBuffer({
    columnData: Array.from(columns, ([name, { data }]) => ({ name, data: data as unknown[] })),
    schema: [
      { name: "record", num_children: columns.size },
      ...Array.from(columns, ([name, { type }]) => ({ name, ...type, repetition_type: "OPTIONAL" as const })),
    ],
    createdBy: "rbgen-demo",
  });
}

/** Where records of one kind stand among all, with their rows. */
function placesOf(code: number, codes: Int32Array, rows: Int32Array, length: number): readonly [number, number][] {
  const places: [number, number][] = [];
  for (let place = 0; place < length; place += 1) if (codes[place] === code) places.push([place, rows[place] ?? 0]);
  return places;
}

function typeOf(type: ColumnType, path: string): ParquetType {
  switch (type.kind) {
    case "number":
      return numbers[type.of];
    case "bool":
      return { type: "BOOLEAN" };
    case "dictionary":
    case "kind":
    case "text":
      return text;
    case "bytes":
      return { type: "BYTE_ARRAY" };
    default:
      throw new Error(`${path}: a column of ${type.kind} is not exported`);
  }
}

/** What has room for both: kinds may have members of the same name and of different width. */
function wider(one: ParquetType, other: ParquetType, path: string): ParquetType {
  const order = Object.values(numbers);
  const sign = ({ converted_type }: ParquetType): string => (converted_type ?? "").replace(/\d+$/, "");
  if (sign(one) !== sign(other) || (sign(one) === "" && one.type !== other.type)) {
    throw new Error(`${path} is of different types in records of different kinds`);
  }
  const rank = ({ converted_type }: ParquetType): number =>
    order.findIndex((each) => each.converted_type === converted_type);
  return rank(other) > rank(one) ? other : one;
}

/** Gives the value of a row. */
function reader(type: ColumnType, column: unknown): (row: number) => unknown {
  switch (type.kind) {
    case "dictionary":
    case "kind": {
      const { codes, values } = column as DictionaryColumn;
      return (row) => values[codes[row] ?? 0];
    }
    case "text":
      return (row) => textAt(column as TextColumn, row);
    case "bytes": {
      const { stride, values } = column as FixedListColumn<Uint8Array>;
      return (row) => values.subarray(row * stride, (row + 1) * stride);
    }
    case "bool":
      return (row) => (column as Uint8Array)[row] === 1;
    default: {
      const wide = type.kind === "number" && /64/.test(type.of) && type.of.startsWith("Big");
      return (row) => (column as ArrayLike<unknown>)[row] ?? (wide ? 0n : 0);
    }
  }
}
