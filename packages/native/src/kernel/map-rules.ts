import { mapTypeName } from "@rbgen/btf";
import { explainRingSize, isRingSize } from "@rbgen/runtime/backend";
import type { MapDefinition } from "./map-commands.ts";

/** Frames that a stack trace holds unless `kernel.perf_event_max_stack` says otherwise (`PERF_MAX_STACK_DEPTH`). */
const maxFrames = 127;
/** `BPF_F_STACK_BUILD_ID`: a frame is a build id and an offset. */
const buildIds = 1 << 5;

/** What the kernel asks of one argument, in the order of its own tests; undefined where it is as it asks. */
type Rule = (map: MapDefinition, pageSize: number) => string | undefined;

const entries: Rule = ({ maxEntries }) => (maxEntries === 0 ? "max_entries is 0, and it needs some" : undefined);
const size = (which: "keySize" | "valueSize", wanted: number): Rule => {
  const field = which === "keySize" ? "key_size" : "value_size";
  return (map) => (map[which] === wanted ? undefined : `${field} is ${map[which]}, and has to be ${wanted}`);
};
const some = (which: "keySize" | "valueSize"): Rule => {
  const field = which === "keySize" ? "key_size" : "value_size";
  return (map) => (map[which] === 0 ? `${field} is 0: it is not declared, by __type or __uint` : undefined);
};
const frames: Rule = ({ valueSize, flags }) => {
  const frame = (flags & buildIds) === 0 ? 8 : 32;
  if (valueSize >= 8 && valueSize % frame === 0 && valueSize / frame <= maxFrames) return undefined;
  return `value_size is ${valueSize}, and has to be ${frame} bytes for each frame, up to ${maxFrames} frames: maps: { name: { valueSize } } sets it`;
};
const prefix: Rule = ({ keySize }) =>
  keySize >= 5 && keySize <= 260
    ? undefined
    : `key_size is ${keySize}, and has to be 4 bytes for the prefix and 1 to 256 more`;
const unallocated: Rule = ({ flags }) =>
  (flags & 1) === 0 ? `map_flags is 0x${flags.toString(16)}, and has to have BPF_F_NO_PREALLOC` : undefined;
const ring: Rule = ({ maxEntries }, pageSize) =>
  isRingSize(maxEntries, pageSize) ? undefined : explainRingSize(maxEntries, pageSize);

const array: readonly Rule[] = [entries, size("keySize", 4), some("valueSize")];
const descriptors: readonly Rule[] = [entries, size("keySize", 4), size("valueSize", 4)];
const hash: readonly Rule[] = [entries, some("keySize"), some("valueSize")];
const queue: readonly Rule[] = [entries, size("keySize", 0), some("valueSize")];
const ringOf: readonly Rule[] = [size("keySize", 0), size("valueSize", 0), ring];

/** By type (`map_alloc_check` and `map_alloc` of kernel/bpf/*map.c). */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  array,
  percpu_array: array,
  prog_array: descriptors,
  perf_event_array: descriptors,
  cgroup_array: descriptors,
  array_of_maps: descriptors,
  hash,
  percpu_hash: hash,
  lru_hash: hash,
  lru_percpu_hash: hash,
  hash_of_maps: [entries, some("keySize"), size("valueSize", 4)],
  stack_trace: [entries, size("keySize", 4), frames],
  lpm_trie: [entries, prefix, some("valueSize"), unallocated],
  queue,
  stack: queue,
  ringbuf: ringOf,
  user_ringbuf: ringOf,
};

/** Why BPF_MAP_CREATE answered EINVAL: the argument that it takes of no such map, as far as that is known, and all of them. */
export function explainMap(map: MapDefinition, pageSize: number): string {
  const type = mapTypeName(map.type);
  const { name, keySize, valueSize, maxEntries, flags } = map;
  const wrong = rules[type]?.map((rule) => rule(map, pageSize)).find((text) => text !== undefined);
  const given = `key_size ${keySize}, value_size ${valueSize}, max_entries ${maxEntries}, map_flags 0x${flags.toString(16)}`;
  return `the kernel refuses ${type} "${name}": ${wrong === undefined ? "" : `${wrong} `}(${given})`;
}
