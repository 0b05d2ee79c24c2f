import { encodeBtf, parseBtf, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { kernelTypesOf } from "./candidates.ts";

test("types that lead to themselves, as malformed ones do, are followed once", () => {
  const loop: Type = {
    kind: "ptr",
    get target() {
      return loop;
    },
  };
  const rows: Type = {
    kind: "array",
    count: 1,
    get element(): Type {
      return { kind: "const", target: rows };
    },
  };
  const found = kernelTypesOf(parseBtf(encodeBtf([], { endian: "little" })), [loop, rows]);
  expect([...found]).toEqual([rows, loop]);
});
