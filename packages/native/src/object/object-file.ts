import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ringError, systemError } from "../kernel/errno.ts";

/** An object's bytes, and the name that map names of its sections begin with. */
export interface ObjectFile {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** @throws RingBufError with Node's code for a file that cannot be read, EINVAL for what is neither path nor bytes. */
export function openFile(source: string | Uint8Array): ObjectFile {
  if (typeof source !== "string") return { bytes: checked(source), name: "object" };
  try {
    return { bytes: readFileSync(source), name: nameOf(source) };
  } catch (cause) {
    throw systemError(cause, unreadable(source));
  }
}

/** @throws as `openFile`. */
export async function loadFile(source: string | Uint8Array): Promise<ObjectFile> {
  if (typeof source !== "string") return { bytes: checked(source), name: "object" };
  const bytes = await readFile(source).catch((cause) => {
    throw systemError(cause, unreadable(source));
  });
  return { bytes, name: nameOf(source) };
}

function checked(source: unknown): Uint8Array {
  if (source instanceof Uint8Array) return source;
  throw ringError("EINVAL", "an object is given by its path, or its bytes as a Uint8Array");
}

/** Name of the object as libbpf derives it from a file: what map names of its sections begin with. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.o$/, "")
    .replace(/[^A-Za-z0-9_.]/g, "_");
}

function unreadable(path: string): string {
  return `object file ${path} cannot be read`;
}
