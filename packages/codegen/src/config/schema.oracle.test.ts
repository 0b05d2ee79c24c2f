import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { largestLimits, limitNames } from "../c/text/limits.ts";
import { validateConfig } from "./validate.ts";

const schema: { readonly properties: Record<string, { readonly properties?: Record<string, object> }> } = JSON.parse(
  readFileSync(new URL("../../schema/rbgen.config.schema.json", import.meta.url), "utf8"),
);

/** Whether each value fits the schema, as the reference of another language has it. */
function fits(values: readonly unknown[]): readonly boolean[] {
  const program = `
import json, sys
from jsonschema import Draft202012Validator as V
given = json.load(sys.stdin)
V.check_schema(given["schema"])
print(json.dumps([V(given["schema"]).is_valid(value) for value in given["values"]]))
`;
  const input = JSON.stringify({ schema, values });
  return JSON.parse(execFileSync("python3", ["-c", program], { input, encoding: "utf8" })) as boolean[];
}

function isTaken(value: unknown): boolean {
  let wrong = false;
  validateConfig(value, "/w", "/w", () => {
    wrong = true;
  });
  return !wrong;
}

const values: readonly unknown[] = [
  {},
  [],
  {
    $schema: "./x.json",
    inputs: ["a.h", "bpf/*.h", { path: "b.o", output: "gen/", types: ["a*"], format: "js" }, "-"],
  },
  { inputs: "a.h" },
  { inputs: [3] },
  { inputs: [{}] },
  { inputs: [{ path: "" }] },
  { inputs: [{ path: "a.h", out: "b" }] },
  { inputs: [{ path: "a.h", endian: "big" }] },
  { endian: "big", frontend: "clang", int64: "number", case: "preserve", format: "ts" },
  { endian: "middle" },
  { format: "dts" },
  { all: true, infer: false, columns: true, typedArrays: true },
  { all: "yes" },
  { only: ["decode", "views"], inputs: [{ path: "a.h", only: ["decode"] }] },
  { only: ["views"] },
  { only: ["decode", "view"] },
  { only: "decode" },
  { only: [1] },
  { base: "" },
  { sysroot: "/x", vmlinux: "vm", typesFrom: "t.h", base: "b" },
  { quotePaths: ["a"], includePaths: ["b"], systemPaths: ["c"], forcedIncludes: ["d"] },
  { includePaths: "b" },
  { includePath: ["b"] },
  { defines: { A: 1, B: "x", C: true, "F(x, ...)": "x" } },
  { defines: { A: 1.5 } },
  { defines: { "1x": 1 } },
  { limits: { nesting: 500, tokens: 1 } },
  { limits: { nesting: 501 } },
  { limits: { nesting: 0 } },
  { limits: { nested: 1 } },
  { maps: { events: "event", other: { tag: "kind", records: { a: 1, b: [2, "C"], c: "18446744073709551615" } } } },
  { maps: { events: 1 } },
  { maps: { events: { tag: "kind" } } },
  { maps: { events: { records: { a: 1 } } } },
  { maps: { events: { tag: "kind", records: {} } } },
  { maps: { events: { tag: "kind", records: { a: [] } } } },
  { maps: { events: { tag: "kind", records: { a: 1.5 } } } },
  { maps: { events: { tag: { a: "x" }, records: { a: 1 } } } },
  { maps: { events: { tag: "kind", records: { a: 1 }, more: 1 } } },
  { annotations: { event: "record", "event.comm": ["bytes"] } },
  { annotations: { event: [1] } },
  { nothing: 1 },
];

describeWith(["jsonschema"], "the schema of rbgen.config.json", () => {
  test("takes what the command takes, and nothing else", () => {
    const told = fits(values);
    const wanted = values.map(isTaken);
    expect(values.map((value, index) => [JSON.stringify(value), told[index]])).toEqual(
      values.map((value, index) => [JSON.stringify(value), wanted[index]]),
    );
    expect(new Set(told)).toEqual(new Set([true, false]));
  });

  test("has the limits that there are", () => {
    const own = schema.properties["limits"]?.properties ?? {};
    expect(own).toEqual(
      Object.fromEntries(
        limitNames.map((name) => [name, { type: "integer", minimum: 1, maximum: largestLimits[name] }]),
      ),
    );
  });
});
