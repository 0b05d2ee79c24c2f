import { execFileSync } from "node:child_process";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { errnoName, errnoOf } from "./errno-name.ts";

describeWith(["gcc"], "errnos", () => {
  test("have the names and the numbers of errno.h, all of them", () => {
    const text = execFileSync("gcc", ["-E", "-dM", "-include", "errno.h", "-x", "c", "/dev/null"], {
      encoding: "utf8",
    });
    const defined = new Map(
      [...text.matchAll(/^#define (E[A-Z0-9]+) (\w+)$/gm)].map(([, name, value]) => [name!, value!]),
    );
    expect(defined.size).toBeGreaterThan(130);
    for (const [name, value] of defined) {
      const number = Number(defined.get(value) ?? value);
      if (name === "ENOTSUP") continue; // of user space alone: the kernel calls it EOPNOTSUPP
      expect([name, errnoOf(name)]).toEqual([name, -number]);
      expect(defined.get(errnoName(-number)!)).toBe(String(number));
    }
    const known = Array.from({ length: 511 }, (_, index) => errnoName(-1 - index)).filter((name) => name !== undefined);
    expect(known.filter((name) => !defined.has(name))).toEqual([]);
  });
});
