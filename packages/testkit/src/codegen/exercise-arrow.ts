import type { ColumnType, MemberType, StructType } from "@rbgen/runtime";
import { toArrow, variantToArrow } from "@rbgen/runtime/arrow";
import { type Table, tableFromIPC, tableToIPC } from "apache-arrow";
import { type AnyBatch, chosen, put, recordAt } from "./column-rows.ts";
import { firstDifference } from "./difference.ts";
import { fail } from "./fault.ts";

/** What Arrow gives of a row, and of a list: by name, by index. */
interface Row {
  readonly length: number;
  get(index: number): unknown;
  [member: string]: unknown;
}

const elements = (list: Row): unknown[] => Array.from({ length: list.length }, (_, index) => list.get(index));

/** What Arrow read, as `decode` gives a value of `type`. */
function plain(value: unknown, type: ColumnType): unknown {
  switch (type.kind) {
    case "int128": {
      const [low = 0n, high = 0n] = elements(value as Row) as bigint[];
      const whole = (high << 64n) | low;
      return type.signed ? BigInt.asIntN(128, whole) : whole;
    }
    case "bytes":
    case "binary":
      return Uint8Array.from(value as Uint8Array);
    case "list":
      return elements(value as Row).map((element) => plain(element, type.of));
    case "struct":
      return structOf(value as Row, type.members);
    case "kind":
      return value ?? undefined;
    default:
      return value;
  }
}

function structOf(row: Row, members: readonly MemberType[]): object {
  const target: Record<string, unknown> = {};
  for (const { path, type, arm } of members) {
    const value = row[path];
    if (arm === undefined || value !== null) put(target, path, plain(value, type));
  }
  return chosen(target, members);
}

/** A table as it is after it went through Arrow's own form of messages. */
function sent(table: Table): Table {
  return tableFromIPC(tableToIPC(table, "stream"));
}

function compare(what: string, row: number, read: unknown, expected: unknown): void {
  const difference = firstDifference(read, expected) ?? firstDifference(expected, read);
  if (difference !== undefined) fail(`${what}, row ${row}: ${difference}`);
}

function exerciseTable(what: string, table: Table, { members }: StructType, expected: readonly unknown[]): void {
  if (table.numRows !== expected.length) fail(`${what}: ${expected.length} rows gave ${table.numRows}`);
  for (const [row, value] of expected.entries()) {
    // a record without columns has no row to read
    if (members.length > 0) compare(what, row, structOf(table.get(row) as unknown as Row, members), value);
  }
}

/** A batch as Arrow's table: Arrow reads of it, and of what it writes of it, row by row what the batch has. */
export function exerciseArrow(batch: AnyBatch): void {
  const { length } = batch;
  const records = Array.from({ length }, (_, row) => recordAt(batch, row));
  const table = toArrow(batch);
  if (!("kinds" in batch)) {
    exerciseTable("Arrow", table, batch.schema, records);
    exerciseTable("Arrow's messages", sent(table), batch.schema, records);
    return;
  }
  const { kinds, schema } = batch;
  for (const [index, { name, type }] of schema.variants.entries()) {
    const own = records.filter((_, row) => kinds.codes[row] === index);
    exerciseTable(`Arrow's ${name}`, sent(variantToArrow(batch, name)), type, own);
  }
  for (const read of [table, sent(table)]) {
    if (read.numRows !== length) fail(`Arrow: ${length} records gave ${read.numRows}`);
    for (const [row, value] of records.entries()) {
      const { members } = schema.variants[kinds.codes[row]!]!.type;
      const { record } = read.get(row) as unknown as { readonly record: Row };
      if (members.length > 0) compare("Arrow", row, structOf(record, members), value);
    }
  }
}
