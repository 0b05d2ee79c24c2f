/** How a public function is tried with numbers: what it takes, and a call that hands one in. */
export interface NumberRow {
  readonly kind?: "number" | "bigint";
  /** Least and most that it takes; integers of either sign unless told. */
  readonly least?: number | bigint;
  readonly most?: number | bigint;
  /** Whether it takes fractions. */
  readonly fraction?: boolean;
  /** Whether it takes `Infinity`. */
  readonly infinite?: boolean;
  /** Whether it takes `NaN`. */
  readonly notANumber?: boolean;
  /** Whether it takes a bigint as well as a number. */
  readonly either?: boolean;
  /** Whether `undefined` is its absence. */
  readonly optional?: boolean;
  /** A value that it takes. */
  readonly good: number | bigint;
  /** Everything is made anew in it, so that one call says nothing about the next. */
  call(value: never): unknown;
}

/** By the path of {@link PublicNumber}: the row, or why nothing is to be checked there. */
export type NumberTable = Readonly<Record<string, NumberRow | string>>;

/** What a JavaScript caller may hand in where `row` wants its number, and what has to be refused. */
export function wrongNumbers(row: NumberRow): readonly unknown[] {
  const { kind = "number", least, most, fraction = false, infinite = false, optional = false, good } = row;
  const wrong: unknown[] = [String(good), "", "8", true, null, {}, [good], () => good, Symbol("8")];
  if (!row.notANumber) wrong.push(Number.NaN);
  // it would pass for a number wherever one is calculated with
  wrong.push({ valueOf: () => good }, new Date(Number(good)));
  if (!optional) wrong.push(undefined);
  if (kind === "bigint") {
    wrong.push(Number(good));
  } else {
    if (!row.either) wrong.push(BigInt(Math.trunc(Number(good))));
    if (!infinite) wrong.push(Number.POSITIVE_INFINITY);
    if (!(fraction && least === undefined)) wrong.push(Number.NEGATIVE_INFINITY);
    if (!fraction) wrong.push(Number(good) + 0.5);
  }
  if (least !== undefined) wrong.push(typeof least === "bigint" ? least - 1n : least - (fraction ? beside(least) : 1));
  if (most !== undefined) wrong.push(typeof most === "bigint" ? most + 1n : most + (fraction ? beside(most) : 1));
  return wrong;
}

/** A step that changes a number that large. */
function beside(value: number): number {
  return Math.max(0.5, Math.abs(value) / 2 ** 40);
}

/** Errors of `row`: wrong values that were taken or failed with another error than `isRefusal` knows, or a good one that was not taken. */
export async function tryNumbers(row: NumberRow, isRefusal: (error: unknown) => boolean): Promise<readonly string[]> {
  const faults: string[] = [];
  const outcome = async (value: unknown): Promise<{ readonly error?: unknown }> => {
    try {
      await row.call(value as never);
      return {};
    } catch (error) {
      return { error };
    }
  };
  const taken = await outcome(row.good);
  if ("error" in taken) faults.push(`${String(row.good)} was refused: ${String(taken.error)}`);
  for (const value of wrongNumbers(row)) {
    const { error } = await outcome(value);
    if (!isRefusal(error)) faults.push(`${show(value)} gave ${error === undefined ? "no error" : String(error)}`);
  }
  return faults;
}

function show(value: unknown): string {
  return typeof value === "symbol"
    ? value.toString()
    : `${typeof value} ${JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part))}`;
}
