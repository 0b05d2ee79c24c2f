import { basename } from "node:path";
import { loadAddon } from "../addon/load-addon.ts";
import { checkBytes } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";

/** An object's bytes, and the name that map names of its sections begin with. */
export interface ObjectFile {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * In one call that blocks, as loading does: a thread that is terminated meanwhile leaves no descriptor open.
 * @throws RingBufError ENOENT, EACCES and their like for a file that cannot be read, EINVAL for what is neither path nor bytes.
 */
export function openFile(source: string | Uint8Array): ObjectFile {
  if (source instanceof Uint8Array) return { bytes: checkBytes(source, "an object"), name: "object" };
  if (typeof source !== "string") {
    throw ringError("EINVAL", "an object is given by its path, or its bytes as a Uint8Array");
  }
  const bytes = loadAddon().readFile(cString(source));
  if (typeof bytes === "number") throw kernelError(bytes, "open", `object file ${source} cannot be read`);
  return { bytes, name: nameOf(source) };
}

/** Name of the object as libbpf derives it from a file: what map names of its sections begin with. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.o$/, "")
    .replace(/[^A-Za-z0-9_.]/g, "_");
}
