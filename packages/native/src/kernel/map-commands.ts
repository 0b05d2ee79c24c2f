import { loadAddon } from "../addon/load-addon.ts";
import { Attributes, cString, littleEndian } from "./attributes.ts";
import { callBpf, command, objectInfo, textOf } from "./bpf-call.ts";

/** What a map is made from; numbers as the kernel has them. */
export interface MapDefinition {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  /** Template of the inner maps of an ARRAY_OF_MAPS or HASH_OF_MAPS. */
  readonly innerMapFd?: number;
}

function attributesOf(map: MapDefinition): Attributes {
  return new Attributes(72)
    .u32(0, map.type)
    .u32(4, map.keySize)
    .u32(8, map.valueSize)
    .u32(12, map.maxEntries)
    .u32(16, map.flags)
    .u32(20, map.innerMapFd ?? 0)
    .u32(24, 0xffffffff) // numa_node −1: looked at only with BPF_F_NUMA_NODE, where it means any
    .text(28, map.name, 15);
}

/** BPF_MAP_CREATE → fd | −errno. */
export function createMap(map: MapDefinition): number {
  return callBpf(command.mapCreate, attributesOf(map));
}

/** BPF_COMMON_ATTRS of `enum bpf_cmd`: `struct bpf_common_attr` comes behind the attributes. */
const withCommonAttributes = 1 << 16;

/**
 * What the kernel says of a map that it refuses, asked by making it once more; "" where it says nothing, as each does that
 * does not know BPF_COMMON_ATTRS.
 */
export function logOfMap(map: MapDefinition): string {
  const log = new Uint8Array(4096);
  // struct bpf_common_attr: log_buf, log_size, log_level, log_true_size
  const common = new Uint8Array(20);
  const view = new DataView(common.buffer);
  view.setUint32(8, log.byteLength, littleEndian);
  view.setUint32(12, 1, littleEndian);
  const attributes = attributesOf(map).pointer(0, log, common);
  const fd = callBpf(command.mapCreate | withCommonAttributes, attributes, common);
  if (fd >= 0) loadAddon().close(fd);
  const end = log.indexOf(0);
  return new TextDecoder().decode(log.subarray(0, end < 0 ? undefined : end)).trim();
}

/** BPF_MAP_GET_FD_BY_ID → fd | −errno. */
export function mapFdById(id: number): number {
  return callBpf(command.mapFdById, new Attributes(12).u32(0, id));
}

/** BPF_MAP_FREEZE → 0 | −errno. */
export function freezeMap(fd: number): number {
  return callBpf(command.mapFreeze, new Attributes(4).u32(0, fd));
}

/** BPF_MAP_LOOKUP_ELEM → 0 | −errno. */
export function lookupElement(fd: number, key: Uint8Array, value: Uint8Array): number {
  return callBpf(command.mapLookup, new Attributes(32).u32(0, fd).pointer(8, key).pointer(16, value));
}

/** BPF_MAP_UPDATE_ELEM, with BPF_ANY unless `flags` says otherwise → 0 | −errno. */
export function updateElement(fd: number, key: Uint8Array, value: Uint8Array, flags = 0): number {
  return callBpf(command.mapUpdate, new Attributes(32).u32(0, fd).pointer(8, key).pointer(16, value).u32(24, flags));
}

/** BPF_MAP_GET_NEXT_KEY: fills `next` with the key behind `key`, or with the first one → 0 | −errno, ENOENT behind the last. */
export function nextKey(fd: number, key: Uint8Array | undefined, next: Uint8Array): number {
  const attributes = new Attributes(24).u32(0, fd).pointer(16, next);
  return callBpf(command.mapNextKey, key === undefined ? attributes : attributes.pointer(8, key));
}

/** BPF_MAP_DELETE_ELEM → 0 | −errno. */
export function deleteElement(fd: number, key: Uint8Array): number {
  return callBpf(command.mapDelete, new Attributes(32).u32(0, fd).pointer(8, key));
}

/** `struct bpf_map_info`, as far as it is used here. */
export interface MapInfo {
  /** `enum bpf_map_type`. */
  readonly type: number;
  /** The kernel's number of the map. */
  readonly id: number;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value, of one CPU where each has its own. */
  readonly valueSize: number;
  /** For a ring: bytes of data. */
  readonly maxEntries: number;
  /** `map_flags`: `BPF_F_*` in bits. */
  readonly flags: number;
  /** At most 15 bytes: the kernel keeps no more. */
  readonly name: string;
  /** 0 where the map was made without BTF. */
  readonly btfId: number;
  /** The key's type in the map's BTF; 0 for none. */
  readonly btfKeyTypeId: number;
  /** The value's type in the map's BTF; 0 for none. */
  readonly btfValueTypeId: number;
}

/** The kernel's description of a map, or −errno. */
export function mapInfo(fd: number): MapInfo | number {
  const bytes = new Uint8Array(88);
  const result = objectInfo(fd, bytes);
  if (result < 0) return result;
  const view = new DataView(bytes.buffer);
  const u32 = (offset: number) => view.getUint32(offset, littleEndian);
  return {
    type: u32(0),
    id: u32(4),
    keySize: u32(8),
    valueSize: u32(12),
    maxEntries: u32(16),
    flags: u32(20),
    name: textOf(bytes.subarray(24, 40)),
    btfId: u32(64),
    btfKeyTypeId: u32(68),
    btfValueTypeId: u32(72),
  };
}

/** BPF_OBJ_GET → fd | −errno. */
export function getPinned(path: string): number {
  return callBpf(command.objectGet, new Attributes(16).pointer(0, cString(path)));
}

/** BPF_OBJ_PIN → 0 | −errno. */
export function pin(fd: number, path: string): number {
  return callBpf(command.objectPin, new Attributes(16).pointer(0, cString(path)).u32(8, fd));
}
