import { expect, test } from "vitest";
import { counted } from "./counted.ts";

test("one of a unit is no plural, and none is", () => {
  expect([counted(1, "byte"), counted(1n, "bit"), counted(0, "byte"), counted(2n, "slot")]).toEqual([
    "1 byte",
    "1 bit",
    "0 bytes",
    "2 slots",
  ]);
});
