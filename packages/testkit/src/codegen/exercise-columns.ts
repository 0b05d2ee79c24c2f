import { DecodeError, decodeColumns } from "@rbgen/runtime";
import { bitOfFlag } from "./annotated-meanings.ts";
import { checkPlaces } from "./check-places.ts";
import { type AnyBatch, recordAt } from "./column-rows.ts";
import { firstDifference, isNumberArray } from "./difference.ts";
import { exerciseArrow } from "./exercise-arrow.ts";
import { fail, properties, thrownBy } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";

/** Beginnings of a sample, of some of its lengths. */
export function cutShort(bytes: Uint8Array): Uint8Array[] {
  const step = Math.max(1, Math.floor(bytes.length / 12));
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) => bytes.subarray(0, index * step));
}

/** Members that a value has beside those that columns can tell: structs without members have no column. */
function withoutEmpty(value: unknown): unknown {
  if (isNumberArray(value)) return Array.from<number | bigint>(value);
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, withoutEmpty(inner)] as const);
  const kept = entries.filter(([, inner]) => !isEmpty(inner));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) return false;
  return Object.keys(value).length === 0;
}

/** A decoded value by itself, or as the one column of a record that is no struct. */
function asColumns(codec: AnyCodec, batch: AnyBatch, value: unknown): unknown {
  const { schema } = batch;
  const scalar = schema.kind === "struct" && schema.members.length === 1 && schema.members[0]?.path === "value";
  return scalar && codec.layout.leaves[0]?.path === "" ? { value } : withoutEmpty(value);
}

/** A decoded value as a row has it: flags are bits there. */
function asRow(value: unknown, row: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof row === "number" || typeof row === "bigint") {
      const bits = value.reduce((all, flag) => all | (typeof flag === "string" ? bitOfFlag(flag) : BigInt(flag)), 0n);
      return typeof row === "bigint" ? bits : Number(bits);
    }
    return Array.isArray(row) ? value.map((entry, index) => asRow(entry, row[index])) : value;
  }
  // What is there or not is a list of one or none.
  if (Array.isArray(row)) return value === undefined ? [] : [asRow(value, row[0])];
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const own: Readonly<Record<string, unknown>> = typeof row === "object" && row !== null ? properties(row) : {};
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asRow(inner, own[name])]));
}

/** Row `index` of a ring of several types with its kind, which is a column of the ring and not of what is unknown. */
function withKind(batch: AnyBatch, index: number, row: unknown, expected: unknown): unknown {
  if (!("kinds" in batch)) return row;
  const { codes, values } = batch.kinds;
  const own = properties(row);
  const [name, ...others] = Object.keys(properties(expected)).filter((key) => !Object.hasOwn(own, key));
  return name === undefined || others.length > 0 ? row : { ...own, [name]: values[codes[index]!] };
}

/**
 * Samples in columns: row by row what `decode` gives of them, and of one that it refuses, the same error. Each sample is a
 * row twice, so that a row cannot live on what another one left.
 */
export function exerciseColumns(codec: AnyCodec, samples: readonly Uint8Array[]): void {
  const decoded: unknown[] = [];
  const good: Uint8Array[] = [];
  for (const sample of samples) {
    const decode = (): unknown => codec.decode(new DataView(sample.buffer, sample.byteOffset, sample.byteLength));
    try {
      decoded.push(decode());
      good.push(sample);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const other = thrownBy(() => decodeColumns(codec, [...good.slice(-2), sample]));
      if (!(other instanceof DecodeError)) fail(`columns: ${error.message}, and in columns ${String(other)}`);
      if (other.message !== error.message) fail(`columns: ${error.message}, and in columns ${other.message}`);
    }
  }
  const batch = decodeColumns(codec, [...good, ...good.slice().reverse()]) as AnyBatch;
  if (batch.length !== 2 * good.length) fail(`columns: ${2 * good.length} samples gave ${batch.length} rows`);
  for (const [index, value] of [...decoded, ...decoded.slice().reverse()].entries()) {
    const whole = asColumns(codec, batch, value);
    const row = withKind(batch, index, withoutEmpty(recordAt(batch, index)), whole);
    const expected = asRow(whole, row);
    const difference = firstDifference(row, expected) ?? firstDifference(expected, row);
    if (difference !== undefined) fail(`columns, row ${index}: ${difference}`);
  }
  checkPlaces(codec, batch, good);
  exerciseArrow(batch);
}
