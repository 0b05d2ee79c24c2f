import type { MapTypeName } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { EmulatedKernel, EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import type { VmMemory } from "../memory/memory.ts";
import { ArrayMap } from "./array.ts";
import { CgroupArray } from "./cgroup-array.ts";
import { HashMap } from "./hash.ts";
import { LpmTrie } from "./lpm-trie.ts";
import { PerfEventArray } from "./perf-event-array.ts";
import { QueueMap } from "./queue.ts";
import { ArrayOfMaps, HashOfMaps, ProgramArray } from "./reference-maps.ts";
import { RingMap } from "./ring-map.ts";
import { StackTraceMap } from "./stack-trace-map.ts";
import type { MapDefinition, VmMap } from "./vm-map.ts";

/** What maps are made in. */
export interface MapGround {
  readonly memory: VmMemory;
  readonly kernel: EmulatedKernel;
  /** Processors that there are. */
  readonly cpus: number;
}

type Make = (ground: MapGround, definition: MapDefinition) => VmMap;

const makers: Partial<Record<MapTypeName, Make>> = {
  array: ({ memory, cpus }, definition) => new ArrayMap(memory, definition, cpus),
  percpu_array: ({ memory, cpus }, definition) => new ArrayMap(memory, definition, cpus),
  hash: ({ memory, cpus }, definition) => new HashMap(memory, definition, cpus),
  percpu_hash: ({ memory, cpus }, definition) => new HashMap(memory, definition, cpus),
  lru_hash: ({ memory, cpus }, definition) => new HashMap(memory, definition, cpus),
  lru_percpu_hash: ({ memory, cpus }, definition) => new HashMap(memory, definition, cpus),
  lpm_trie: ({ memory }, definition) => new LpmTrie(memory, definition),
  queue: ({ memory }, definition) => new QueueMap(memory, definition),
  stack: ({ memory }, definition) => new QueueMap(memory, definition),
  prog_array: ({ memory }, definition) => new ProgramArray(memory, definition),
  array_of_maps: ({ memory }, definition) => new ArrayOfMaps(memory, definition, templateOf(definition)),
  hash_of_maps: ({ memory }, definition) => new HashOfMaps(memory, definition, templateOf(definition)),
  perf_event_array: ({ memory, kernel, cpus }, definition) =>
    new PerfEventArray(memory, definition, kernel.createPerfEventArray({ name: definition.name.slice(0, 15), cpus })),
  cgroup_array: ({ memory }, definition) => new CgroupArray(memory, definition),
  stack_trace: ({ memory }, definition) => new StackTraceMap(memory, definition),
  ringbuf: ({ memory, kernel }, definition) => {
    const { name, maxEntries, flags } = definition;
    const ring = kernel.createRingBuf({ name, maxEntries, mapFlags: flags, roundUp: true });
    return ringMap(memory, definition, ring);
  },
  user_ringbuf: ({ memory, kernel }, definition) => {
    const { name, maxEntries, flags } = definition;
    const ring = kernel.createUserRingBuf({ name, maxEntries, mapFlags: flags, roundUp: true });
    return ringMap(memory, definition, ring);
  },
};

/**
 * A map of a new ring, whose data the emulated kernel has twice in memory of its own.
 * @throws RingBufError ENOMEM
 */
function ringMap(memory: VmMemory, definition: MapDefinition, ring: EmulatedRingBuf | EmulatedUserRingBuf): VmMap {
  const { maxEntries, name } = ring;
  if (memory.hold(2 * maxEntries)) return new RingMap(memory, { ...definition, maxEntries }, ring);
  ring.close();
  throw new RingBufError(
    `map "${name}": no room for ${maxEntries} bytes, twice in memory, in the ${memory.limit} that the maps may take: load the object with { maps: { ${name}: { maxEntries } } }, or give it a ring by { reuse }`,
    { code: "ENOMEM", errno: -12, syscall: "BPF_MAP_CREATE" },
  );
}

/** Types of maps that there are. */
export const mapTypes: readonly string[] = Object.keys(makers);

/** `BPF_F_RDONLY_PROG` and `BPF_F_WRONLY_PROG` */
const programAccess = (1 << 7) | (1 << 8);

/** Types whose elements are values of the VM's memory: they have a key and a value. */
const keyed = /hash|array|trie/;

/**
 * Makes a map, as BPF_MAP_CREATE does.
 * @throws RingBufError EINVAL for sizes that the kernel refuses, ENOMEM, EOPNOTSUPP for locks and timers where they cannot be,
 * ENOTSUPP for maps that cannot be inside of others, ERR_RINGBUF_UNSUPPORTED for a type that there is not.
 */
export function createMap(ground: MapGround, definition: MapDefinition): VmMap {
  return makerOf(definition)(ground, definition);
}

/** What makes maps of this definition, which is one that the kernel takes. */
function makerOf(definition: MapDefinition): Make {
  const { name, type, keySize, valueSize, maxEntries, flags } = definition;
  const make = makers[type];
  if (make === undefined) {
    const why = `type ${type} is not supported by this virtual machine; it has ${mapTypes.join(", ")}`;
    throw refused(name, why, "ERR_RINGBUF_UNSUPPORTED");
  }
  const rings = type === "ringbuf" || type === "user_ringbuf";
  if (!rings && type !== "perf_event_array" && maxEntries === 0) throw refused(name, "max_entries 0");
  if (type.includes("array") && keySize !== 4) throw refused(name, `key_size ${keySize}, not 4`);
  if (keyed.test(type) && !type.includes("array") && keySize === 0) throw refused(name, "key_size 0");
  if (type === "lpm_trie" && (keySize < 5 || keySize > 260)) throw refused(name, `key_size ${keySize}, not 5 to 260`);
  if ((type === "queue" || type === "stack") && keySize !== 0) throw refused(name, `key_size ${keySize}, not 0`);
  if (type === "stack_trace" && (keySize !== 4 || valueSize < 8 || valueSize % 8 !== 0 || valueSize > 127 * 8)) {
    throw refused(
      name,
      `key_size ${keySize} and value_size ${valueSize}, not 4, and 8 bytes for each of at most 127 frames`,
    );
  }
  if (type === "cgroup_array" && (valueSize !== 4 || (flags & programAccess) !== 0)) {
    throw refused(
      name,
      `value_size ${valueSize} and map_flags ${flags}, not 4, and without BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG`,
    );
  }
  if (!rings && valueSize === 0) throw refused(name, "value_size 0");
  if (definition.lockOffset !== undefined && type !== "hash" && type !== "array") {
    const why = `values of a ${type} have no bpf_spin_lock, those of a hash or array may`;
    throw refused(name, why, "EOPNOTSUPP");
  }
  if (definition.timerOffset !== undefined && type !== "hash" && type !== "lru_hash" && type !== "array") {
    throw refused(name, `values of a ${type} have no bpf_timer, those of a hash or array may`, "EOPNOTSUPP");
  }
  return make;
}

/** Template of the maps in a map of maps, which libbpf makes before it (kernel/bpf/map_in_map.c, `bpf_map_meta_alloc`). */
function templateOf({ name, inner }: MapDefinition): MapDefinition {
  if (inner === undefined) {
    throw refused(name, "it does not say what maps are inside: declare them by __array(values, struct { … })");
  }
  makerOf(inner);
  if (inner.maxEntries === 0) throw refused(inner.name, "max_entries 0");
  if (inner.type === "prog_array") throw refused(name, "a prog_array cannot be inside of others", "ENOTSUPP", -524);
  return inner;
}

function refused(name: string, what: string, code = "EINVAL", errno?: number): RingBufError {
  return new RingBufError(`map "${name}": ${what}`, { code, errno, syscall: "BPF_MAP_CREATE" });
}
