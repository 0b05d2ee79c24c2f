import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sampleTypes } from "@rbgen/testkit/btf/sample";
import { expect, test } from "vitest";
import { BtfError, encodeBtf, formatDefinition, formatType, holesOf, leavesOf, parseBtf } from "./index.ts";

/** The example of the README, line for line, on a file that is here instead of one that the machine may not have. */
function example(bytes: Uint8Array, name: string): string[] {
  const lines: string[] = [];
  const print = (...parts: unknown[]): void => {
    lines.push(parts.join(" "));
  };
  // example
  const btf = parseBtf(bytes, { name: "probe.bpf.o" });
  for (const type of btf.find(name)) {
    if (type.kind !== "struct") continue;
    print(formatDefinition(type));
    for (const leaf of leavesOf(type)) print(leaf.path, leaf.bitOffset, leaf.bitSize, formatType(leaf.type));
    print(holesOf(type).length, "holes in", type.size, "bytes, tags:", type.tags);
  }
  // end
  return lines;
}

test("the README's example is this one, and does what it says", () => {
  const own = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
  const body = /\/\/ example\n([\s\S]*?) +\/\/ end/.exec(own)?.[1] ?? "no example";
  const shown = body.replace(/^ {2}/gm, "").replaceAll("print(", "console.log(");
  expect(readme).toContain(shown);
  expect(example(encodeBtf(sampleTypes, { endian: "big" }), "node")).toEqual([
    "struct node {\n\tstruct node *next;\n\tint value;\n\tint low : 5;\n\tint high : 27;\n};\n",
    "next 0 64 struct node *",
    "value 64 32 int",
    "low 96 5 int",
    "high 101 27 int",
    "0 holes in 16 bytes, tags: record",
  ]);
  expect(() => example(new Uint8Array(8), "node")).toThrow(BtfError);
});
