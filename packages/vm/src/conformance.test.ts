import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runInstructions } from "./run-instructions.ts";

/** A case of the public conformance suite of the BPF instruction set. */
interface Case {
  readonly name: string;
  /** Hexadecimal. */
  readonly memory: string;
  readonly code: string;
  /** r0, hexadecimal or decimal. */
  readonly result: string;
}

const file = process.env["BPF_CONFORMANCE"] ?? join(import.meta.dirname, "../../../../shared/vm/conformance.json");
const present = existsSync(file);
const why = "conformance.json of the public BPF conformance suite, named by BPF_CONFORMANCE";
const cases = present ? (JSON.parse(readFileSync(file, "utf8")) as Case[]) : [];

/** Helper 5 of the suite gives back its first argument. */
const helpers = { 5: (first: bigint) => first };

if (!present && process.env["RBGEN_REQUIRE"] === "all") {
  test("has what it needs", () => {
    throw new Error(`RBGEN_REQUIRE=all, and this machine lacks ${why}`);
  });
}

describe.skipIf(!present)(`the conformance suite${present ? "" : ` [needs ${why}]`}`, () => {
  test("has its 313 cases", () => expect(cases.length).toBe(313));

  describe.each(["interpreter", "wasm"] as const)("on the engine %s", (engine) => {
    test.each(cases.map((one) => [one.name, one] as const))("%s", (_, { memory, code, result }) => {
      const given = memory === "" ? {} : { memory: new Uint8Array(Buffer.from(memory, "hex")) };
      const r0 = runInstructions(Buffer.from(code, "hex"), { ...given, helpers, engine });
      expect(r0).toBe(BigInt.asUintN(64, BigInt(result)));
    });
  });
});
