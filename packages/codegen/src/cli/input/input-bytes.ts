import { resolve } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { errorCode, errorMessage, type Host } from "../host/host.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory, not a file",
  ENOTDIR: "a part of its path is not a directory",
  ELOOP: "its path is a circle of links",
  ENAMETOOLONG: "its name is too long",
  EFBIG: "it has no end",
  EIO: "the system cannot read it",
  EAGAIN: "it is no file, and holds nothing now",
};

/** Why a file could not be used, in words. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return (code === undefined ? undefined : reasons[code]) ?? errorMessage(error);
}

/** The bytes of an input, `-` being standard input; what cannot be read, or is empty, is reported. */
export async function readInputBytes(path: string, host: Host, report: Report): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = path === "-" ? await host.stdin() : host.files.read(resolve(host.cwd, path));
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    report({
      code: "RB5001",
      severity: "error",
      at: path,
      message: `cannot read ${path}: ${reasonOf(error)}`,
      ...(code === "EISDIR" ? { hint: "name the headers or objects in it" } : {}),
    });
    return undefined;
  }
  if (bytes.length > 0) return bytes;
  report({
    code: "RB5002",
    severity: "error",
    at: displayName(path),
    message: "the input is empty",
    ...(path === "-" ? { hint: "pipe a header, an object or BTF into standard input" } : {}),
  });
  return undefined;
}

/** How diagnostics call an input. */
export function displayName(path: string): string {
  return path === "-" ? "<stdin>" : path;
}

/** What the bytes of an input are. */
export type InputKind = "btf" | "elf" | "text" | "binary";

/** Tells by content, not by name. Text is what holds no NUL and hardly any other control character. */
export function inputKind(bytes: Uint8Array): InputKind {
  if ((bytes[0] === 0x9f && bytes[1] === 0xeb) || (bytes[0] === 0xeb && bytes[1] === 0x9f)) return "btf";
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) return "elf";
  const head = bytes.subarray(0, 1 << 16);
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return "binary";
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0b && byte !== 0x0c && byte !== 0x0d) controls += 1;
  }
  return controls * 32 > head.length ? "binary" : "text";
}
