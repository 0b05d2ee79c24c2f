import { accessSync, constants, readFileSync } from "node:fs";
import { basename } from "node:path";
import { BPF_F_RB_OVERWRITE } from "@rbgen/runtime";
import { explainRingSize, isRingSize } from "@rbgen/runtime/backend";
import { explainUnmounted, mountBpffs } from "./bpffs.ts";
import { hasCapability } from "./capabilities.ts";
import { errnoName } from "./errno.ts";

/** What the `kernel.unprivileged_bpf_disabled` sysctl holds, or undefined where it cannot be read. */
export function unprivilegedBpfDisabled(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/kernel/unprivileged_bpf_disabled", "utf8"));
  } catch {
    return undefined;
  }
}

/** Why BPF_MAP_CREATE refused a ring, in words (kernel/bpf/ringbuf.c `ringbuf_map_alloc`; its tests in its order). */
export function explainCreate(errno: number, maxEntries: number, pageSize: number, flags: number): string {
  switch (errnoName(errno)) {
    case "EPERM":
      return `creating a map needs CAP_BPF (kernel.unprivileged_bpf_disabled is ${unprivilegedBpfDisabled() ?? "unreadable"})${overwriteToo(flags)}`;
    case "EINVAL":
      if (!isRingSize(maxEntries, pageSize)) return explainRingSize(maxEntries, pageSize);
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

/** What the kernel tells only to those who may create a map: whether it knows the flag. */
function overwriteToo(flags: number): string {
  return (flags & BPF_F_RB_OVERWRITE) === 0 ? "" : ", and BPF_F_RB_OVERWRITE Linux 6.19";
}

/** Why BPF_OBJ_GET refused a path. */
export function explainOpenPinned(errno: number, path: string): string {
  switch (errnoName(errno)) {
    case "ENOENT":
      return explainUnmounted(path) ?? `nothing is pinned at ${path}`;
    case "EACCES":
      if (isAccessible(path)) return `${path} is nothing that was pinned: it is not on a BPF file system`;
      return `${path}: permission denied; the file must be readable and writable, the folders above it searchable for this user`;
    case "EPERM":
      return `opening ${path} needs CAP_BPF before Linux 5.19 (kernel.unprivileged_bpf_disabled is ${unprivilegedBpfDisabled() ?? "unreadable"})`;
    default:
      return `${path} cannot be opened as a BPF object`;
  }
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
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
  const unmounted = explainUnmounted(path);
  if (unmounted !== undefined) return unmounted;
  switch (errnoName(errno)) {
    case "EPERM":
      if (basename(path).includes(".")) return `${path}: a BPF file system takes no names with a dot`;
      return `${path} is not on a BPF file system (${mountBpffs})`;
    case "EEXIST":
      return `${path} exists already`;
    case "ENOENT":
      return `the folder of ${path} does not exist`;
    default:
      return `cannot pin at ${path}`;
  }
}

/** Why BPF_MAP_UPDATE_ELEM of a map of maps refused a map. */
export function explainInner(errno: number, maxEntries: number): string {
  switch (errnoName(errno)) {
    case "EBADF":
      return "does not take this: it is not the descriptor of a map";
    case "E2BIG":
      return `is full, or the key is out of its range: it has ${maxEntries} entries`;
    default:
      return "does not take this map: type and flags must be those of its template, the key within its range";
  }
}

/** Sections of programs that the kernel, or a policy, may refuse though every capability is there. */
const oftenRefused = /^\??(?:fentry|fexit|fmod_ret|fsession|lsm|kprobe|kretprobe)\b/;

/** Why the kernel refuses a program of this section to a process that lacks no capability; else nothing. */
export function explainKind(errno: number, section: string): string {
  if (
    !["EPERM", "EACCES"].includes(errnoName(errno)) ||
    explainPrivileges(errno) !== "" ||
    !oftenRefused.test(section)
  ) {
    return "";
  }
  return (
    `: SEC("${section}") is refused though CAP_BPF and CAP_PERFMON are there: this kernel, its lockdown or a sandbox does not allow such programs. ` +
    "rbgen doctor tries the kinds; raw_tp/… and tp_btf/… may be allowed"
  );
}

/** What libbpf leaves out when the kernel refuses an object or a link for want of privileges: which ones; else nothing. */
export function explainPrivileges(errno: number): string {
  if (!["EPERM", "EACCES"].includes(errnoName(errno))) return "";
  const lacking = (["CAP_BPF", "CAP_PERFMON"] as const).filter((name) => !hasCapability(name));
  return lacking.length === 0 ? "" : `: this process lacks ${lacking.join(" and ")}, which loading and tracing need`;
}
