import { readFileSync } from "node:fs";
import { errnoName } from "./errno.ts";

/** What the `kernel.unprivileged_bpf_disabled` sysctl holds, or undefined where it cannot be read. */
export function unprivilegedBpfDisabled(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/kernel/unprivileged_bpf_disabled", "utf8"));
  } catch {
    return undefined;
  }
}

/** Why BPF_MAP_CREATE refused a ring, in words (ring semantics 1.1; the kernel's tests in the kernel's order). */
export function explainCreate(errno: number, maxEntries: number, pageSize: number, flags: number): string {
  switch (errnoName(errno)) {
    case "EPERM":
      return `creating a map needs CAP_BPF (kernel.unprivileged_bpf_disabled is ${unprivilegedBpfDisabled() ?? "unreadable"})`;
    case "EINVAL":
      if (!isRingSize(maxEntries, pageSize)) {
        return `max_entries ${maxEntries} must be a power of two and a multiple of the page size, ${pageSize}`;
      }
      if (flags !== 0) {
        return `map_flags 0x${flags.toString(16)}: a ring takes BPF_F_NUMA_NODE only, and BPF_F_RB_OVERWRITE from Linux 6.19 on`;
      }
      return "this kernel lacks the ring type: BPF_MAP_TYPE_RINGBUF is in Linux 5.8, BPF_MAP_TYPE_USER_RINGBUF in 6.1";
    case "ENOMEM":
      return `no memory for a ring of ${maxEntries} bytes`;
    default:
      return "the kernel refused the map";
  }
}

function isRingSize(size: number, pageSize: number): boolean {
  return Number.isInteger(size) && size >= pageSize && size <= 2 ** 31 && Number.isInteger(Math.log2(size));
}

/** Why BPF_OBJ_GET refused a path. */
export function explainOpenPinned(errno: number, path: string): string {
  switch (errnoName(errno)) {
    case "ENOENT":
      return `nothing is pinned at ${path}`;
    case "EACCES":
      return `${path}: permission denied; the file must be readable and writable, the folders above it searchable for this user`;
    case "EPERM":
      return `opening ${path} needs CAP_BPF before Linux 5.19 (kernel.unprivileged_bpf_disabled is ${unprivilegedBpfDisabled() ?? "unreadable"})`;
    default:
      return `${path} cannot be opened as a BPF object`;
  }
}

/** Why BPF_MAP_GET_FD_BY_ID refused an id. */
export function explainOpenById(errno: number, id: number): string {
  switch (errnoName(errno)) {
    case "ENOENT":
      return `no map has the id ${id}`;
    case "EPERM":
      return "opening a map by its id needs CAP_SYS_ADMIN; a pinned map can be opened by its path without it";
    default:
      return `map ${id} cannot be opened`;
  }
}

/** Why BPF_OBJ_PIN refused a path. */
export function explainPin(errno: number, path: string): string {
  switch (errnoName(errno)) {
    case "EPERM":
      return `${path} is not on a BPF file system (mount -t bpf bpf /sys/fs/bpf)`;
    case "EEXIST":
      return `${path} exists already`;
    case "ENOENT":
      return `the folder of ${path} does not exist`;
    default:
      return `cannot pin at ${path}`;
  }
}
