import { loadAddon } from "../addon/load-addon.ts";
import { checkOptions, shown } from "../kernel/arguments.ts";
import { isDescriptor } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";
import { createCgroupLink } from "../kernel/link-commands.ts";
import { type Attached, newLink } from "./attached.ts";
import type { Link } from "./link.ts";

/** Which control group a program of SEC("cgroup/…") sees, with those below it. */
export interface CgroupOptions {
  /** A descriptor of its folder, of the version 2 hierarchy; it may be closed afterwards. */
  readonly fd: number;
}

/**
 * Attaches to a control group, as its section says at what.
 * @throws RingBufError
 */
export function attachCgroup(program: Attached, options: CgroupOptions): Link {
  const { fd } = checkOptions(options, "a control group", { fd: true });
  if (!isDescriptor(fd))
    throw ringError("EINVAL", `fd is the descriptor of a control group's folder, not ${shown(fd)}`);
  const type = loadAddon().programAttachType(program.handle);
  return newLink(
    program,
    "BPF_LINK_CREATE",
    () => createCgroupLink(program.fd, fd, type),
    (code) => {
      if (code === "EBADF") return `descriptor ${fd} is no folder of a control group of version 2`;
      if (code === "EINVAL")
        return 'it is no program of SEC("cgroup…"), sock_create or the like, or this kernel lacks its kind';
      return undefined;
    },
  );
}
