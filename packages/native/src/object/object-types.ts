import { type Btf, BtfError, parseBtf } from "@rbgen/btf";
import { BpfLoadError } from "../kernel/libbpf.ts";
import type { ObjectFile } from "./object-file.ts";

/** libbpf's errno for what is no object file (`LIBBPF_ERRNO__FORMAT` of bpf/libbpf.h). */
const badFormat = -4001;

/**
 * The types of an object, read before libbpf sees it: what is hostile is refused here, by code that cannot crash.
 * Undefined for no bytes at all, which libbpf refuses by itself.
 * @throws BpfLoadError.
 */
export function typesOf({ bytes, name }: ObjectFile): Btf | undefined {
  if (bytes.byteLength === 0) return undefined;
  return wellFormed("bpf_object__open_mem", () => {
    const btf = parseBtf(bytes, { name });
    // symbols and types are read on demand: here on this one's
    btf.elf?.symbols;
    for (const type of btf.types()) type.kind;
    return btf;
  });
}

/**
 * What `read` finds in an object's types.
 * @throws BpfLoadError where they are not well-formed.
 */
export function wellFormed<T>(call: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw new BpfLoadError(`${call}: ${error.message}`, badFormat, call, "");
  }
}
