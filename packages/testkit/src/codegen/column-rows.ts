import {
  type ColumnBatch,
  type ColumnType,
  type MemberType,
  type StreamBatch,
  type StructType,
  textAt,
  validAt,
} from "@rbgen/runtime";
import { fail } from "./fault.ts";

/** A batch of any codec. */
export type AnyBatch = ColumnBatch | StreamBatch;

type Part = Readonly<Record<string, unknown>>;

const part = (value: unknown): Part => value as Part;

function element(values: unknown, index: number): unknown {
  const list = values as ArrayLike<unknown>;
  if (index < 0 || index >= list.length) fail(`a column has ${list.length} elements, and row ${index} is asked for`);
  return list[index];
}

function int128(values: unknown, row: number, signed: boolean): bigint {
  const whole = ((element(values, 2 * row + 1) as bigint) << 64n) | (element(values, 2 * row) as bigint);
  return signed ? BigInt.asIntN(128, whole) : whole;
}

/** The value of row `row`, as `decode` gives it. */
function valueAt(column: unknown, type: ColumnType, row: number): unknown {
  const { values, stride, offsets } = part(column) as { values: unknown; stride: number; offsets: Int32Array };
  switch (type.kind) {
    case "number":
      return element(column, row);
    case "bool":
      return element(column, row) === 1;
    case "int128":
      return int128(values, row, type.signed);
    case "bytes":
      return (values as Uint8Array).slice(row * type.size, (row + 1) * type.size);
    case "binary":
      return (part(column)["bytes"] as Uint8Array).slice(offsets[row], offsets[row + 1]);
    case "text":
      return textAt(column as Parameters<typeof textAt>[0], row);
    case "dictionary":
    case "kind":
      return element(values, element(part(column)["codes"], row) as number);
    case "list": {
      const [start, end] =
        type.count === undefined ? [offsets[row]!, offsets[row + 1]!] : [row * stride, (row + 1) * stride];
      return Array.from({ length: end - start }, (_, index) => valueAt(values, type.of, start + index));
    }
    case "struct":
      return structAt(part(part(column)["columns"]), type, row);
  }
}

/** Sets the member at `path`, of which the structs are made on the way. */
export function put(target: Record<string, unknown>, path: string, value: unknown): void {
  const [first = "", ...rest] = path.split(".");
  if (rest.length === 0) target[first] = value;
  else {
    target[first] ??= {};
    put(target[first] as Record<string, unknown>, rest.join("."), value);
  }
}

function memberAt(columns: Part, member: MemberType, row: number, target: Record<string, unknown>): void {
  const column = columns[member.path];
  if (member.arm === undefined) put(target, member.path, valueAt(column, member.type, row));
  else if (validAt(column as Parameters<typeof validAt>[0], row)) {
    put(target, member.path, valueAt(part(column)["values"], member.type, row));
  }
}

function structAt(columns: Part, type: StructType, row: number): object {
  const target: Record<string, unknown> = {};
  for (const member of type.members) memberAt(columns, member, row, target);
  return chosen(target, type.members);
}

/** A struct that is one of several as `decode` gives it: in columns its members stand under its kind. */
export function chosen(target: Record<string, unknown>, members: readonly MemberType[]): Record<string, unknown> {
  const [first, ...others] = members;
  if (first?.type.kind !== "kind" || others.length === 0) return target;
  const { values } = first.type;
  const isOne = others.every(
    ({ path, arm }) => arm !== undefined && values.some((kind) => path.startsWith(`${kind}.`)),
  );
  const kind = target[first.path];
  if (!isOne || typeof kind !== "string") return target;
  return { [first.path]: kind, ...(target[kind] as Record<string, unknown> | undefined) };
}

/** Record `row` of a batch, put together as `decode` gives it. */
export function recordAt(batch: AnyBatch, row: number): unknown {
  const { schema } = batch;
  if (schema.kind === "struct") return structAt(part(part(batch)["columns"]), schema, row);
  const kind = element(part(part(batch)["kinds"])["codes"], row) as number;
  const variant = schema.variants[kind]!;
  const columns = part(part(part(batch)["variants"])[variant.name]);
  return structAt(part(columns["columns"]), variant.type, element(part(batch)["rows"], row) as number);
}
