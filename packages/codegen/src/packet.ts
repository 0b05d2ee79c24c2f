/** Sections of programs that have a packet, of which the kernel may put bytes behind what they send (`BPF_F_CTXLEN_MASK`). */
const withPacket =
  /^\??(?:tc|tcx|classifier|action|netkit|xdp|cgroup|cgroup_skb|sk_|socket|lwt_|flow_dissector|netfilter|f(?:entry|exit|mod_ret)|tp_btf|lsm|iter)/;

/** Whether the kernel may put bytes of a packet behind what the programs of a section send to a perf event array. */
export function hasPacket(section: string): boolean {
  return withPacket.test(section);
}

/** Bytes of its packet that the flags of such a call ask for. */
export function packetBytes(flags: bigint): bigint {
  return (flags >> 32n) & 0xf_ffffn;
}
