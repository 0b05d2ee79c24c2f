import { fileURLToPath } from "node:url";
import { toArrow, variantToArrow } from "@rbgen/runtime/arrow";
import { describeDoors } from "@rbgen/testkit/parameters/describe-doors";
import { describeNumbers } from "@rbgen/testkit/parameters/describe-numbers";
import type { ColumnBatch, StreamBatch } from "../columns/column-batch.ts";
import { isRingBufError } from "../errors.ts";

const entries = [fileURLToPath(new URL("./index.ts", import.meta.url))];
const refused = (error: unknown): boolean => isRingBufError(error, "EINVAL");

const batch = (length: number): ColumnBatch => ({ length, columns: {}, schema: { kind: "struct", members: [] } });
const stream = (length: number): StreamBatch => ({
  length: 0,
  kinds: { codes: new Int32Array(0), values: ["open"] },
  rows: new Int32Array(0),
  variants: { open: { length, columns: {} } },
  schema: { kind: "stream", variants: [{ name: "open", type: { kind: "struct", members: [] } }] },
});

describeDoors(
  entries,
  {
    "toArrow(batch)": { takes: [], call: (value) => toArrow(value) },
    "variantToArrow(batch)": { takes: [], call: (value) => variantToArrow(value, "open") },
    "variantToArrow(variant)": { takes: [], call: (value) => variantToArrow(stream(0), value) },
  },
  refused,
);

const most = 2 ** 31 - 1;
describeNumbers(
  entries,
  {
    "toArrow(batch.length)": { ...{ good: 0, least: 0, most }, call: (value) => toArrow(batch(value)) },
    "toArrow(batch.variants[name].length)": { ...{ good: 0, least: 0, most }, call: (value) => toArrow(stream(value)) },
    "variantToArrow(batch.length)": "only the rows of the variant count",
    "variantToArrow(batch.variants[name].length)": {
      ...{ good: 0, least: 0, most },
      call: (value) => variantToArrow(stream(value), "open"),
    },
  },
  refused,
);
