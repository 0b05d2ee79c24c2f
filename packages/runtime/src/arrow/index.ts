import { type Data, DenseUnion, Field, makeData, RecordBatch, Schema, Struct, Table } from "apache-arrow";
import { shown } from "../checked-number.ts";
import { object } from "../checked-object.ts";
import type { ColumnBatch, StreamBatch } from "../columns/column-batch.ts";
import { invalid, RingBufError } from "../errors.ts";
import { structData } from "./arrow-data.ts";

/** Types of record that a union of Arrow can tell apart. */
const mostVariants = 128;

/**
 * A batch of columns as a table of Arrow: a column for each member, named by its path. Numbers, offsets, bytes and the bits of
 * arms are the batch's own memory, and stay so: one that was read with `reuse` has to be done with before the next one.
 * Only bool (a bit each) and the strings of dictionaries are copied.
 *
 * The records of a ring of several types are one column, `record`: a dense union with a struct for each type, in the order in
 * which they came.
 * @throws RingBufError EINVAL for what is no batch, and for a ring of more than 128 types
 */
export function toArrow(batch: ColumnBatch | StreamBatch): Table {
  const { schema } = object(batch, "the batch") as ColumnBatch | StreamBatch;
  if (schema?.kind === "struct") return tableOf(structData(schema, batch as ColumnBatch));
  if (schema?.kind === "stream") return tableOf(unionOf(batch as StreamBatch));
  throw invalid("the batch has no schema: batches are what columns() and consumeColumns() give");
}

/**
 * The records of one type among those of a batch, as a table of their own: the columns of `variant`.
 * @throws RingBufError EINVAL where the batch has none of that name
 */
export function variantToArrow<Kind extends string>(batch: StreamBatch<Kind>, variant: Kind): Table {
  const { schema } = object(batch, "the batch") as StreamBatch<Kind>;
  const found = schema?.kind === "stream" ? schema.variants.find(({ name }) => name === variant) : undefined;
  const columns = found === undefined ? undefined : batch.variants[variant as never];
  if (found === undefined || columns === undefined) throw invalid(`the batch has no variant ${shown(variant)}`);
  return tableOf(structData(found.type, columns));
}

function tableOf(data: Data<Struct>): Table {
  const { children } = data.type;
  return new Table([new RecordBatch(new Schema(children), data)]);
}

function unionOf({ length, kinds, rows, variants, schema }: StreamBatch): Data<Struct> {
  if (schema.variants.length > mostVariants) {
    throw new RingBufError(
      `the ring has ${schema.variants.length} types of record, and a union of Arrow ${mostVariants}`,
      {
        code: "EINVAL",
      },
    );
  }
  const children = schema.variants.map(({ name, type }) => structData(type, variants[name]!));
  const fields = schema.variants.map(({ name }, index) => new Field(name, children[index]!.type, false));
  const type = new DenseUnion(
    fields.map((_, index) => index),
    fields,
  );
  const union = makeData({
    type,
    length,
    nullCount: 0,
    typeIds: Int8Array.from(kinds.codes),
    valueOffsets: rows,
    children,
  });
  const record = new Struct([new Field("record", type, false)]);
  return makeData({ type: record, length, nullCount: 0, children: [union] });
}
