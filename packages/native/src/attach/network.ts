import { networkInterfaces } from "node:os";
import { loadAddon } from "../addon/load-addon.ts";
import { checkOptions, shown } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { createTcxLink, createXdpLink } from "../kernel/link-commands.ts";
import { checkName } from "./attach-arguments.ts";
import { type Attached, newLink } from "./attached.ts";
import type { Link } from "./link.ts";
import { nearestOf } from "./nearest.ts";

/** `XDP_FLAGS_*` of include/uapi/linux/if_link.h. */
const modes = { native: 4, generic: 2, offload: 8 } as const;

/** Which network interface a program of SEC("xdp") sees the packets of. */
export interface XdpOptions {
  /** Its name in the network namespace of this process. */
  readonly interface: string;
  /** By the driver, by the kernel's own stack, or on the card; what there is, in this order, unless told. */
  readonly mode?: keyof typeof modes | undefined;
}

/** Which network interface a program of SEC("tc") or SEC("tcx/…") sees the packets of. */
export interface TcOptions {
  /** Its name in the network namespace of this process. */
  readonly interface: string;
  /** What enters it, or what leaves it. */
  readonly direction: "ingress" | "egress";
}

/**
 * Attaches to what arrives at a network interface.
 * @throws RingBufError
 */
export function attachXdp(program: Attached, options: XdpOptions): Link {
  const { interface: name, mode } = checkOptions(options, "an interface", { interface: true, mode: true });
  if (mode !== undefined && !Object.hasOwn(modes, mode)) {
    throw ringError("EINVAL", `mode is one of ${Object.keys(modes).join(", ")}, not ${shown(mode)}`);
  }
  const index = indexOf(name);
  const flags = mode === undefined ? 0 : modes[mode];
  return newLink(
    program,
    "BPF_LINK_CREATE",
    () => createXdpLink(program.fd, index, flags),
    (code) => {
      if (code === "EBUSY") return `another program is on "${name}"`;
      if (code === "EOPNOTSUPP" || code === "ENOTSUP") return `"${name}" has no XDP of ${mode ?? "any"} mode`;
      if (code === "EINVAL") return 'it is no program of SEC("xdp"), or this kernel is older than Linux 5.9';
      return undefined;
    },
  );
}

/**
 * Attaches to what enters or leaves a network interface, by tcx: filters of a qdisc outlive their process, and are left to `tc`.
 * @throws RingBufError
 */
export function attachTc(program: Attached, options: TcOptions): Link {
  const { interface: name, direction } = checkOptions(options, "an interface", { interface: true, direction: true });
  if (direction !== "ingress" && direction !== "egress") {
    throw ringError("EINVAL", `direction is ingress or egress, not ${shown(direction)}`);
  }
  const index = indexOf(name);
  return newLink(
    program,
    "BPF_LINK_CREATE",
    () => createTcxLink(program.fd, index, direction),
    (code) => {
      return code === "EINVAL"
        ? 'it is no program of SEC("tc"), or this kernel is older than Linux 6.6, which has tcx'
        : undefined;
    },
  );
}

function indexOf(name: string): number {
  const index = loadAddon().interfaceIndex(cString(checkName(name, "interface")));
  if (index > 0) return index;
  const hint = nearestOf(name, Object.keys(networkInterfaces()));
  throw kernelError(index, "if_nametoindex", `this network namespace has no interface "${name}"${hint}`);
}
