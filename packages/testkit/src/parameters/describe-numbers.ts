import { expect, test } from "vitest";
import { publicNumbers } from "./public-parameters.ts";
import { type NumberTable, tryNumbers } from "./wrong-numbers.ts";

/**
 * Tests that every number that the declarations of `entries` take is in `table`, and that each row refuses what is none:
 * a new parameter that is not in the table fails, and one that is not checked does.
 */
export function describeNumbers(
  entries: readonly string[],
  table: NumberTable,
  isRefusal: (error: unknown) => boolean,
): void {
  test("every public number is in the table, as its declaration has it", () => {
    const declared = publicNumbers(entries);
    expect(Object.keys(table).sort()).toEqual(declared.map(({ path }) => path).sort());
    for (const { path, kind, optional } of declared) {
      const row = table[path];
      if (typeof row === "object") {
        expect({ path, kind: row.kind ?? "number", optional: row.optional ?? false }).toEqual({ path, kind, optional });
      }
    }
  });

  test.each(Object.entries(table).flatMap(([path, row]) => (typeof row === "string" ? [] : [{ path, row }])))(
    "$path takes a number and refuses all else",
    async ({ row }) => {
      expect(await tryNumbers(row, isRefusal)).toEqual([]);
    },
  );
}
