import { readFileSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { argumentCounts } from "./helpers.ts";

describeWith(["libbpf"], "helpers of the kernel", () => {
  test("take as many arguments as libbpf declares for them", () => {
    const text = readFileSync("/usr/include/bpf/bpf_helper_defs.h", "utf8");
    const declared = [...text.matchAll(/\(\*(?:const )?bpf_\w+\)\(([^)]*)\) = \(void \*\) (\d+);/g)].map(
      ([, parameters = "", number]) => {
        const count = parameters.includes("...") ? 5 : parameters === "void" ? 0 : parameters.split(",").length;
        return [Number(number), count] as const;
      },
    );
    expect(declared.length).toBeGreaterThan(200);
    const known = declared.filter(([number]) => number < argumentCounts.length);
    expect(known.map(([number]) => [number, argumentCounts[number]])).toEqual(known);
  });
});
