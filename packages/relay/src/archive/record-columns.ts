import type { RecordCodec } from "@rbgen/runtime";
import { toJson } from "@rbgen/runtime/codegen/v1";
import type { SchemaElement } from "hyparquet";
import type { RelayRecord } from "../read/relay-reader.ts";
import { columnTypeOf, type ScalarType, text } from "./column-types.ts";
import { keysOf, type MemberNode, memberTree } from "./member-tree.ts";

/** A column of the file, or a member of a group in one. */
interface Column {
  readonly node: MemberNode;
  /** Absent for a group. */
  readonly scalar: ScalarType | undefined;
  readonly list: boolean;
  readonly columns: readonly Column[];
}

/** What a column has no room for. */
const misfit: unique symbol = Symbol("misfit");

type Json = Record<string, unknown>;

/** Without a prototype: a member may be called `__proto__`. */
function empty(): Json {
  return Object.create(null) as Json;
}

const optional = { repetition_type: "OPTIONAL" } as const;
const required = { repetition_type: "REQUIRED" } as const;

/**
 * The columns of a codec's records: members of its layout by their C names, structs as groups, with `_host`, `_number` and
 * `_time` before them. What decoding gives beyond the layout (bytes of unions, what follows a struct) or what a column has
 * no room for is in `_rest`, as JSON: every value of every record is in the file.
 */
export class RecordColumns {
  readonly schema: SchemaElement[];
  readonly #columns: readonly Column[];
  /** Names of the columns that are no member's: with more underscores where the record has such members. */
  readonly #own: { readonly host: string; readonly number: string; readonly time: string; readonly rest: string };
  readonly #keys: Map<readonly Column[], Map<string, readonly (string | undefined)[]>> = new Map();
  #data: Map<string, unknown[]>;
  rows = 0;
  /** Roughly what the rows take, bytes. */
  weight = 0;

  constructor(codec: RecordCodec<unknown, never>) {
    this.#columns = columnsFor(memberTree(codec.layout as never), exampleOf(codec));
    const names = new Set(this.#columns.map(({ node }) => node.name.toLowerCase()));
    const free = (name: string): string => (names.has(name) ? free(`_${name}`) : name);
    this.#own = { host: free("_host"), number: free("_number"), time: free("_time"), rest: free("_rest") };
    const { host, number, time, rest } = this.#own;
    this.schema = [
      { name: "record", num_children: this.#columns.length + 4 },
      { name: host, ...text.element, ...required },
      { name: number, type: "INT64", converted_type: "UINT_64", ...required },
      {
        name: time,
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
        ...required,
      },
      ...this.#columns.flatMap(elementsOf),
      { name: rest, type: "BYTE_ARRAY", converted_type: "JSON", ...optional },
    ];
    this.#data = this.#empty();
  }

  add({ host, number, time, record }: RelayRecord<unknown>): void {
    const data = this.#data;
    const rest = empty();
    const row = this.#group(this.#columns, record as Json, rest);
    data.get(this.#own.host)!.push(host);
    data.get(this.#own.number)!.push(number);
    data.get(this.#own.time)!.push(time);
    for (const { node } of this.#columns) data.get(node.name)!.push(row[node.name]);
    data.get(this.#own.rest)!.push(isEmpty(rest) ? undefined : toJson(rest));
    this.rows += 1;
    this.weight += 24 + 8 * this.#columns.length;
  }

  /** The rows so far, by column; they are gone from here. */
  take(): { readonly name: string; readonly data: unknown[] }[] {
    const columns = Array.from(this.#data, ([name, data]) => ({ name, data }));
    this.#data = this.#empty();
    this.rows = 0;
    this.weight = 0;
    return columns;
  }

  #empty(): Map<string, unknown[]> {
    const { host, number, time, rest } = this.#own;
    return new Map([host, number, time, ...this.#columns.map(({ node }) => node.name), rest].map((name) => [name, []]));
  }

  /** What the columns have of `object`; what they have not goes into `rest`. */
  #group(columns: readonly Column[], object: Json, rest: Json): Json {
    const keys = Object.keys(object);
    const own = this.#keysFor(columns, keys);
    const row = empty();
    let taken = 0;
    columns.forEach((column, index) => {
      const key = own[index];
      if (key === undefined || object[key] === undefined) return;
      taken += 1;
      const left = empty();
      const value = this.#value(column, object[key], left);
      if (value === misfit) rest[key] = object[key];
      else row[column.node.name] = value;
      if (!isEmpty(left)) rest[key] = left;
    });
    if (taken < keys.length) {
      const known = new Set(own);
      for (const key of keys) if (!known.has(key) && object[key] !== undefined) rest[key] = object[key];
    }
    return row;
  }

  #value(column: Column, value: unknown, rest: Json): unknown {
    const { scalar, list, columns } = column;
    if (!list) {
      if (scalar !== undefined) return this.#weighed(scalar.convert(value) ?? misfit);
      return isObject(value) ? this.#group(columns, value, rest) : misfit;
    }
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return misfit;
    const items: unknown[] = [];
    for (const item of Array.from(value as ArrayLike<unknown>).flat(Number.POSITIVE_INFINITY)) {
      const left = empty();
      const part =
        scalar === undefined
          ? isObject(item)
            ? this.#group(columns, item, left)
            : misfit
          : (scalar.convert(item) ?? misfit);
      // an element that has more than its columns: the whole array is told as JSON, beside what there is of it
      if (part === misfit) return misfit;
      if (!isEmpty(left)) rest[items.length] = left;
      items.push(part);
      this.weight += 8;
    }
    return items;
  }

  #weighed(value: unknown): unknown {
    if (typeof value === "string" || value instanceof Uint8Array) this.weight += value.length;
    return value;
  }

  #keysFor(columns: readonly Column[], keys: readonly string[]): readonly (string | undefined)[] {
    let known = this.#keys.get(columns);
    if (known === undefined) {
      known = new Map();
      this.#keys.set(columns, known);
    }
    const shape = keys.join();
    let own = known.get(shape);
    if (own === undefined) {
      own = keysOf(
        columns.map(({ node }) => node),
        keys,
      );
      known.set(shape, own);
    }
    return own;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isEmpty(object: Json): boolean {
  for (const _ in object) return false;
  return true;
}

/** A record of zeros, as far as the codec makes one: it shows which arrays of characters are bytes. */
function exampleOf(codec: RecordCodec<unknown, never>): unknown {
  try {
    return codec.decode(new DataView(new ArrayBuffer(codec.size)));
  } catch {
    return undefined;
  }
}

function columnsFor(nodes: readonly MemberNode[], example: unknown): Column[] {
  const shown = isObject(example) ? example : {};
  const keys = keysOf(nodes, Object.keys(shown));
  return nodes.map((node, index) => {
    const key = keys[index];
    const value = key === undefined ? undefined : shown[key];
    if (node.leaf !== undefined) {
      const { type, list } = columnTypeOf(node.leaf, value);
      return { node, scalar: type, list, columns: [] };
    }
    const inner = node.list && Array.isArray(value) ? value[0] : value;
    return { node, scalar: undefined, list: node.list, columns: columnsFor(node.members, inner) };
  });
}

/** Elements of the schema for a column: lists have the three levels that the format prescribes. */
function elementsOf(column: Column): SchemaElement[] {
  const { node, list } = column;
  if (!list) return valueElements(column, node.name);
  return [
    { name: node.name, converted_type: "LIST", num_children: 1, ...optional },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    ...valueElements(column, "element"),
  ];
}

function valueElements({ scalar, columns }: Column, name: string): SchemaElement[] {
  if (scalar !== undefined) return [{ name, ...scalar.element, ...optional }];
  return [{ name, num_children: columns.length, ...optional }, ...columns.flatMap(elementsOf)];
}
