/** `enum bpf_map_type` of include/uapi/linux/bpf.h, lower case and without the prefix: position is number. */
export const mapTypeNames = [
  "unspec",
  "hash",
  "array",
  "prog_array",
  "perf_event_array",
  "percpu_hash",
  "percpu_array",
  "stack_trace",
  "cgroup_array",
  "lru_hash",
  "lru_percpu_hash",
  "lpm_trie",
  "array_of_maps",
  "hash_of_maps",
  "devmap",
  "sockmap",
  "cpumap",
  "xskmap",
  "sockhash",
  "cgroup_storage",
  "reuseport_sockarray",
  "percpu_cgroup_storage",
  "queue",
  "stack",
  "sk_storage",
  "devmap_hash",
  "struct_ops",
  "ringbuf",
  "inode_storage",
  "task_storage",
  "bloom_filter",
  "user_ringbuf",
  "cgrp_storage",
  "arena",
  "insn_array",
  "rhash",
] as const;

/** Lower-case name of a map type, as bpftool prints it. */
export type MapTypeName = (typeof mapTypeNames)[number];

/** The name of map type `number`; the number as text where this table has none. */
export function mapTypeName(number: number): string {
  return mapTypeNames[number] ?? String(number);
}

/** The number of map type `name`. */
export function mapTypeNumber(name: MapTypeName): number {
  return mapTypeNames.indexOf(name);
}
