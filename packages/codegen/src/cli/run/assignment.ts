import { didYouMean } from "@rbgen/btf";
import { UsageError } from "../exit-code.ts";
import type { NamedValue } from "./options.ts";

/** What `--set` names: a variable, and members and indices of it. */
export interface Assignment {
  readonly variable: string;
  /** `.tgid` and `[2]`, one by one. */
  readonly path: readonly (string | number)[];
}

/** Splits `limits.slots[2]=7` at the longest name of a variable: those of functions have dots of their own. @throws UsageError */
export function assignmentOf({ name }: NamedValue, variables: Iterable<string>): Assignment {
  const all = [...variables];
  const held = all
    .filter((one) => name === one || name.startsWith(`${one}.`) || name.startsWith(`${one}[`))
    .sort((one, other) => other.length - one.length);
  const [variable] = held;
  if (variable === undefined) throw unknownVariable(name, all);
  const rest = name.slice(variable.length);
  const parts = rest.match(/\.[^.[\]]+|\[\d{1,9}\]/g) ?? [];
  if (parts.join("") !== rest) throw new UsageError(`--set ${name}: members are .NAME and elements [NUMBER]`);
  return { variable, path: parts.map((part) => (part.startsWith(".") ? part.slice(1) : Number(part.slice(1, -1)))) };
}

function unknownVariable(name: string, variables: readonly string[]): UsageError {
  const [first = name] = /^[^.[]+/.exec(name) ?? [];
  const meant =
    didYouMean(first, variables) ?? (variables.length === 0 ? "it has none" : `it has ${variables.join(", ")}`);
  return new UsageError(`--set ${name}: the object has no global variable "${first}": ${meant}`);
}
