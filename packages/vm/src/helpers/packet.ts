import { Packet } from "../context/packet.ts";
import { errno } from "../errno.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import { flagsIn, highOf, lowOf, readFrom, sizeIn, writeTo } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { classifierTypes } from "./program-types.ts";

const lightweightTunnels = ["lwt_in", "lwt_out", "lwt_xmit"];
const readers = [
  ...["socket_filter", ...classifierTypes, "cgroup_skb", "sk_skb", "flow_dissector", "sk_reuseport"],
  ...[...lightweightTunnels, "lwt_seg6local"],
];
const largestInt = 0x7fffffff;
/** `TC_ACT_SHOT`, `TC_ACT_REDIRECT`, `XDP_ABORTED`, `XDP_REDIRECT`. */
const verdict = { shot: 2, redirect: 7, aborted: 0, xdpRedirect: 4 } as const;
/** `BPF_F_RECOMPUTE_CSUM` and `BPF_F_INVALIDATE_HASH`. */
const storeFlags = 3;
/** `BPF_F_INGRESS`. */
const ingress = 1;

/** Helpers of packets (net/core/filter.c). */
export const packetHelpers: readonly HelperDefinition[] = [
  { id: 9, name: "bpf_skb_store_bytes", types: [...classifierTypes, "lwt_xmit", "sk_skb"], run: skbStoreBytes },
  { id: 23, name: "bpf_redirect", types: [...classifierTypes, "xdp", "lwt_xmit"], run: redirect },
  { id: 26, name: "bpf_skb_load_bytes", types: readers, run: skbLoadBytes },
  {
    id: 39,
    name: "bpf_skb_pull_data",
    types: [...classifierTypes, ...lightweightTunnels, "lwt_seg6local", "sk_skb"],
    run: skbPullData,
  },
  { id: 44, name: "bpf_xdp_adjust_head", types: ["xdp"], run: (execution) => adjust(execution, "head") },
  { id: 65, name: "bpf_xdp_adjust_tail", types: ["xdp"], run: (execution) => adjust(execution, "tail") },
  {
    id: 188,
    name: "bpf_xdp_get_buff_len",
    types: ["xdp", "syscall", "tracing"],
    run: (execution) => giveWords(execution.memory, packetIn(execution).length, 0),
  },
  { id: 189, name: "bpf_xdp_load_bytes", types: ["xdp"], run: xdpLoadBytes },
  { id: 190, name: "bpf_xdp_store_bytes", types: ["xdp"], run: xdpStoreBytes },
];

/** The packet of the context that r1 points to; a fault for anything else. */
export function packetIn(execution: Execution): Packet {
  const { memory } = execution;
  const region = memory.regionOf(highOf(memory, 1));
  if (region?.kind === "context" && lowOf(memory, 1) === 0 && region.owner instanceof Packet) return region.owner;
  return execution.fault("R1 is not the context of a program that was given a packet");
}

function skbLoadBytes(execution: Execution): void {
  const { memory } = execution;
  const packet = packetIn(execution);
  const offset = lowOf(memory, 2) >>> 0;
  const size = sizeIn(execution, 4, 1);
  const to = writeTo(memory, 3, size);
  const from = offset > largestInt ? undefined : packet.at(offset, size);
  if (from === undefined) memory.bytes.fill(0, to, to + size);
  else memory.bytes.copyWithin(to, from, from + size);
  giveInteger(memory, from === undefined ? errno.EFAULT : 0);
}

function skbStoreBytes(execution: Execution): void {
  const { memory } = execution;
  const packet = packetIn(execution);
  const offset = lowOf(memory, 2) >>> 0;
  const size = sizeIn(execution, 4, 1);
  const from = readFrom(memory, 3, size);
  const flags = flagsIn(execution, 5);
  packet.renew();
  if (flags > storeFlags) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  const to = offset > largestInt ? undefined : packet.at(offset, size);
  if (to !== undefined) write(execution, packet, offset, to, from, size);
  giveInteger(memory, to === undefined ? errno.EFAULT : 0);
}

/** All of a packet is in one piece here: there is nothing to pull, but pointers are no good any more. */
function skbPullData(execution: Execution): void {
  const packet = packetIn(execution);
  const size = lowOf(execution.memory, 2) >>> 0;
  packet.renew();
  giveInteger(execution.memory, size > packet.length ? errno.ENOMEM : 0);
}

function adjust(execution: Execution, end: "head" | "tail"): void {
  const packet = packetIn(execution);
  const delta = lowOf(execution.memory, 2);
  const moved = end === "head" ? packet.adjust(delta, 0) : packet.adjust(0, delta);
  if (!moved) packet.renew();
  giveInteger(execution.memory, moved ? 0 : errno.EINVAL);
}

function xdpLoadBytes(execution: Execution): void {
  const { memory } = execution;
  const packet = packetIn(execution);
  const [offset, size] = [lowOf(memory, 2) >>> 0, sizeIn(execution, 4, 1)];
  const to = writeTo(memory, 3, size);
  const from = packet.at(offset, size);
  const result = xdpResult(offset, size, from);
  if (result === 0 && from !== undefined) memory.bytes.copyWithin(to, from, from + size);
  giveInteger(memory, result);
}

function xdpStoreBytes(execution: Execution): void {
  const { memory } = execution;
  const packet = packetIn(execution);
  const [offset, size] = [lowOf(memory, 2) >>> 0, sizeIn(execution, 4, 1)];
  const from = readFrom(memory, 3, size);
  const to = packet.at(offset, size);
  const result = xdpResult(offset, size, to);
  if (result === 0 && to !== undefined) write(execution, packet, offset, to, from, size);
  giveInteger(memory, result);
}

/** net/core/filter.c `bpf_xdp_pointer`. */
function xdpResult(offset: number, size: number, address: number | undefined): number {
  if (offset > 0xffff || size > 0xffff) return errno.EFAULT;
  return address === undefined ? errno.EINVAL : 0;
}

function write({ memory }: Execution, packet: Packet, offset: number, to: number, from: number, size: number): void {
  memory.watch?.(packet.region, offset, to, size);
  memory.bytes.copyWithin(to, from, from + size);
}

/** Sends the packet on: where to is told by the run. */
function redirect(execution: Execution): void {
  const { memory, program } = execution;
  const flags = flagsIn(execution, 2);
  const xdp = program.type === "xdp";
  const refused = xdp ? flags !== 0 : (flags & ~ingress) !== 0;
  if (refused) {
    giveInteger(memory, xdp ? verdict.aborted : verdict.shot);
    return;
  }
  execution.redirected = { ifindex: lowOf(memory, 1) >>> 0, flags };
  giveInteger(memory, xdp ? verdict.xdpRedirect : verdict.redirect);
}
