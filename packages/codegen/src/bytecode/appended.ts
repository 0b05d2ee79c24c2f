import type { Carried } from "./carried.ts";
import type { ObjectCode } from "./object-code.ts";
import type { Atom } from "./value.ts";

/** Sections of programs that have a packet, of which the kernel may put bytes behind what they send (`BPF_F_CTXLEN_MASK`). */
const withPacket =
  /^(?:tc|tcx|classifier|action|netkit|xdp|cgroup|cgroup_skb|sk_|socket|lwt_|flow_dissector|netfilter|f(?:entry|exit|mod_ret)|tp_btf|lsm|iter)/;

/**
 * How many bytes of its packet a call may send behind its own: of each flag that it may be given, undefined for a number that only a
 * run knows.
 */
export function appendedBytes({ flags, program }: Carried, code: ObjectCode): readonly (bigint | undefined)[] {
  const section = code.programs.find(({ name }) => name === program)?.section.name.replace(/^\?/, "") ?? "";
  if (flags === undefined || !withPacket.test(section)) return [0n];
  return [...new Set([...flags.values()].map(countIn))];
}

function countIn(atom: Atom): bigint | undefined {
  if (atom.kind === "constant") return (atom.value >> 32n) & 0xf_ffffn;
  if (atom.kind !== "sum" || atom.term === undefined) return undefined;
  const { bits, times } = atom.term;
  const most = atom.least + ((1n << BigInt(bits)) - 1n) * times;
  return most < 1n << 32n ? 0n : undefined;
}
