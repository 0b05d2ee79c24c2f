import { expect, test } from "vitest";
import { VmMemory } from "../memory/memory.ts";
import { formatText } from "./format-text.ts";

const memory = new VmMemory({ regions: 64, limit: 65536 });

test.each(["%1000000000d", "%-1000000000d", "%01000000000d", "%1000000000x"])(
  "%s is padded to the kernel's widest field at most",
  (format) => {
    expect(formatText(format, [7n], memory)).toHaveLength(2 ** 23 - 1);
  },
);

test("a width is what the format says", () => {
  expect(formatText("[%5d] [%-5d] [%05d]", [7n, 8n, -9n], memory)).toBe("[    7] [8    ] [-0009]");
});
