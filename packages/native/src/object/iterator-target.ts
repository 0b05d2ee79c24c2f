import { checkObject, checkOptions, shown } from "../kernel/arguments.ts";
import { isDescriptor, isWord, littleEndian } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";

/** In which order the control groups below one are visited: `enum bpf_cgroup_iter_order`. */
const orders = { self: 1, "descendants pre": 2, "descendants post": 3, ancestors: 4 } as const;

/** What an iterator goes over, where its section does not say all: one of them. */
export interface IteratorTarget {
  /** Of `iter/bpf_map_elem` and `iter/bpf_sk_storage_map`: the map whose elements are visited. */
  readonly map?: { readonly fd: number } | undefined;
  /** Of `iter/cgroup`: the control group that the walk starts at, by a descriptor of its folder or its id; the root unless told. */
  readonly cgroup?:
    | { readonly fd?: number | undefined; readonly id?: bigint | undefined; readonly order: keyof typeof orders }
    | undefined;
  /** Of `iter/task`, `iter/task_file` and `iter/task_vma`: one thread, or all threads of one process. */
  readonly task?: { readonly tid?: number | undefined; readonly pid?: number | undefined } | undefined;
}

/** Sections that take each kind of target; the kernel passes over one that a section does not take. */
const sections = {
  map: ["bpf_map_elem", "bpf_sk_storage_map", "sockmap"],
  cgroup: ["cgroup"],
  task: ["task", "task_file", "task_vma"],
} as const;

/**
 * That a program of `section` goes over such a target.
 * @throws RingBufError EINVAL
 */
export function checkTarget(target: IteratorTarget, section: string): void {
  const of = section.split("/")[1] ?? "";
  for (const [kind, names] of Object.entries(sections)) {
    if (target[kind as keyof IteratorTarget] === undefined || (names as readonly string[]).includes(of)) continue;
    throw ringError(
      "EINVAL",
      `SEC("${section}") takes no ${kind}: ${names.map((name) => `iter/${name}`).join(", ")} do`,
    );
  }
}

/**
 * `union bpf_iter_link_info` of include/uapi/linux/bpf.h, or undefined where nothing is told.
 * @throws RingBufError EINVAL
 */
export function linkInfo(target: IteratorTarget): Uint8Array | undefined {
  const { map, cgroup, task } = checkOptions(target, "what an iterator goes over", {
    map: true,
    cgroup: true,
    task: true,
  });
  if ([map, cgroup, task].filter((one) => one !== undefined).length > 1) {
    throw ringError("EINVAL", "an iterator goes over a map, control groups or tasks, not over several of them");
  }
  const view = new DataView(new ArrayBuffer(16));
  if (map !== undefined) {
    const { fd } = checkObject(map, "map");
    if (!isDescriptor(fd)) throw ringError("EINVAL", `map.fd is the descriptor of a map, not ${shown(fd)}`);
    view.setUint32(0, fd, littleEndian);
    return new Uint8Array(view.buffer, 0, 4);
  }
  if (cgroup !== undefined) {
    const { fd = 0, id = 0n, order } = checkOptions(cgroup, "cgroup", { fd: true, id: true, order: true });
    if (!Object.hasOwn(orders, order)) {
      throw ringError("EINVAL", `cgroup.order is one of ${Object.keys(orders).join(", ")}, not ${shown(order)}`);
    }
    if (!isDescriptor(fd)) throw ringError("EINVAL", `cgroup.fd is a descriptor, not ${shown(fd)}`);
    if (typeof id !== "bigint" || BigInt.asUintN(64, id) !== id) {
      throw ringError("EINVAL", `cgroup.id is a bigint of 64 bits, not ${shown(id)}`);
    }
    view.setUint32(0, orders[order], littleEndian);
    view.setUint32(4, fd, littleEndian);
    view.setBigUint64(8, id, littleEndian);
    return new Uint8Array(view.buffer);
  }
  if (task !== undefined) {
    const { tid = 0, pid = 0 } = checkOptions(task, "task", { tid: true, pid: true });
    for (const [name, value] of Object.entries({ tid, pid })) {
      if (!isWord(value)) throw ringError("EINVAL", `task.${name} is the number of a task, not ${shown(value)}`);
    }
    view.setUint32(0, tid, littleEndian);
    view.setUint32(4, pid, littleEndian);
    return new Uint8Array(view.buffer, 0, 12);
  }
  return undefined;
}
