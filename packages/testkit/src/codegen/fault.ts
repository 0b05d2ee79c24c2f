/** A fault that an exercise found; the message says where and what. */
export class ExerciseError extends Error {}

/** Ends an exercise: what is wrong, and where. */
export function fail(what: string): never {
  throw new ExerciseError(what);
}

/** Bytes as hex digits. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Fails at the first byte that differs. */
export function sameBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, index) => byte !== actual[index]);
  if (actual.length === expected.length && at < 0) return;
  fail(`${what}: byte ${at} of\n  ${hex(actual)} differs from\n  ${hex(expected)}`);
}

/** The members of an object whose type nobody knows here. */
export function properties(value: unknown): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}

/** What `work` throws; undefined where it does not. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Whether a value has members by name: a struct, a view. */
export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
