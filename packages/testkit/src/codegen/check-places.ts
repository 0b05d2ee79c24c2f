import { recordColumns } from "@rbgen/runtime/codegen/v1";
import type { RecordColumns } from "../../../runtime/src/codec.ts";
import type { AnyBatch } from "./column-rows.ts";
import { fail } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";

type Numbers = Exclude<ArrayBufferView, DataView> & { readonly BYTES_PER_ELEMENT: number };

/** The bytes of `length` elements from `index` on. */
function elements({ buffer, byteOffset, BYTES_PER_ELEMENT }: Numbers, index: number, length: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + index * BYTES_PER_ELEMENT, length * BYTES_PER_ELEMENT);
}

/**
 * Where a codec says that its columns are copies of bytes at places of a sample, they are: so that a backend which copies
 * them gives what the codec's own loop does. Row by row of `samples`, which are the first ones of the batch.
 */
export function checkPlaces(codec: AnyCodec, batch: AnyBatch, samples: readonly Uint8Array[]): void {
  const { places, schema } = (codec as unknown as { readonly [recordColumns]: RecordColumns<unknown> })[recordColumns];
  if (places === undefined) return;
  if (schema.kind !== "struct" || !("columns" in batch)) fail("places of what is no struct");
  if (places.length !== schema.members.length) fail(`${places.length} places of ${schema.members.length} columns`);
  for (const [index, { path, type }] of schema.members.entries()) {
    const place = places[index] as number;
    const column = (batch.columns as Readonly<Record<string, unknown>>)[path];
    for (const [row, sample] of samples.entries()) {
      const wrong = (): never => fail(`columns: ${path} of row ${row} is no copy of what is at ${place}`);
      const same = (copy: Uint8Array): boolean =>
        copy.every((byte, at) => byte === sample[place + at]) && place + copy.length <= sample.length;
      if (type.kind === "number") {
        const numbers = column as Numbers & ArrayLike<number | bigint>;
        // engines have one NaN, and the bytes may have any
        if (!same(elements(numbers, row, 1)) && !Number.isNaN(numbers[row])) wrong();
      } else if (type.kind === "bool") {
        if ((column as Uint8Array)[row] !== Number(sample[place] !== 0)) wrong();
      } else if (type.kind === "bytes") {
        const { stride, values } = column as { readonly stride: number; readonly values: Uint8Array };
        if (stride !== type.size || !same(elements(values, row * stride, stride))) wrong();
      } else if (type.kind === "dictionary") {
        const { codes, values } = column as { readonly codes: Int32Array; readonly values: readonly string[] };
        const bytes = sample.subarray(place, place + type.size);
        const end = bytes.indexOf(0);
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
        if (values[codes[row] as number] !== text) wrong();
      } else fail(`columns: a place of ${path}, which is ${type.kind}`);
    }
  }
}
