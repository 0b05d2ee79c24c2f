import { describeWith } from "@rbgen/testkit";
import { proveAnnotated } from "@rbgen/testkit/codegen/annotated-proof";
import { sampleAnnotated } from "@rbgen/testkit/codegen/annotated-record";
import { expect, test } from "vitest";

const seed = Number(process.env["RBGEN_SEED"]);
const groups = Number(process.env["RBGEN_GROUPS"] ?? 80);

describeWith(["clang", "gcc", "s390x"], `annotated records against C (RBGEN_SEED=${seed})`, () => {
  test.each(["native", "s390x"] as const)(
    "lengths, lists, data-loc, unions and rings with tags decode, encode, view and write what C does, on %s",
    async (machine) => {
      const records = sampleAnnotated(groups, seed, "a");
      const failures = await proveAnnotated(records, machine, seed);
      const shown = failures.slice(0, 6).map(({ way, message, source }) => `${way}: ${message}\n${source}`);
      expect(shown.join("\n"), `${failures.length} of ${records.length} records`).toBe("");
    },
  );
});
