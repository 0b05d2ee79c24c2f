import { expect, test } from "vitest";
import { hostileValues, Trap, type ValueKind } from "./hostile-values.ts";
import { publicParameters } from "./public-parameters.ts";

/** How a public parameter is tried. */
export interface DoorRow {
  /** What it may take without an error; a value that is none of these is refused. */
  readonly takes: readonly ValueKind[];
  /** Hands the value in. Everything is made anew in it. */
  call(value: never): unknown;
}

/** By the path of a parameter: the row, or why nothing is to be tried there. */
export type DoorTable = Readonly<Record<string, DoorRow | string>>;

/**
 * Tests that every parameter of `entries` that is no number is in `table`, and that each refuses by an error that `isRefusal`
 * knows what it does not take, or takes what it may. What a getter or a proxy of the caller throws is the caller's.
 */
export function describeDoors(
  entries: readonly string[],
  table: DoorTable,
  isRefusal: (error: unknown) => boolean,
): void {
  test("every public parameter is in the table", () => {
    expect(Object.keys(table).sort()).toEqual(publicParameters(entries));
  });

  test.each(Object.entries(table).flatMap(([path, row]) => (typeof row === "string" ? [] : [{ path, row }])))(
    "$path takes what it is for, and refuses all else",
    async ({ row }) => {
      expect(await tryDoor(row, isRefusal)).toEqual([]);
    },
  );
}

async function tryDoor(row: DoorRow, isRefusal: (error: unknown) => boolean): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { name, make, is } of hostileValues) {
    try {
      await row.call(make() as never);
      if (!is.some((kind) => row.takes.includes(kind))) faults.push(`${name} was taken`);
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof Trap) && !isOfTheValue(error)) faults.push(`${name} gave ${error}`);
    }
  }
  return faults;
}

/** What the engine says of a value that cannot even be looked at, or gone through. */
function isOfTheValue(error: unknown): boolean {
  const said = /proxy that has been revoked|incompatible receiver|not a typed array|%TypedArray%.prototype.values/;
  return error instanceof TypeError && said.test(error.message);
}
