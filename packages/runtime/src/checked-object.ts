import { shown } from "./checked-number.ts";
import { invalid } from "./errors.ts";

/** What a member has to be, as `typeof` tells it. */
export type MemberKind = "string" | "number" | "boolean" | "object" | "function";

/**
 * `value` if it may have members.
 * @throws RingBufError EINVAL
 */
export function object<Value>(value: Value, name: string): Value {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(`${name} is ${shown(value)}: an object is taken`);
}

/**
 * `value` if it has each of `kinds`; the error tells the first that is missing, or is something else.
 * @throws RingBufError EINVAL
 */
export function members<Value>(
  value: Value,
  name: string,
  kinds: Readonly<Record<string | symbol, MemberKind>>,
): Value {
  object(value, name);
  for (const key of Reflect.ownKeys(kinds)) {
    const kind = kinds[key] as MemberKind;
    const member: unknown = Reflect.get(value as object, key);
    if (typeof member === kind && member !== null) continue;
    throw invalid(`${name} lacks ${String(key)}: ${article(kind)} is taken, not ${shown(member)}`);
  }
  return value;
}

/**
 * As {@link members}, of members that may be left out.
 * @throws RingBufError EINVAL
 */
export function optionalMembers<Value>(value: Value, name: string, kinds: Readonly<Record<string, MemberKind>>): Value {
  for (const [key, kind] of Object.entries(kinds)) {
    const member: unknown = Reflect.get(value as object, key);
    if (member === undefined || typeof member === kind) continue;
    throw invalid(`${name} has ${shown(member)} as ${key}: ${article(kind)} is taken`);
  }
  return value;
}

/**
 * `value` if it can be called.
 * @throws RingBufError EINVAL
 */
export function callable<Value>(value: Value, name: string): Value {
  if (typeof value === "function") return value;
  throw invalid(`${name} is ${shown(value)}: a function is taken`);
}

/**
 * `value` if it is true, false or left out.
 * @throws RingBufError EINVAL
 */
export function choice(value: boolean | undefined, name: string): boolean | undefined {
  return value === undefined ? value : flag(value, name);
}

/**
 * `value` if it is true or false.
 * @throws RingBufError EINVAL
 */
export function flag(value: boolean, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(`${name} is ${shown(value)}: true or false is taken`);
}

/**
 * `signal` if it is one or left out.
 * @throws RingBufError EINVAL
 */
export function signalOf(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const kinds = { throwIfAborted: "function", addEventListener: "function", removeEventListener: "function" } as const;
  return members(signal, "signal", kinds);
}

/**
 * The same of one that has not aborted.
 * @throws RingBufError EINVAL; the signal's reason
 */
export function unaborted(signal: AbortSignal | undefined): void {
  signalOf(signal)?.throwIfAborted();
}

function article(kind: MemberKind): string {
  return kind === "object" ? "an object" : `a ${kind}`;
}
