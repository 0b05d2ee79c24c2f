import { describePresent } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import { invalid } from "../invalid.ts";

/** A thing of an object by its name, or by the descriptor that was generated for it. */
export type Named = string | { readonly name: string; readonly codec?: unknown };

/** @throws RingBufError EINVAL for what is neither a name nor a generated descriptor. */
export function nameOf(named: Named): string {
  if (typeof named === "string") return named;
  if (typeof named?.name === "string") return named.name;
  throw invalid(`a thing of an object is told by its name or its generated descriptor, not ${shown(named)}`);
}

/** That an object has nothing of this name, and what it has. */
export function absent(what: string, name: string, present: Iterable<string>): RingBufError {
  return new RingBufError(`the object has no ${what} "${name}"${describePresent(name, present)}`, {
    code: "ENOENT",
    errno: -2,
  });
}

/** What happens after an object was closed. */
export function closed(what: string): RingBufError {
  return new RingBufError(`${what} is closed`, { code: "ERR_RINGBUF_CLOSED" });
}
