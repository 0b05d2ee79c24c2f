const paths = new WeakMap<object, string>();

/** Notes which type or member was worked on when `error` arose; the first note, the innermost, stays. */
export function noteTypePath(error: unknown, path: string): void {
  if (typeof error === "object" && error !== null && !paths.has(error)) paths.set(error, path);
}

/** What {@link noteTypePath} noted of `error`. */
export function typePathOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? paths.get(error) : undefined;
}
