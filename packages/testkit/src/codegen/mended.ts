import { EncodeError } from "@rbgen/runtime";
import { thrownBy } from "./fault.ts";

type Members = Record<string, unknown>;

/** Takes away the member that a path leads to, or the nearest one around it that there is. */
function without(given: Members, path: string): boolean {
  let holder: Members | undefined;
  let name = "";
  let at: unknown = given;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof at !== "object" || at === null || !(step in at)) break;
    if (!Array.isArray(at) && !ArrayBuffer.isView(at)) [holder, name] = [at as Members, step];
    at = (at as Members)[step];
  }
  if (holder === undefined) return false;
  return Reflect.deleteProperty(holder, name);
}

/**
 * A value, and what is left of it as the member is taken away that encode refuses, until it refuses none: values that are nearly right.
 */
export function* mended(codec: { readonly toBytes: (value: unknown) => unknown }, value: unknown): Generator<unknown> {
  yield value;
  if (typeof value !== "object" || value === null) return;
  const given = structuredClone(value) as Members;
  for (let turn = 0; turn < 30; turn++) {
    const error = thrownBy(() => codec.toBytes(given));
    if (!(error instanceof EncodeError)) break;
    const [last] = Object.keys(given).slice(-1);
    if (!without(given, error.path) && (last === undefined || !Reflect.deleteProperty(given, last))) break;
  }
  yield given;
}
