import { existsSync, readFileSync } from "node:fs";
import { BtfError, parseBtf } from "@rbgen/btf";
import { loadAddon } from "../addon/load-addon.ts";
import { bpffsFolder, isBpffsMounted, mountBpffs } from "./bpffs.ts";
import { hasCapability } from "./capabilities.ts";
import { errnoName } from "./errno.ts";
import type { Feature } from "./features.ts";
import { createFentryLink } from "./link-commands.ts";
import { held } from "./open-map.ts";
import { loadNothing } from "./program-commands.ts";
import { findTracefs, mountTracefs } from "./tracefs.ts";

/** What programs are attached by here, each tried. */
export interface Trials {
  /** Programs of `SEC("fentry/…")`. */
  readonly fentry: Feature;
  /** Programs of `SEC("kprobe/…")`. */
  readonly kprobe: Feature;
  /** tracefs, which tracepoints, and kprobes of old kernels, are attached by. */
  readonly tracefs: Feature;
  /** A BPF file system at /sys/fs/bpf, where maps are pinned. */
  readonly bpffs: Feature;
}

const vmlinux = "/sys/kernel/btf/vmlinux";
/** `BPF_PROG_TYPE_KPROBE`, `BPF_PROG_TYPE_TRACING` and `BPF_TRACE_FENTRY`. */
const kprobeType = 2;
const tracingType = 26;
const fentry = 24;
/** A function of the kernel that runs for tests alone (net/bpf/test_run.c): whoever is attached to it is called by nobody. */
const quiet = "bpf_fentry_test1";
const instead = "raw_tp/… and tp_btf/… may be allowed where this is not";

/** Loads and attaches a program that does nothing, and takes all back; never throws. */
export function tryAttaching(): Trials {
  return { fentry: triedFentry(), kprobe: triedKprobe(), tracefs: foundTracefs(), bpffs: foundBpffs() };
}

function triedFentry(): Feature {
  const name = "fentry";
  return whereAddon(name, () => {
    const id = functionId();
    if (id === undefined) {
      return {
        name,
        available: false,
        found: `not tried: no ${quiet} in the kernel's BTF`,
        remedy: "it needs the kernel's BTF",
      };
    }
    return withDescriptor(loadNothing(tracingType, fentry, id), (program) => {
      if (program < 0) return refused(name, "BPF_PROG_LOAD", program, whyRefused());
      return withDescriptor(createFentryLink(program), (link) =>
        link < 0
          ? refused(name, "BPF_LINK_CREATE", link, `the kernel takes no trampolines; ${instead}`)
          : { name, available: true, found: `a trial program was attached to ${quiet}, and detached` },
      );
    });
  });
}

function triedKprobe(): Feature {
  const name = "kprobe";
  return whereAddon(name, () =>
    withDescriptor(loadNothing(kprobeType), (program) => {
      if (program < 0) return refused(name, "BPF_PROG_LOAD", program, whyRefused());
      if (isThere("/sys/bus/event_source/devices/kprobe")) {
        return { name, available: true, found: "a trial program was loaded; perf events of kprobes are there" };
      }
      if (isTracefs()) return { name, available: true, found: "a trial program was loaded; tracefs is there" };
      const found = "a trial program was loaded, and there is nothing to attach it by";
      return { name, available: false, found, remedy: mountTracefs };
    }),
  );
}

function foundTracefs(): Feature {
  const name = "tracefs";
  if (isTracefs()) return { name, available: true, found: "mounted" };
  const remedy = `tp/… and kprobes of old kernels need it: mount -t tracefs tracefs /sys/kernel/tracing; ${instead}`;
  return { name, available: false, found: "not mounted, or not for this user", remedy };
}

function foundBpffs(): Feature {
  const name = "BPF file system";
  if (isBpffsMounted()) return { name, available: true, found: bpffsFolder };
  return { name, available: false, found: `none at ${bpffsFolder}`, remedy: `pinned maps need one: ${mountBpffs}` };
}

/** The id of the function that is tried in the kernel's BTF. */
function functionId(): number | undefined {
  try {
    return parseBtf(readFileSync(vmlinux)).findKind("func", quiet)[0]?.id;
  } catch (error) {
    if (error instanceof BtfError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/** Which capabilities lack; where none does, it is the kernel itself or a policy. */
function whyRefused(): string {
  const lacking = (["CAP_BPF", "CAP_PERFMON"] as const).filter((capability) => !hasCapability(capability));
  if (lacking.length > 0) return `needs ${lacking.join(" and ")}`;
  return `this kernel, its lockdown or a sandbox does not allow it; ${instead}`;
}

function refused(name: string, call: string, errno: number, remedy: string): Feature {
  return { name, available: false, found: `${call} gave ${errnoName(errno)}`, remedy };
}

function whereAddon(name: string, work: () => Feature): Feature {
  try {
    loadAddon();
  } catch {
    return { name, available: false, found: "not tried", remedy: "the addon comes first" };
  }
  return work();
}

function withDescriptor(fd: number, use: (fd: number) => Feature): Feature {
  const addon = loadAddon();
  const owner = held(addon.own(fd));
  try {
    return use(fd);
  } finally {
    if (fd >= 0) addon.disown(owner);
  }
}

function isTracefs(): boolean {
  try {
    return findTracefs() !== undefined;
  } catch {
    return false; // as below
  }
}

function isThere(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false; // Deno asks for a permission
  }
}
