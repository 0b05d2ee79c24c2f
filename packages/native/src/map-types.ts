/** `enum bpf_map_type` of include/uapi/linux/bpf.h: position is number. */
const names = [
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
] as const;

/** Lower-case name of a map type, as bpftool prints it. */
export type MapTypeName = (typeof names)[number];

/** The name of map type `number`; a number that this table does not know is printed as it is. */
export function mapTypeName(number: number): string {
  return names[number] ?? `map type ${number}`;
}

/** The number of map type `name`. */
export function mapTypeNumber(name: MapTypeName): number {
  return names.indexOf(name);
}
