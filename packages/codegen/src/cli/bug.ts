import { printable } from "../diagnostics/display-text.ts";
import { typePathOf } from "../diagnostics/type-path.ts";
import { errorMessage } from "./host/host.ts";

/** What to tell of an error that should not have happened: which type shows it, and where to report it. */
export function describeBug(error: unknown, version: string): string {
  const path = typePathOf(error);
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : errorMessage(error);
  return [
    `rbgen ${version}: this is a bug in rbgen, not in your input${path === undefined ? "." : `: at ${printable(path)}`}`,
    ...text.split("\n").map((line) => `  ${printable(line)}`),
    "Please report it with the text above and, if you can, the input: `npm bugs rbgen` opens the tracker.",
    "",
  ].join("\n");
}
