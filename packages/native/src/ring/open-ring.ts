import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { type MapTypeName, mapTypeName, mapTypeNumber } from "@rbgen/btf";
import type { RingBufError } from "@rbgen/runtime";
import { loadAddon } from "../addon/load-addon.ts";
import { shown } from "../kernel/arguments.ts";
import { isDescriptor, isWord } from "../kernel/attributes.ts";
import { kernelError, ringError, systemError } from "../kernel/errno.ts";
import { explainCreate, explainOpenById, explainOpenPinned } from "../kernel/explain.ts";
import { compareInKernel, layoutIn } from "../kernel/kernel-layouts.ts";
import { checkedLayout } from "../kernel/layout-drift.ts";
import { createMap, getPinned, logOfMap, type MapInfo, mapFdById, mapInfo } from "../kernel/map-commands.ts";
import { held, type OwnedDescriptor } from "../kernel/open-map.ts";
import { warnOfUncompared } from "../kernel/uncompared.ts";
import {
  type NativeRingBufMap,
  type NativeUserRingBufMap,
  type RingHandle,
  ringBufOf,
  userRingBufOf,
} from "./ring-map.ts";

/** Where a map that exists is found: a path on a BPF file system, the kernel's id, or a descriptor, which is duplicated. */
export type MapReference = ({ readonly pinned: string } | { readonly id: number } | { readonly fd: number }) & {
  /** The generated codec of its records (a generated map descriptor, spread here, brings it): held against the kernel's types as by `checkLayout`. */
  readonly codec?: unknown | undefined;
};

/** A ring to be made. */
export interface RingDefinition {
  /** At most 15 of letters, digits, `_` and `.`: the kernel keeps no more. */
  readonly name: string;
  /** Bytes of data: a power of two and a multiple of the page size. */
  readonly maxEntries: number;
  /** `BPF_F_NUMA_NODE`, `BPF_F_RB_OVERWRITE`. */
  readonly flags?: number | undefined;
}

/**
 * Opens a ring buffer that exists.
 * @throws RingBufError EINVAL for a map of another type, or of records that are not the codec's; EPERM for a frozen one,
 * EBADFD for a bad descriptor, ENOENT, EACCES;
 * UnsupportedError where there is no Linux.
 */
export function openRingBuf(reference: MapReference): NativeRingBufMap {
  const opened = openMap(reference, "ringbuf");
  return ringBufOf(opened, opened.info);
}

/**
 * Opens a user ring buffer that exists.
 * @throws as {@link openRingBuf}.
 */
export function openUserRingBuf(reference: MapReference): NativeUserRingBufMap {
  const opened = openMap(reference, "user_ringbuf");
  return userRingBufOf(opened, opened.info);
}

/**
 * Makes a ring buffer that no program knows yet: hand its descriptor to one by `BpfObject`'s `maps`, or pin it.
 * @throws RingBufError EPERM, EINVAL, ENOMEM as BPF_MAP_CREATE; UnsupportedError where there is no Linux.
 */
export function createRingBuf(definition: RingDefinition): NativeRingBufMap {
  const opened = create(definition, "ringbuf");
  return ringBufOf(opened, opened.info);
}

/**
 * Makes a user ring buffer.
 * @throws as {@link createRingBuf}.
 */
export function createUserRingBuf(definition: RingDefinition): NativeUserRingBufMap {
  const opened = create(definition, "user_ringbuf");
  return userRingBufOf(opened, opened.info);
}

/**
 * Opens, on another thread of the process, the ring that a handle was taken from.
 * @throws RingBufError ERR_RINGBUF_CLOSED if it was closed meanwhile; EINVAL for the handle of another map.
 */
export function attachRingBuf(handle: unknown): NativeRingBufMap {
  const opened = attach(handle, "ringbuf");
  return ringBufOf(opened, opened.info);
}

/** The same for a user ring buffer. */
export function attachUserRingBuf(handle: unknown): NativeUserRingBufMap {
  const opened = attach(handle, "user_ringbuf");
  return userRingBufOf(opened, opened.info);
}

/** A descriptor of a map, and what the kernel says of it. */
export interface Opened extends OwnedDescriptor {
  readonly info: MapInfo;
}

function create(definition: RingDefinition, type: MapTypeName): Opened {
  const addon = loadAddon();
  const { name, maxEntries, flags = 0 } = definition ?? {};
  if (typeof name !== "string" || typeof maxEntries !== "number") {
    throw ringError("EINVAL", "a ring is made of { name: string, maxEntries: number, flags?: number }");
  }
  if (!isWord(flags)) throw ringError("EINVAL", `map_flags ${shown(flags)} is not an unsigned number of 32 bits`);
  if (!/^[A-Za-z0-9_.]{0,15}$/.test(name)) {
    throw ringError("EINVAL", `map name "${name}": at most 15 of letters, digits, "_" and "."`);
  }
  const map = { type: mapTypeNumber(type), keySize: 0, valueSize: 0, maxEntries, flags, name };
  const fd = isWord(maxEntries) ? createMap(map) : -22;
  const owner = held(addon.own(fd));
  if (fd < 0) {
    const ours = explainCreate(fd, maxEntries, addon.pageSize(), flags);
    const log = isWord(maxEntries) ? logOfMap(map) : "";
    throw kernelError(fd, "BPF_MAP_CREATE", log === "" ? ours : `${ours}; the kernel: ${shown(log)}`);
  }
  return checked({ fd, owner }, type, `map "${name}"`);
}

/**
 * The map of `type` that `reference` finds, its records held against the codec that comes with it.
 * @throws as {@link openRingBuf}.
 */
export function openMap(reference: MapReference, type: MapTypeName): Opened {
  const opened = find(reference, type);
  const layout = layoutIn(reference.codec);
  try {
    if (layout !== undefined) {
      const { told } = compareInKernel(opened, checkedLayout(layout, reference.codec));
      warnOfUncompared(`map "${opened.info.name}"`, layout, (record) => told.has(record));
    }
    return opened;
  } catch (error) {
    loadAddon().disown(opened.owner);
    throw error;
  }
}

function find(reference: MapReference, type: MapTypeName): Opened {
  const addon = loadAddon();
  const { pinned, id, fd: given } = (reference ?? {}) as { readonly [Key in "pinned" | "id" | "fd"]?: unknown };
  if ([pinned, id, given].filter((way) => way !== undefined).length > 1) {
    throw ringError("EINVAL", "a ring is opened by one of { pinned: path }, { id } and { fd }");
  }
  if (typeof pinned === "string") {
    const fd = getPinned(pinned);
    const owner = held(addon.own(fd));
    if (fd < 0) throw kernelError(fd, "BPF_OBJ_GET", explainOpenPinned(fd, pinned));
    return checked({ fd, owner }, type, pinned);
  }
  if (isWord(id)) {
    const fd = mapFdById(id);
    const owner = held(addon.own(fd));
    if (fd < 0) throw kernelError(fd, "BPF_MAP_GET_FD_BY_ID", explainOpenById(fd, id));
    return checked({ fd, owner }, type, `map ${id}`);
  }
  if (typeof given !== "number" || !Number.isInteger(given)) {
    throw ringError("EINVAL", "a ring is opened by { pinned: path }, { id } or { fd }");
  }
  const fd = isDescriptor(given) ? addon.duplicate(given) : -constants.errno.EBADF;
  const owner = held(addon.own(fd));
  if (fd === -constants.errno.EBADF) throw kernelError(-77, "fcntl", `${given} is not an open descriptor`);
  if (fd < 0) throw kernelError(fd, "fcntl", `no descriptor for the map of descriptor ${given}`);
  return checked({ fd, owner }, type, `descriptor ${given}`);
}

function attach(handle: unknown, type: "ringbuf" | "user_ringbuf"): Opened {
  const { backend, type: kind, fd: given, id } = (handle ?? {}) as Partial<RingHandle>;
  if (backend !== "native" || kind !== type || typeof given !== "number") {
    throw ringError("EINVAL", `not the handle of a ${type} of this backend`);
  }
  const addon = loadAddon();
  const fd = isDescriptor(given) ? addon.duplicate(given) : -constants.errno.EBADF;
  const owner = held(addon.own(fd));
  const closed = (): RingBufError => ringError("ERR_RINGBUF_CLOSED", "the map was closed before its handle arrived");
  if (fd === -constants.errno.EBADF) throw closed();
  if (fd < 0) throw kernelError(fd, "fcntl", "no descriptor for the map of this handle");
  try {
    if (!isMap(statusOf(fd))) throw closed();
    const info = mapInfo(fd);
    if (typeof info === "number") throw kernelError(info, "BPF_OBJ_GET_INFO_BY_FD", "the map of this handle");
    if (info.id !== id) throw closed();
  } catch (error) {
    addon.disown(owner);
    throw error;
  }
  return checked({ fd, owner }, type, "the map of this handle");
}

/** The map behind a descriptor, which is closed if that is none that can be read or written. */
function checked({ fd, owner }: OwnedDescriptor, type: MapTypeName, what: string): Opened {
  try {
    const status = statusOf(fd);
    if (!isMap(status)) throw kernelError(-22, "BPF_OBJ_GET_INFO_BY_FD", `${what} is not a BPF map`);
    const info = mapInfo(fd);
    if (typeof info === "number") throw kernelError(info, "BPF_OBJ_GET_INFO_BY_FD", `${what} cannot be looked at`);
    if (info.type !== mapTypeNumber(type)) {
      throw kernelError(-22, "BPF_OBJ_GET_INFO_BY_FD", `${what} has type ${mapTypeName(info.type)}, not ${type}`);
    }
    checkAccess(status, what);
    return { fd, owner, info };
  } catch (error) {
    loadAddon().disown(owner);
    throw error;
  }
}

function statusOf(fd: number): string {
  const file = `/proc/self/fdinfo/${fd}`;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw systemError(cause, `${file}, which tells what a descriptor allows, cannot be read`);
  }
}

/** BPF_OBJ_GET_INFO_BY_FD answers for programs and links as well, in structures of their own. */
function isMap(status: string): boolean {
  return /^map_id:/m.test(status);
}

/** mmap asks for both directions, and refuses a frozen map: said here, where the reason is still known. */
function checkAccess(status: string, what: string): void {
  const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(status)?.[1] ?? "2", 8);
  if ((flags & 3) !== 2) {
    const [code, direction] = (flags & 3) === 0 ? [-22, "read-only"] : [-13, "write-only"];
    throw kernelError(code, "mmap", `${what} was opened ${direction}; a ring needs a descriptor for both`);
  }
  if (/^frozen:\s*1/m.test(status)) {
    throw kernelError(-1, "mmap", `${what} was frozen (BPF_MAP_FREEZE) and cannot be mapped writable`);
  }
}
