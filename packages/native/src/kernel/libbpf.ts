import { RingBufError, UnsupportedError } from "@rbgen/runtime";
import type { Addon } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { errnoName, kernelError } from "./errno.ts";
import { explainPrivileges } from "./explain.ts";

/** libbpf refused an object; `log` is all that it and the verifier said. */
export class BpfLoadError extends RingBufError {
  /** What libbpf and the verifier said. The message has it, too, so that it is not listed among the members that are printed. */
  declare readonly log: string;
  constructor(message: string, errno: number, syscall: string, log: string) {
    super(`${message}${log === "" ? "" : `\n${log}`}`, { code: errnoName(errno), errno, syscall });
    this.name = "BpfLoadError";
    Object.defineProperty(this, "log", { value: log, enumerable: false });
  }
}

/** Version of the libbpf that was found, or why none can be used. */
export function libbpfVersion(): { readonly major: number; readonly minor: number } | string {
  const found = loadAddon().libbpfOpen();
  if (typeof found === "number") throw kernelError(found, "dlopen", "libbpf.so.1 cannot be opened");
  return typeof found === "string" ? found : { major: found[0], minor: found[1] };
}

/**
 * The addon with libbpf open.
 * @throws UnsupportedError where `libbpf.so.1` is absent or older than 1.1, naming the package that brings it.
 */
export function loadLibbpf(): Addon {
  const addon = loadAddon();
  const version = libbpfVersion();
  if (typeof version === "string") {
    throw new UnsupportedError(
      `BpfObject needs libbpf 1.1 or newer, as libbpf.so.1 (libbpf.so.0 is too old): ${version}. ` +
        "It is in the package libbpf1 (Debian, Ubuntu) or libbpf (Fedora, Arch, Alpine)",
    );
  }
  if (version.major === 1 && version.minor < 1) {
    throw new UnsupportedError(`BpfObject needs libbpf 1.1 or newer, this is ${version.major}.${version.minor}`);
  }
  return addon;
}

/** Runs a call of libbpf that returns −errno; what libbpf said during it goes into the error. */
export function callLibbpf<T>(
  syscall: string,
  message: string,
  call: (addon: Addon) => T | number,
): Exclude<T, number> | number {
  const addon = loadLibbpf();
  addon.libbpfLog();
  const result = call(addon);
  if (typeof result === "number" && result < 0) {
    const why = explainPrivileges(result);
    throw new BpfLoadError(`${syscall}: ${message}${why}`, result, syscall, addon.libbpfLog().trim());
  }
  return result as Exclude<T, number> | number;
}
