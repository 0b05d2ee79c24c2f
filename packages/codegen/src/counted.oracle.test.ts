import { describeWith } from "@rbgen/testkit";
import { sampleRecords } from "@rbgen/testkit/codegen/arbitrary-record";
import type { CComposite } from "@rbgen/testkit/codegen/c-type";
import { prove, reportOf } from "@rbgen/testkit/codegen/proof";
import { choices, throughBtf, throughHeader } from "@rbgen/testkit/codegen/ways";
import { expect, test } from "vitest";

const seed = Number(process.env["RBGEN_SEED"]);
const perBatch = 200;

describeWith(["clang", "gcc", "s390x"], `records whose array has a length member (RBGEN_SEED=${seed})`, () => {
  test.each([
    ["native", "little"],
    ["s390x", "big"],
  ] as const)(
    "decode, encode, view and write what C does, and refuse a length that lies, on %s",
    async (machine, endian) => {
      const records = sampleRecords(perBatch, seed, "c", { alignInt128: endian === "big", counted: true });
      const choice = choices[0]!;
      const generator = async (some: readonly CComposite[]) => ({
        "clang's BTF": await throughBtf(some, endian, choice),
        "the header": await throughHeader(some, endian, choice),
      });
      const failures = await prove(records, machine, seed, generator);
      const again = (record: CComposite) => prove([record], machine, seed, generator);
      expect(await reportOf(failures, records, again)).toBe("");
    },
  );
});
