import { Attributes, cString, littleEndian } from "./attributes.ts";
import { callBpf, command, objectInfo } from "./bpf-call.ts";

/** Of `enum bpf_attach_type`. */
const attachTypes = {
  traceFentry: 24,
  traceIter: 28,
  xdp: 37,
  perfEvent: 41,
  kprobeMulti: 42,
  tcxIngress: 46,
  tcxEgress: 47,
} as const;

/** BPF_LINK_CREATE of an iterator, whose `union bpf_iter_link_info` is `info` → fd | −errno. */
export function createIteratorLink(programFd: number, info: Uint8Array | undefined): number {
  const attributes = new Attributes(32).u32(0, programFd).u32(8, attachTypes.traceIter);
  if (info !== undefined) attributes.pointer(16, info).u32(24, info.byteLength);
  return callBpf(command.linkCreate, attributes);
}

/** BPF_LINK_CREATE of a program of fentry, whose function it was loaded with → fd | −errno. */
export function createFentryLink(programFd: number): number {
  return callBpf(command.linkCreate, new Attributes(16).u32(0, programFd).u32(8, attachTypes.traceFentry));
}

/** BPF_LINK_CREATE on a perf event (Linux 5.15) → fd | −errno. */
export function createPerfLink(programFd: number, eventFd: number, cookie: bigint): number {
  const attributes = new Attributes(24).u32(0, programFd).u32(4, eventFd).u32(8, attachTypes.perfEvent);
  return callBpf(command.linkCreate, attributes.u64(16, cookie));
}

/** Functions of the kernel by their names, and the cookie of each. */
export interface ProbedFunctions {
  readonly names: readonly string[];
  readonly cookies: readonly bigint[] | undefined;
  /** `BPF_F_KPROBE_MULTI_RETURN`: where they return. */
  readonly onReturn: boolean;
}

/** BPF_LINK_CREATE on many functions (Linux 5.18) → fd | −errno. */
export function createKprobeMultiLink(programFd: number, { names, cookies, onReturn }: ProbedFunctions): number {
  const attributes = new Attributes(48).u32(0, programFd).u32(8, attachTypes.kprobeMulti);
  const pointers = new Uint8Array(names.length * 8);
  names.forEach((name, i) => {
    attributes.pointer(i * 8, cString(name), pointers);
  });
  attributes
    .u32(16, onReturn ? 1 : 0)
    .u32(20, names.length)
    .pointer(24, pointers);
  if (cookies !== undefined) attributes.pointer(40, new Uint8Array(BigUint64Array.from(cookies).buffer));
  return callBpf(command.linkCreate, attributes);
}

/** BPF_LINK_CREATE on a control group, of an attach type of its own → fd | −errno. */
export function createCgroupLink(programFd: number, groupFd: number, attachType: number): number {
  return callBpf(command.linkCreate, new Attributes(16).u32(0, programFd).u32(4, groupFd).u32(8, attachType));
}

/** BPF_LINK_CREATE on a network interface, in one of XDP's modes (Linux 5.9) → fd | −errno. */
export function createXdpLink(programFd: number, interfaceIndex: number, flags: number): number {
  const attributes = new Attributes(16).u32(0, programFd).u32(4, interfaceIndex).u32(8, attachTypes.xdp);
  return callBpf(command.linkCreate, attributes.u32(12, flags));
}

/** BPF_LINK_CREATE on what enters or leaves a network interface: tcx (Linux 6.6) → fd | −errno. */
export function createTcxLink(programFd: number, interfaceIndex: number, direction: "ingress" | "egress"): number {
  const type = direction === "ingress" ? attachTypes.tcxIngress : attachTypes.tcxEgress;
  return callBpf(command.linkCreate, new Attributes(32).u32(0, programFd).u32(4, interfaceIndex).u32(8, type));
}

/** BPF_RAW_TRACEPOINT_OPEN → fd | −errno; a cookie other than 0 needs Linux 6.10. */
export function openRawTracepoint(programFd: number, name: string, cookie: bigint): number {
  const attributes = new Attributes(cookie === 0n ? 16 : 24).pointer(0, cString(name)).u32(8, programFd);
  return callBpf(command.rawTracepointOpen, cookie === 0n ? attributes : attributes.u64(16, cookie));
}

/** BPF_LINK_UPDATE → 0 | −errno. */
export function updateLink(linkFd: number, programFd: number): number {
  return callBpf(command.linkUpdate, new Attributes(16).u32(0, linkFd).u32(4, programFd));
}

/** BPF_LINK_DETACH → 0 | −errno. */
export function detachLink(linkFd: number): number {
  return callBpf(command.linkDetach, new Attributes(4).u32(0, linkFd));
}

/** The kernel's number of a link, or −errno. */
export function linkId(linkFd: number): number {
  const bytes = new Uint8Array(16);
  const result = objectInfo(linkFd, bytes);
  return result < 0 ? result : new DataView(bytes.buffer).getUint32(4, littleEndian);
}

/** BPF_ITER_CREATE → fd, from which one walk is read | −errno. */
export function createIterator(linkFd: number): number {
  return callBpf(command.iterCreate, new Attributes(8).u32(0, linkFd));
}
