import type { CompositePlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";

// Asking a value for its prototype costs an encoder more than a member does. What has a member of its record, and of nothing that
// the language brings, is a struct: nothing else is asked of it.

/**
 * No name, and properties of what is built in, functions left out: these are no value of any member, and refused as such.
 */
const unproving: ReadonlySet<string> = new Set([
  // members of one that has no name of its own are its holder's
  "",
  "BYTES_PER_ELEMENT",
  "__proto__",
  "arguments",
  "buffer",
  "byteLength",
  "byteOffset",
  "callee",
  "caller",
  "cause",
  "column",
  "columnNumber",
  "description",
  "detached",
  "dotAll",
  "error",
  "errors",
  "fileName",
  "flags",
  "global",
  "groups",
  "growable",
  "hasIndices",
  "ignoreCase",
  "index",
  "indices",
  "input",
  "lastIndex",
  "length",
  "line",
  "lineNumber",
  "maxByteLength",
  "message",
  "multiline",
  "name",
  "offset",
  "parent",
  "prototype",
  "resizable",
  "size",
  "source",
  "sourceURL",
  "stack",
  "sticky",
  "suppressed",
  "unicode",
  "unicodeSets",
]);

/** The first member that proves that a value is a struct of this kind, where it is given. */
export function proofOf({ nodes }: CompositePlan): Name | undefined {
  const field = nodes.find((node) => node.kind === "field" && !unproving.has(`${node.name}`));
  return field?.kind === "field" ? field.name : undefined;
}
