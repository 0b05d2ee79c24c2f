import { describeWith } from "@rbgen/testkit";
import { annotatedFile, annotatedWays } from "@rbgen/testkit/codegen/annotated-proof";
import { sampleAnnotated } from "@rbgen/testkit/codegen/annotated-record";
import { sampleRecords } from "@rbgen/testkit/codegen/arbitrary-record";
import { choices, throughBtf, throughHeader } from "@rbgen/testkit/codegen/ways";
import { expect, test } from "vitest";
import { typeCheck } from "./emit/testing/type-check.ts";

const seed = Number(process.env["RBGEN_SEED"] ?? Date.now() % 2 ** 31);

describeWith(["clang"], `files generated from random records (RBGEN_SEED=${seed})`, () => {
  test("type-check under plain strict on TypeScript 5.4, and under every flag of this repository", async () => {
    const files: Record<string, string> = {};
    for (const [index, choice] of choices.entries()) {
      const records = sampleRecords(120, seed + index * 120, "r", { alignInt128: false });
      files[`btf-${index}.gen.ts`] = (await throughBtf(records, "little", choice)).text;
      files[`header-${index}.gen.ts`] = (await throughHeader(records, "big", choice)).text;
    }
    const annotated = sampleAnnotated(60, seed, "a", 0);
    files["annotated.gen.ts"] = await annotatedFile(annotated, annotatedWays[0]!, "little");
    expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
  });
});
