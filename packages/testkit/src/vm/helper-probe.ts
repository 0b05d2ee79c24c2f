import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { Attributes, cString } from "../../../native/src/kernel/attributes.ts";
import { programTypes } from "../../../vm/src/helpers/program-types.ts";

const programLoad = 5;
const sleepable = 16;
/** `BPF_PROG_TYPE_EXT` (28), between struct_ops and lsm, is no section's. */
const numbers = new Map<string, number>(programTypes.map((type, index) => [type, index < 27 ? index + 1 : index + 2]));
/** Types whose programs say where they are attached when they are loaded: BPF_CGROUP_INET4_CONNECT and their like. */
const attachTypes: Readonly<Record<string, number>> = {
  cgroup_sock: 2,
  cgroup_sock_addr: 10,
  cgroup_sockopt: 21,
  sk_lookup: 36,
  netfilter: 45,
};
/** How the verifier says that programs of a type have no such helper. */
const refusals = ["cannot use helper", "unknown func", "not supported for program type", "supported only for"];

/** Whether the kernel's verifier lets a program of a type call a helper, whatever it thinks of the arguments. */
export function kernelHasHelper(type: string, id: number, name: string): boolean {
  const code = new Uint8Array(24);
  const view = new DataView(code.buffer);
  code[0] = 0x85; // call
  view.setInt32(4, id, true);
  code[8] = 0xb7; // r0 = 0
  code[16] = 0x95; // exit
  const log = new Uint8Array(65536);
  const attributes = new Attributes(120)
    .u32(0, numbers.get(type) as number)
    .u32(4, 3)
    .pointer(8, code)
    .pointer(16, cString("GPL"))
    .u32(24, 1)
    .u32(28, log.byteLength)
    .pointer(32, log)
    .u32(44, type === "syscall" ? sleepable : 0)
    .u32(68, attachTypes[type] ?? 0);
  const { bytes, holders, offsets, targets } = attributes;
  const result = loadAddon().bpf(programLoad, bytes, holders, offsets, targets, new Uint8Array(0));
  if (result >= 0) {
    loadAddon().close(result);
    return true;
  }
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  if (text === "") throw new Error(`${type}: the kernel says nothing of ${name} (${result})`);
  return !refusals.some((words) => text.includes(words));
}
