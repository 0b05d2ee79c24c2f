import { loadAddon } from "../addon/load-addon.ts";
import { Attributes } from "./attributes.ts";

/** Commands of bpf(2) in use, by their number in include/uapi/linux/bpf.h. */
export const command = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  mapNextKey: 4,
  programLoad: 5,
  objectPin: 6,
  objectGet: 7,
  programRun: 10,
  programNextId: 11,
  programFdById: 13,
  mapFdById: 14,
  infoByFd: 15,
  rawTracepointOpen: 17,
  btfFdById: 19,
  mapFreeze: 22,
  linkCreate: 28,
  linkUpdate: 29,
  iterCreate: 33,
  linkDetach: 34,
  streamRead: 37,
} as const;

/** bpf(2) → its result | −errno. `common` are the common attributes, where the command says that there are some. */
export function callBpf(number: number, attributes: Attributes, common: Uint8Array = new Uint8Array(0)): number {
  const { bytes, holders, offsets, targets } = attributes;
  return loadAddon().bpf(number, bytes, holders, offsets, targets, common);
}

/**
 * BPF_OBJ_GET_INFO_BY_FD: fills `info` with as much of the kernel's structure as fits, and `list` with what the
 * structure's pointer at `listAt` is for → 0 | −errno.
 */
export function objectInfo(fd: number, info: Uint8Array, listAt = 0, list?: Uint8Array): number {
  const attributes = new Attributes(16).u32(0, fd).u32(4, info.byteLength).pointer(8, info);
  return callBpf(command.infoByFd, list === undefined ? attributes : attributes.pointer(listAt, list, info));
}

/** The text in `bytes`, up to a NUL. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
