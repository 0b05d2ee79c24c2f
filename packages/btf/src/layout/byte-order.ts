import type { Endian } from "../types.ts";

const orderedName = /^_{0,2}([bl]e)(16|32|64|128)$/;

/** The byte order that a typedef's name promises: `__be32`, `__le16`. */
export function byteOrderOfName(name: string): Endian | undefined {
  const ordered = orderedName.exec(name);
  if (ordered === null) return undefined;
  return ordered[1] === "be" ? "big" : "little";
}
