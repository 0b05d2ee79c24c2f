import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { errnoName, kernelError } from "../kernel/errno.ts";
import { explainPrivileges } from "../kernel/explain.ts";
import { held } from "../kernel/open-map.ts";
import { type Link, linkOfDescriptor } from "./link.ts";

/** A loaded program, as attaching takes it. */
export interface Attached {
  /** How messages name it: `program "on_exec" (SEC("kprobe"))`. */
  readonly what: string;
  readonly fd: number;
  /** libbpf's. */
  readonly handle: Handle;
}

/** What a call that makes a link failed for, in words; undefined for what it has none of its own for. */
export type Explain = (code: string) => string | undefined;

const mismatch = "it is of a type that does not run there: its section says which it is";

/**
 * The link that `create` makes, a descriptor or −errno.
 * @throws RingBufError with what `explain` says of its code.
 */
export function newLink({ what }: Attached, syscall: string, create: () => number, explain: Explain): Link {
  const fd = create();
  const owner = held(loadAddon().own(fd));
  if (fd >= 0) return linkOfDescriptor(what, { fd, owner });
  throw kernelError(fd, syscall, refusal(what, fd, explain));
}

/** Why a call that attaches `what` gave `result`. */
export function refusal(what: string, result: number, explain: Explain): string {
  const code = errnoName(result);
  const why = explain(code) ?? (code === "EINVAL" ? mismatch : undefined);
  return `${what}${why === undefined ? "" : `: ${why}`}${explainPrivileges(result)}`;
}
