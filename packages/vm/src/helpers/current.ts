import { errno } from "../errno.ts";
import { CgroupArray } from "../maps/cgroup-array.ts";
import type { VmMemory } from "../memory/memory.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import { lowOf, sizeIn, writeTo } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { mapIn } from "./map-access.ts";
import { tracingTypes } from "./program-types.ts";

/** `bpf_get_func_ip` */
export const functionAddressHelper = 173;
/** `bpf_get_attach_cookie` */
export const attachCookieHelper = 174;

/** Helpers that tell who a program runs for, and where. */
export const currentHelpers: readonly HelperDefinition[] = [
  {
    id: 7,
    name: "bpf_get_prandom_u32",
    run: ({ memory, host }) => giveWords(memory, host.random() | 0, 0),
  },
  { id: 8, name: "bpf_get_smp_processor_id", run: ({ memory, host }) => giveWords(memory, host.cpu, 0) },
  { id: 42, name: "bpf_get_numa_node_id", run: ({ memory }) => giveWords(memory, 0, 0) },
  {
    id: 14,
    name: "bpf_get_current_pid_tgid",
    run: ({ memory, host }) => giveWords(memory, host.current.pid, host.current.tgid),
  },
  {
    id: 15,
    name: "bpf_get_current_uid_gid",
    run: ({ memory, host }) => giveWords(memory, host.current.uid, host.current.gid),
  },
  { id: 16, name: "bpf_get_current_comm", run: getCurrentComm },
  { id: 35, name: "bpf_get_current_task", run: ({ memory, host }) => giveWords(memory, ...host.current.task) },
  { id: 158, name: "bpf_get_current_task_btf", run: ({ memory, host }) => giveWords(memory, ...host.current.task) },
  { id: 80, name: "bpf_get_current_cgroup_id", run: ({ memory, host }) => giveWhole(memory, host.current.cgroupId) },
  { id: 37, name: "bpf_current_task_under_cgroup", run: isUnderCgroup },
  { id: 120, name: "bpf_get_ns_current_pid_tgid", run: getNamespacedPid },
  {
    id: functionAddressHelper,
    name: "bpf_get_func_ip",
    types: ["kprobe", "tracing"],
    // verifier.c `check_get_func_ip`: of tracing programs, those that a trampoline calls
    notIn: ["tp_btf", "iter", "iter.s"],
    run: ({ memory, program }) => giveWhole(memory, program.functionAddress ?? 0n),
  },
  {
    id: attachCookieHelper,
    name: "bpf_get_attach_cookie",
    types: tracingTypes,
    // bpf_trace.c `tracing_prog_func_proto`, bpf_lsm.c `bpf_lsm_func_proto`
    notIn: ["iter", "iter.s", "lsm_cgroup"],
    run: ({ memory, program }) => giveWhole(memory, program.cookie ?? 0n),
  },
];

/** Puts 64 bits into r0. */
function giveWhole(memory: VmMemory, value: bigint): void {
  giveWords(memory, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** Id of the root of all control groups. */
const rootCgroup = 1n;

/** 1 or 0 (`bpf_current_task_under_cgroup`); −E2BIG beyond the map's last slot, −EAGAIN for an empty one. */
function isUnderCgroup(execution: Execution): void {
  const { memory, host } = execution;
  const map = mapIn(execution, 1);
  if (!(map instanceof CgroupArray)) {
    execution.fault(`cannot pass map_type ${map.type} into func bpf_current_task_under_cgroup`);
  }
  const index = lowOf(memory, 2) >>> 0;
  const asked = map.at(index);
  if (asked === undefined) {
    giveInteger(memory, index < map.maxEntries ? errno.EAGAIN : errno.E2BIG);
    return;
  }
  const { cgroupId, cgroupAncestors } = host.current;
  const under = asked === rootCgroup || asked === cgroupId || cgroupAncestors?.includes(asked) === true;
  giveInteger(memory, under ? 1 : 0);
}

/** kernel/bpf/helpers.c `bpf_get_current_comm`: the buffer is filled up with 0 and always ends with one. */
function getCurrentComm(execution: Execution): void {
  const { memory, host } = execution;
  const size = sizeIn(execution, 2, 1);
  const address = writeTo(memory, 1, size);
  const { bytes } = memory;
  const most = Math.min(15, size - 1);
  const written = writeText(bytes, address, host.current.comm, most);
  bytes.fill(0, address + written, address + size);
  giveInteger(memory, 0);
}

/** Up to `most` bytes of a text in UTF-8; how many there were. An encoder costs more than the helper, and names are mostly ASCII. */
function writeText(bytes: Uint8Array, address: number, text: string, most: number): number {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) {
      const encoded = new TextEncoder().encode(text).subarray(0, most);
      bytes.set(encoded, address);
      return encoded.length;
    }
    if (at === most) return most;
    bytes[address + at] = code;
  }
  return text.length;
}

/** There is one namespace of processes, whose device and inode are 0: `-EINVAL` for any other, and for a wrong size. */
function getNamespacedPid(execution: Execution): void {
  const { memory, host } = execution;
  const size = sizeIn(execution, 4, 1);
  const address = writeTo(memory, 3, size);
  memory.bytes.fill(0, address, address + size);
  const [device, inode] = [lowOf(memory, 1), lowOf(memory, 2)];
  if (size !== 8 || device !== 0 || inode !== 0) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  memory.view.setInt32(address, host.current.pid, true);
  memory.view.setInt32(address + 4, host.current.tgid, true);
  giveInteger(memory, 0);
}
