import { printable } from "../diagnostics/display-text.ts";

const typePath: unique symbol = Symbol("rbgen.typePath");

/**
 * Runs `work` on the type or member that `path` names; an error that leaves it carries the path, the innermost one
 * first, so that the report of a bug says which type shows it.
 */
export async function atType<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (typeof error === "object" && error !== null && !(typePath in error) && Object.isExtensible(error)) {
      Object.defineProperty(error, typePath, { value: path });
    }
    throw error;
  }
}

/** What to tell of an error that should not have happened. */
export function describeBug(error: unknown, version: string): string {
  const path =
    typeof error === "object" && error !== null && typePath in error ? ` at ${printable(String(error[typePath]))}` : "";
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return [
    `rbgen ${version}: this is a bug in rbgen${path}, not in your input.`,
    ...text.split("\n").map((line) => `  ${printable(line)}`),
    "Please report it with the text above and, if you can, the input: `npm bugs rbgen` opens the tracker.",
    "",
  ].join("\n");
}
