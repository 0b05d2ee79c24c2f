import { shown } from "./checked-number.ts";
import { invalid } from "./errors.ts";

/** `value` if it may have members. @throws RingBufError EINVAL */
export function object<Value>(value: Value, name: string): Value {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(`${name} is ${shown(value)}: an object is taken`);
}
