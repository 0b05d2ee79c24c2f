import type { Handle } from "../addon/addon.ts";
import { checkOptions } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";
import { BpfLoadError, callLibbpf } from "../kernel/libbpf.ts";
import { checkCookie, checkName, checkNumber } from "./attach-arguments.ts";
import type { Attached } from "./attached.ts";
import { Binary } from "./binary.ts";
import { type Link, linkOfHandle } from "./link.ts";
import { nearestOf } from "./nearest.ts";

/** Which probe that a program was compiled with a program of SEC("usdt") runs at. */
export interface UsdtOptions {
  /** The program or library; a name without a folder is looked for as the system does. */
  readonly path: string;
  /** Who brings it: the first word of `provider:name`. */
  readonly provider: string;
  /** The second. */
  readonly name: string;
  /** One process; all that run it unless told. */
  readonly pid?: number | undefined;
  /** What `bpf_usdt_cookie` gives the program. */
  readonly cookie?: bigint | undefined;
}

/** Why libbpf's links of such probes are no links of the kernel. */
export const usdtWithoutLink = "libbpf sets as many probes as the code has places";

/**
 * Attaches to a probe that a program was compiled with.
 * @throws RingBufError
 */
export function attachUsdt({ what, handle }: Attached, options: UsdtOptions): Link {
  const { path, provider, name, pid, cookie } = checkOptions(options, "a USDT probe", {
    path: true,
    provider: true,
    name: true,
    pid: true,
    cookie: true,
  });
  checkName(provider, "provider");
  checkName(name, "name");
  const process = checkNumber(pid, "pid");
  const given = checkCookie(cookie);
  const binary = new Binary(path);
  const { probes } = binary;
  if (!probes.some((probe) => probe.provider === provider && probe.name === name)) {
    const names = probes.map((probe) => `${probe.provider}:${probe.name}`);
    const hint = names.length === 0 ? ": it has none at all" : nearestOf(`${provider}:${name}`, names);
    throw ringError("ENOENT", `${binary.path} has no USDT probe "${provider}:${name}"${hint}`);
  }
  const text = [binary.path, provider, name].map(cString) as [Uint8Array, Uint8Array, Uint8Array];
  const link = callLibbpf("bpf_program__attach_usdt", what, (addon) =>
    addon.programAttachUsdt(handle, process, ...text, given),
  );
  if (typeof link !== "number") return linkOfHandle(what, link as Handle, usdtWithoutLink);
  throw new BpfLoadError(what, link, "bpf_program__attach_usdt", "");
}
