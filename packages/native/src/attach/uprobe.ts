import { checkOptions } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";
import { checkCookie, checkName, checkNumber, checkOffset, checkTruth } from "./attach-arguments.ts";
import type { Attached } from "./attached.ts";
import { Binary } from "./binary.ts";
import type { Link } from "./link.ts";
import { attachToEvent } from "./perf-event.ts";
import { probeUnit } from "./probe-unit.ts";

/** Which function of a program or library a program of SEC("uprobe") runs in. */
export interface UprobeOptions {
  /** The program or library; a name without a folder is looked for as the system does (`libc.so.6`). */
  readonly path: string;
  /** A function of it. */
  readonly symbol?: string | undefined;
  /** Bytes behind the start of the function; without `symbol`, from the start of the file. One of the two has to be told. */
  readonly offset?: number | undefined;
  /** One process; all that run it unless told. */
  readonly pid?: number | undefined;
  /** Where it returns, in place of where it is entered. */
  readonly retprobe?: boolean | undefined;
  /** What `bpf_get_attach_cookie` gives the program (Linux 5.15). */
  readonly cookie?: bigint | undefined;
}

/**
 * Attaches to a function of a program or library.
 * @throws RingBufError
 */
export function attachUprobe(program: Attached, options: UprobeOptions): Link {
  const { path, symbol, offset, pid, retprobe, cookie } = checkOptions(options, "a uprobe", {
    path: true,
    symbol: true,
    offset: true,
    pid: true,
    retprobe: true,
    cookie: true,
  });
  if (symbol === undefined && offset === undefined) throw ringError("EINVAL", "a uprobe is at a symbol or an offset");
  const behind = checkOffset(offset, "offset");
  const process = checkNumber(pid, "pid");
  const onReturn = checkTruth(retprobe, "retprobe");
  const given = checkCookie(cookie);
  const binary = new Binary(path);
  const at = (symbol === undefined ? 0 : binary.offsetOf(checkName(symbol, "symbol"))) + behind;
  const unit = probeUnit("uprobe");
  const event = {
    type: unit.type,
    config: onReturn ? unit.onReturn : 0n,
    name: cString(binary.path),
    config2: BigInt(at),
    pid: process,
    cpu: process < 0 ? 0 : -1,
  };
  return attachToEvent(program, event, given, (code) => {
    if (code === "ESRCH") return `there is no process ${process}`;
    if (code === "EINVAL") return `no probe may be set at byte ${at} of ${binary.path}`;
    return undefined;
  });
}
