import { readFileSync } from "node:fs";
import { checkOptions, shown } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { ringError, systemError } from "../kernel/errno.ts";
import { createKprobeMultiLink } from "../kernel/link-commands.ts";
import { findTracefs, mountTracefs } from "../kernel/tracefs.ts";
import { checkCookie, checkName, checkOffset, checkTruth } from "./attach-arguments.ts";
import { type Attached, newLink } from "./attached.ts";
import type { Link } from "./link.ts";
import { nearestOf } from "./nearest.ts";
import { attachToEvent } from "./perf-event.ts";
import { probeUnit } from "./probe-unit.ts";

/** Which function of the kernel a program of SEC("kprobe") runs in. */
export interface KprobeOptions {
  /** The function's name. */
  readonly symbol: string;
  /** Bytes behind its start. */
  readonly offset?: number | undefined;
  /** Where it returns, in place of where it is entered. */
  readonly retprobe?: boolean | undefined;
  /** What `bpf_get_attach_cookie` gives the program (Linux 5.15). */
  readonly cookie?: bigint | undefined;
}

/** Which functions of the kernel a program of SEC("kprobe.multi") runs in. */
export interface KprobeMultiOptions {
  /** Their names, or a pattern of them: `*` is any number of characters, `?` one. */
  readonly symbols: readonly string[] | string;
  /** Where they return, in place of where they are entered. */
  readonly retprobe?: boolean | undefined;
  /** What `bpf_get_attach_cookie` gives the program in each, in the order of a list of names. */
  readonly cookies?: readonly bigint[] | undefined;
}

/**
 * Attaches to a function of the kernel.
 * @throws RingBufError
 */
export function attachKprobe(program: Attached, options: KprobeOptions): Link {
  const { symbol, offset, retprobe, cookie } = checkOptions(options, "a kprobe", {
    symbol: true,
    offset: true,
    retprobe: true,
    cookie: true,
  });
  checkName(symbol, "symbol");
  const at = BigInt(checkOffset(offset, "offset"));
  const onReturn = checkTruth(retprobe, "retprobe");
  const given = checkCookie(cookie);
  const unit = probeUnit("kprobe");
  const event = { type: unit.type, config: onReturn ? unit.onReturn : 0n, name: cString(symbol), config2: at };
  return attachToEvent(program, { ...event, pid: -1, cpu: 0 }, given, (code) => {
    if (code === "ENOENT") return `the kernel has no function "${symbol}"${nearestOf(symbol, kernelFunctions())}`;
    if (code === "EADDRNOTAVAIL") return `"${symbol}" is in two places or more: tell its module or take another`;
    if (code === "EINVAL" || code === "EILSEQ") return `no probe may be set at "${symbol}"+${at}`;
    return undefined;
  });
}

/**
 * Attaches to many functions of the kernel at once.
 * @throws RingBufError
 */
export function attachKprobeMulti(program: Attached, options: KprobeMultiOptions): Link {
  const { symbols, retprobe, cookies } = checkOptions(options, "a kprobe of many functions", {
    symbols: true,
    retprobe: true,
    cookies: true,
  });
  const onReturn = checkTruth(retprobe, "retprobe");
  const names = typeof symbols === "string" ? matching(checkName(symbols, "symbols")) : checkedNames(symbols);
  if (
    cookies !== undefined &&
    !(Array.isArray(cookies) && cookies.length === names.length && typeof symbols !== "string")
  ) {
    throw ringError("EINVAL", `cookies are as many as the names of a list, not ${shown(cookies)}`);
  }
  const given = cookies?.map((cookie) => checkCookie(cookie));
  const create = (): number => createKprobeMultiLink(program.fd, { names, cookies: given, onReturn });
  return newLink(program, "BPF_LINK_CREATE", create, (code) => {
    if (code === "EOPNOTSUPP" || code === "ENOTSUP")
      return "this kernel probes no functions by the list (CONFIG_FPROBE)";
    if (code === "EINVAL") return 'it takes a program of SEC("kprobe.multi"), and Linux 5.18';
    if (code !== "ENOENT" && code !== "ESRCH") return undefined;
    const known = new Set(kernelFunctions());
    const [absent] = names.filter((name) => !known.has(name));
    return absent === undefined ? undefined : `the kernel has no function "${absent}"${nearestOf(absent, known)}`;
  });
}

function checkedNames(symbols: readonly string[]): readonly string[] {
  if (!Array.isArray(symbols) || symbols.length === 0) {
    throw ringError("EINVAL", `symbols are names of functions or a pattern, not ${shown(symbols)}`);
  }
  return symbols.map((name) => checkName(name, "a symbol"));
}

/** Functions that a pattern means, of those that the kernel lets be probed. */
function matching(pattern: string): readonly string[] {
  const place = findTracefs();
  if (place === undefined)
    throw ringError("ENOENT", `which functions a pattern means is told by tracefs: ${mountTracefs}`);
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const means = new RegExp(`^${text}$`);
  const all = probeable(`${place}/available_filter_functions`).map((line) => line.split(/\s/, 1)[0] ?? "");
  const names = [...new Set(all)].filter((name) => means.test(name));
  if (names.length > 0) return names;
  throw ringError("ENOENT", `no function of the kernel that can be probed is meant by "${pattern}"`);
}

/** As far as this user may look. */
function kernelFunctions(): string[] {
  return linesOf("/proc/kallsyms").flatMap((line) => /^\S+ [tTwW] (\S+)/.exec(line)?.[1] ?? []);
}

/** @throws RingBufError EPERM, EACCES, ENOENT where this kernel does not tell. */
function probeable(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (error) {
    throw systemError(error, "which functions a pattern means cannot be read");
  }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}
