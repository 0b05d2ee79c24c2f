import { loadAddon } from "../addon/load-addon.ts";
import { Attributes, cString, littleEndian } from "./attributes.ts";

/** Commands of bpf(2) in use, by their number in include/uapi/linux/bpf.h. */
const command = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
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

function call(number: number, attributes: Attributes, common: Uint8Array = new Uint8Array(0)): number {
  const { bytes, holders, offsets, targets } = attributes;
  return loadAddon().bpf(number, bytes, holders, offsets, targets, common);
}

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
  return call(command.mapCreate, attributesOf(map));
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
  const fd = call(command.mapCreate | withCommonAttributes, attributes, common);
  if (fd >= 0) loadAddon().close(fd);
  const end = log.indexOf(0);
  return new TextDecoder().decode(log.subarray(0, end < 0 ? undefined : end)).trim();
}

/** BPF_OBJ_GET → fd | −errno. */
export function getPinned(path: string): number {
  return call(command.objectGet, new Attributes(16).pointer(0, cString(path)));
}

/** BPF_OBJ_PIN → 0 | −errno. */
export function pin(fd: number, path: string): number {
  return call(command.objectPin, new Attributes(16).pointer(0, cString(path)).u32(8, fd));
}

/** BPF_MAP_GET_FD_BY_ID → fd | −errno. */
export function mapFdById(id: number): number {
  return call(command.mapFdById, new Attributes(12).u32(0, id));
}

/** BPF_MAP_FREEZE → 0 | −errno. */
export function freezeMap(fd: number): number {
  return call(command.mapFreeze, new Attributes(4).u32(0, fd));
}

/** Of `enum bpf_attach_type`. */
const attachTypes = { traceIter: 28, xdp: 37, perfEvent: 41, kprobeMulti: 42, tcxIngress: 46, tcxEgress: 47 } as const;

/** BPF_LINK_CREATE of an iterator, whose `union bpf_iter_link_info` is `info` → fd | −errno. */
export function createIteratorLink(programFd: number, info: Uint8Array | undefined): number {
  const attributes = new Attributes(32).u32(0, programFd).u32(8, attachTypes.traceIter);
  if (info !== undefined) attributes.pointer(16, info).u32(24, info.byteLength);
  return call(command.linkCreate, attributes);
}

/** BPF_LINK_CREATE on a perf event (Linux 5.15) → fd | −errno. */
export function createPerfLink(programFd: number, eventFd: number, cookie: bigint): number {
  const attributes = new Attributes(24).u32(0, programFd).u32(4, eventFd).u32(8, attachTypes.perfEvent);
  return call(command.linkCreate, attributes.u64(16, cookie));
}

/** Functions of the kernel by their names, and the cookie of each. */
export interface ProbedFunctions {
  readonly names: readonly string[];
  readonly cookies: readonly bigint[] | undefined;
  /** `BPF_F_KPROBE_MULTI_RETURN`: where they return. */
  readonly onReturn: boolean;
}

/** BPF_LINK_CREATE on many functions (Linux 5.18) → fd | −errno. */
export function createKprobeMultiLink(programFd: number, { names, cookies, onReturn }: ProbedFunctions): number {
  const attributes = new Attributes(48).u32(0, programFd).u32(8, attachTypes.kprobeMulti);
  const pointers = new Uint8Array(names.length * 8);
  names.forEach((name, i) => {
    attributes.pointer(i * 8, cString(name), pointers);
  });
  attributes
    .u32(16, onReturn ? 1 : 0)
    .u32(20, names.length)
    .pointer(24, pointers);
  if (cookies !== undefined) attributes.pointer(40, new Uint8Array(BigUint64Array.from(cookies).buffer));
  return call(command.linkCreate, attributes);
}

/** BPF_LINK_CREATE on a control group, of an attach type of its own → fd | −errno. */
export function createCgroupLink(programFd: number, groupFd: number, attachType: number): number {
  return call(command.linkCreate, new Attributes(16).u32(0, programFd).u32(4, groupFd).u32(8, attachType));
}

/** BPF_LINK_CREATE on a network interface, in one of XDP's modes (Linux 5.9) → fd | −errno. */
export function createXdpLink(programFd: number, interfaceIndex: number, flags: number): number {
  const attributes = new Attributes(16).u32(0, programFd).u32(4, interfaceIndex).u32(8, attachTypes.xdp);
  return call(command.linkCreate, attributes.u32(12, flags));
}

/** BPF_LINK_CREATE on what enters or leaves a network interface: tcx (Linux 6.6) → fd | −errno. */
export function createTcxLink(programFd: number, interfaceIndex: number, direction: "ingress" | "egress"): number {
  const type = direction === "ingress" ? attachTypes.tcxIngress : attachTypes.tcxEgress;
  return call(command.linkCreate, new Attributes(32).u32(0, programFd).u32(4, interfaceIndex).u32(8, type));
}

/** BPF_RAW_TRACEPOINT_OPEN → fd | −errno; a cookie other than 0 needs Linux 6.10. */
export function openRawTracepoint(programFd: number, name: string, cookie: bigint): number {
  const attributes = new Attributes(cookie === 0n ? 16 : 24).pointer(0, cString(name)).u32(8, programFd);
  return call(command.rawTracepointOpen, cookie === 0n ? attributes : attributes.u64(16, cookie));
}

/** BPF_LINK_UPDATE → 0 | −errno. */
export function updateLink(linkFd: number, programFd: number): number {
  return call(command.linkUpdate, new Attributes(16).u32(0, linkFd).u32(4, programFd));
}

/** BPF_LINK_DETACH → 0 | −errno. */
export function detachLink(linkFd: number): number {
  return call(command.linkDetach, new Attributes(4).u32(0, linkFd));
}

/** BPF_PROG_STREAM_READ_BY_FD (Linux 6.17) → how many bytes of a program's stream went into `bytes`, 0 for nothing new | −errno. */
export function readProgramStream(programFd: number, stream: number, bytes: Uint8Array): number {
  const attributes = new Attributes(24).pointer(0, bytes).u32(8, bytes.byteLength).u32(12, stream).u32(16, programFd);
  return call(command.streamRead, attributes);
}

/** The kernel's number of a link, or −errno. */
export function linkId(linkFd: number): number {
  const bytes = new Uint8Array(16);
  const result = objectInfo(linkFd, bytes);
  return result < 0 ? result : new DataView(bytes.buffer).getUint32(4, littleEndian);
}

/** BPF_ITER_CREATE → fd, from which one walk is read | −errno. */
export function createIterator(linkFd: number): number {
  return call(command.iterCreate, new Attributes(8).u32(0, linkFd));
}

/**
 * BPF_OBJ_GET_INFO_BY_FD: fills `info` with as much of the kernel's structure as fits, and `list` with what the
 * structure's pointer at `listAt` is for → 0 | −errno.
 */
function objectInfo(fd: number, info: Uint8Array, listAt = 0, list?: Uint8Array): number {
  const attributes = new Attributes(16).u32(0, fd).u32(4, info.byteLength).pointer(8, info);
  return call(command.infoByFd, list === undefined ? attributes : attributes.pointer(listAt, list, info));
}

/** BPF_PROG_GET_NEXT_ID → the next program's id after `id`, or −errno: ENOENT after the last. */
export function nextProgramId(id: number): number {
  const attributes = new Attributes(12).u32(0, id);
  const result = call(command.programNextId, attributes);
  return result < 0 ? result : attributes.getU32(4);
}

/** BPF_PROG_GET_FD_BY_ID → fd | −errno. */
export function programFdById(id: number): number {
  return call(command.programFdById, new Attributes(12).u32(0, id));
}

/** BPF_BTF_GET_FD_BY_ID → fd | −errno. */
export function btfFdById(id: number): number {
  return call(command.btfFdById, new Attributes(12).u32(0, id));
}

/** `struct bpf_prog_info`, as far as it is used here. */
export interface ProgramInfo {
  /** At most 15 bytes: the kernel keeps no more. */
  readonly name: string;
  /** Of the maps that the program uses. */
  readonly mapIds: readonly number[];
  /** 0 where the program was loaded without BTF. */
  readonly btfId: number;
}

/** The kernel's description of a program, or −errno. */
export function programInfo(fd: number): ProgramInfo | number {
  let ids = new Uint8Array(0);
  for (;;) {
    const bytes = new Uint8Array(136);
    const view = new DataView(bytes.buffer);
    view.setUint32(52, ids.byteLength / 4, littleEndian);
    const result = ids.byteLength > 0 ? objectInfo(fd, bytes, 56, ids) : objectInfo(fd, bytes);
    if (result < 0) return result;
    const count = view.getUint32(52, littleEndian);
    if (count * 4 <= ids.byteLength) {
      const mapIds = [...new Uint32Array(ids.buffer, 0, count)];
      return { name: text(bytes.subarray(64, 80)), mapIds, btfId: view.getUint32(128, littleEndian) };
    }
    ids = new Uint8Array(count * 4);
  }
}

/** The type information that a program or map was loaded with, or −errno. */
export function btfBytes(fd: number): Uint8Array | number {
  const size = new Uint8Array(16);
  const result = objectInfo(fd, size);
  if (result < 0) return result;
  const bytes = new Uint8Array(new DataView(size.buffer).getUint32(8, littleEndian));
  const filled = new Uint8Array(16);
  new DataView(filled.buffer).setUint32(8, bytes.byteLength, littleEndian);
  const read = objectInfo(fd, filled, 0, bytes);
  return read < 0 ? read : bytes;
}

/** BPF_MAP_LOOKUP_ELEM → 0 | −errno. */
export function lookupElement(fd: number, key: Uint8Array, value: Uint8Array): number {
  return call(command.mapLookup, new Attributes(32).u32(0, fd).pointer(8, key).pointer(16, value));
}

/** BPF_MAP_UPDATE_ELEM with BPF_ANY → 0 | −errno. */
export function updateElement(fd: number, key: Uint8Array, value: Uint8Array): number {
  return call(command.mapUpdate, new Attributes(32).u32(0, fd).pointer(8, key).pointer(16, value));
}

/** BPF_MAP_DELETE_ELEM → 0 | −errno. */
export function deleteElement(fd: number, key: Uint8Array): number {
  return call(command.mapDelete, new Attributes(32).u32(0, fd).pointer(8, key));
}

/** What a run of a program is given: the context for programs that take one, packet bytes for those that take data. */
export interface RunInput {
  readonly context?: Uint8Array | undefined;
  readonly data?: Uint8Array | undefined;
  readonly dataOut?: Uint8Array | undefined;
  readonly repeat?: number | undefined;
  /** CPU to run on, for a raw tracepoint. */
  readonly cpu?: number | undefined;
}

/** How a run ended: result of the system call, and the program's own return value. */
export interface RunResult {
  readonly result: number;
  readonly returnValue: number;
  readonly dataOutLength: number;
}

/** BPF_F_TEST_RUN_ON_CPU. */
const runOnCpu = 1;

/**
 * BPF_PROG_TEST_RUN. The context is copied in and, for a SEC("syscall") program, back into the same bytes; a
 * `ctx_out` of its own is refused by the kernel there.
 */
export function runProgram(fd: number, input: RunInput): RunResult {
  const attributes = new Attributes(80).u32(0, fd);
  if (input.data !== undefined && input.data.byteLength > 0) {
    attributes.u32(8, input.data.byteLength).pointer(16, input.data);
  }
  if (input.dataOut !== undefined && input.dataOut.byteLength > 0) {
    attributes.u32(12, input.dataOut.byteLength).pointer(24, input.dataOut);
  }
  if (input.repeat !== undefined) attributes.u32(32, input.repeat);
  if (input.context !== undefined && input.context.byteLength > 0) {
    attributes.u32(40, input.context.byteLength).pointer(48, input.context);
  }
  if (input.cpu !== undefined) attributes.u32(64, runOnCpu).u32(68, input.cpu);
  const result = call(command.programRun, attributes);
  return { result, returnValue: attributes.getU32(4) | 0, dataOutLength: attributes.getU32(12) };
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
    name: text(bytes.subarray(24, 40)),
    btfId: u32(64),
    btfKeyTypeId: u32(68),
    btfValueTypeId: u32(72),
  };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
