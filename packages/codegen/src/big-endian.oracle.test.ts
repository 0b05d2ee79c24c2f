import { describeWith } from "@rbgen/testkit";
import { sampleRecords } from "@rbgen/testkit/codegen/arbitrary-record";
import type { CComposite } from "@rbgen/testkit/codegen/c-type";
import { prove, reportOf } from "@rbgen/testkit/codegen/proof";
import { choices, throughBtf, throughHeader } from "@rbgen/testkit/codegen/ways";
import { expect, test } from "vitest";

const seed = Number(process.env["RBGEN_SEED"]);
const batches = Number(process.env["RBGEN_BATCHES"] ?? 3);
const perBatch = 250;

describeWith(["clang", "gcc", "s390x"], `random records against a big-endian s390x (RBGEN_SEED=${seed})`, () => {
  test.each(Array.from({ length: batches }, (_, batch) => ({ batch: batch + 1, ...choices[batch % choices.length]! })))(
    `batch $batch of ${perBatch} decodes, encodes, views and writes what C does (names $case, 64 bits as $int64)`,
    async ({ batch, ...choice }) => {
      const records = sampleRecords(perBatch, seed + 1_000_000 + batch * perBatch, `b${batch}r`, { alignInt128: true });
      const generator = async (some: readonly CComposite[]) => ({
        "clang's BTF": await throughBtf(some, "big", choice),
        "the header": await throughHeader(some, "big", choice),
      });
      const failures = await prove(records, "s390x", seed + batch, generator);
      const again = (record: CComposite) => prove([record], "s390x", seed + batch, generator);
      expect(await reportOf(failures, records, again)).toBe("");
    },
  );
});
