import { dirname, join, resolve } from "node:path";
import { didYouMean } from "@rbgen/btf";
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
    const hint = code === "EISDIR" ? "name the headers or objects in it" : code === "ENOENT" && neighbour(path, host);
    report({
      code: "RB5001",
      severity: "error",
      at: path,
      message: `cannot read ${path}: ${reasonOf(error)}`,
      ...(hint ? { hint } : {}),
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

/** What may have been meant by a file that is not there: a question, where its folder has one that is called nearly so. */
export function neighbour(path: string, { cwd, files }: Host): string | undefined {
  const folder = dirname(resolve(cwd, path));
  const there = files.isDirectory(folder) ? files.glob("*", folder).filter((name) => !/\.gen\.\w+$/.test(name)) : [];
  return didYouMean(
    path,
    there.map((name) => join(dirname(path), name)),
  );
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

/** How files begin that hold what is wanted in another form, and how to come to it. */
const forms: readonly (readonly [magic: readonly number[], what: string, hint: string])[] = [
  [[0x1f, 0x8b], "compressed by gzip", "unpack it first: gunzip -c FILE | rbgen -"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "compressed by xz", "unpack it first: xz -dc FILE | rbgen -"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed by zstd", "unpack it first: zstd -dc FILE | rbgen -"],
  [[0x42, 0x5a, 0x68], "compressed by bzip2", "unpack it first: bzip2 -dc FILE | rbgen -"],
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive", "unpack it, and name the headers or objects in it"],
  [[0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e], "an archive of objects", "unpack it (ar x FILE), and name the object"],
  [[0xff, 0xfe], "text in UTF-16", "convert it first: iconv -f UTF-16 -t UTF-8 FILE | rbgen -"],
  [[0xfe, 0xff], "text in UTF-16", "convert it first: iconv -f UTF-16 -t UTF-8 FILE | rbgen -"],
  [[0x42, 0x43, 0xc0, 0xde], "LLVM bitcode", "compile it to an object: clang -target bpf -g -c"],
  [[0x00, 0x61, 0x73, 0x6d], "a WebAssembly module", "give what was compiled for BPF"],
  [[0xcf, 0xfa, 0xed, 0xfe], "a Mach-O object", "give what was compiled for BPF: clang -target bpf -g -c"],
  [[0x4d, 0x5a], "a program of Windows or EFI", "give a header, BTF, or an object that clang compiled for BPF"],
];

/** What bytes are that are neither a header, BTF nor ELF, where that is known, and what to do. */
export function foreignForm(bytes: Uint8Array): { readonly what: string; readonly hint: string } | undefined {
  const form = forms.find(([magic]) => magic.every((byte, index) => bytes[index] === byte));
  if (form !== undefined) return { what: form[1], hint: form[2] };
  const order = orderOfUtf16(bytes.subarray(0, 256));
  return order && { what: "text in UTF-16", hint: `convert it first: iconv -f UTF-16${order} -t UTF-8 FILE | rbgen -` };
}

/** The byte order of text in UTF-16 that does not begin with the mark of it: of what C is written in, one half is zero. */
function orderOfUtf16(bytes: Uint8Array): "LE" | "BE" | undefined {
  const pairs = bytes.length >> 1;
  const zeros = (half: 0 | 1): number => {
    let count = 0;
    for (let index = half; index < pairs * 2; index += 2) if (bytes[index] === 0) count += 1;
    return count;
  };
  const [high, low] = [zeros(0), zeros(1)];
  if (pairs === 0 || Math.min(high, low) > 0 || Math.max(high, low) * 10 < pairs * 9) return undefined;
  return low > high ? "LE" : "BE";
}

/** Whether a text that is no C is C++: it has a declaration that C has not, and hides none of it from C. */
export function isCxx(text: string): boolean {
  return (
    !text.includes("__cplusplus") &&
    /^[ \t]*(?:namespace\b[ \t\w:]*\{|template[ \t]*<|class[ \t]+\w+[^;\n]*\{|using[ \t]+\w|extern[ \t]+"C"|#[ \t]*include[ \t]*<[a-z_]+>)/m.test(
      text,
    )
  );
}
