import { existsSync } from "node:fs";
import { release } from "node:os";
import { type MapTypeName, mapTypeNumber } from "@rbgen/btf";
import type { RingBufError } from "@rbgen/runtime";
import { addonFile, loadAddon } from "../addon/load-addon.ts";
import { checkObject, shown } from "./arguments.ts";
import { type Capability, sourceOf } from "./capabilities.ts";
import { errnoName, ringError } from "./errno.ts";
import { unprivilegedBpfDisabled } from "./explain.ts";
import { libbpfVersion } from "./libbpf.ts";
import { createMap } from "./map-commands.ts";
import { held } from "./open-map.ts";

/** One thing that may or may not be there: what it is now, and what to do where it is not. */
export interface Feature {
  /** What it is called on the page. */
  readonly name: string;
  /** Whether it can be used here and now. */
  readonly available: boolean;
  /** What was found: a version, a number, the errno of a trial. */
  readonly found: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly remedy?: string;
}

/** What this kernel and these privileges allow. */
export interface Features {
  /** Operating system and processor: "linux-x64". */
  readonly platform: string;
  /** What the kernel calls its version. */
  readonly kernelVersion: string;
  /** The compiled part of this package. */
  readonly addon: Feature;
  /** libbpf, which loads objects. */
  readonly libbpf: Feature;
  /** The kernel's own BTF, which CO-RE needs. */
  readonly btf: Feature;
  /** Maps of type `BPF_MAP_TYPE_RINGBUF`. */
  readonly ringBuf: Feature;
  /** Maps of type `BPF_MAP_TYPE_USER_RINGBUF`. */
  readonly userRingBuf: Feature;
  /** Rings that overwrite what is not read (`BPF_F_RB_OVERWRITE`). */
  readonly overwrite: Feature;
  /** The capability to make maps and to load programs. */
  readonly capBpf: Feature;
  /** The capability that tracing takes as well. */
  readonly capPerfmon: Feature;
  /** The capability that has all of these. */
  readonly capSysAdmin: Feature;
  /** Whether users without capabilities may use bpf(2): the sysctl is 0. */
  readonly unprivilegedBpf: Feature;
}

/** Tries and looks up what native rings need; changes nothing, and never throws: what is missing is an answer. */
export function probeFeatures(): Features {
  return {
    platform: `${process.platform}-${process.arch}`,
    kernelVersion: process.platform === "linux" ? kernelVersion() : "none",
    addon: addonFeature(),
    libbpf: libbpfFeature(),
    btf: btfFeature(),
    ringBuf: mapFeature("BPF_MAP_TYPE_RINGBUF", "ringbuf", 0, "5.8"),
    userRingBuf: mapFeature("BPF_MAP_TYPE_USER_RINGBUF", "user_ringbuf", 0, "6.1"),
    overwrite: mapFeature("BPF_F_RB_OVERWRITE", "ringbuf", 1 << 19, "6.19"),
    capBpf: capability("CAP_BPF", "creating maps and loading programs"),
    capPerfmon: capability("CAP_PERFMON", "loading and attaching tracing programs"),
    capSysAdmin: capability("CAP_SYS_ADMIN", "opening maps by id and mounting BPF file systems"),
    unprivilegedBpf: unprivileged(),
  };
}

function kernelVersion(): string {
  try {
    return release();
  } catch {
    return "unknown"; // Deno asks for a permission
  }
}

function isThere(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false; // as above
  }
}

function addonFeature(): Feature {
  try {
    loadAddon();
    return { name: "addon", available: true, found: `${process.platform}-${process.arch}` };
  } catch (error) {
    return { name: "addon", available: false, found: messageOf(error), remedy: addonRemedy() };
  }
}

/** What brings an addon where there is none. */
function addonRemedy(): string {
  if (process.platform !== "linux") return "rings of the kernel need Linux: use @rbgen/runtime/emulated here";
  if (process.arch !== "x64" && process.arch !== "arm64") return "run on x64 or arm64";
  if (isThere(addonFile(process.arch))) return "reinstall @rbgen/native";
  return "reinstall @rbgen/native, or build it in its repository with a C compiler present";
}

function libbpfFeature(): Feature {
  try {
    const version = libbpfVersion();
    if (typeof version !== "string") {
      const enough = version.major > 1 || version.minor >= 1;
      const found = `${version.major}.${version.minor}`;
      return enough
        ? { name: "libbpf", available: true, found }
        : { name: "libbpf", available: false, found, remedy: "BpfObject needs libbpf 1.1 or newer: upgrade libbpf1" };
    }
    const remedy = "BpfObject needs libbpf.so.1: install libbpf1 (Debian, Ubuntu) or libbpf (Fedora, Arch, Alpine)";
    return { name: "libbpf", available: false, found: version, remedy };
  } catch {
    return { name: "libbpf", available: false, found: "not tried", remedy: "the addon comes first" };
  }
}

function btfFeature(): Feature {
  const path = "/sys/kernel/btf/vmlinux";
  return isThere(path)
    ? { name: "kernel BTF", available: true, found: path }
    : {
        name: "kernel BTF",
        available: false,
        found: `no ${path}`,
        remedy: "CO-RE programs need a kernel built with CONFIG_DEBUG_INFO_BTF",
      };
}

/** Makes the smallest map of a type and closes it at once. */
function mapFeature(name: string, type: MapTypeName, flags: number, since: string): Feature {
  try {
    const addon = loadAddon();
    const map = {
      type: mapTypeNumber(type),
      keySize: 0,
      valueSize: 0,
      maxEntries: addon.pageSize(),
      flags,
      name: "probe",
    };
    const fd = createMap(map);
    const owner = held(addon.own(fd));
    if (fd >= 0) {
      addon.disown(owner);
      return { name, available: true, found: "a trial map was made" };
    }
    // who may create no map is not told whether the kernel knows this one
    const remedy =
      errnoName(fd) === "EPERM"
        ? `needs Linux ${since}, and CAP_BPF or a pinned map made by somebody who has it`
        : `needs Linux ${since}`;
    return { name, available: false, found: `BPF_MAP_CREATE gave ${errnoName(fd)}`, remedy };
  } catch {
    return { name, available: false, found: "not tried", remedy: "the addon comes first" };
  }
}

function capability(name: Capability, use: string): Feature {
  const source = sourceOf(name);
  if (source === "unknown") return { name, available: false, found: "capabilities cannot be read" };
  if (source !== "none") return { name, available: true, found: source === name ? "effective" : `by ${source}` };
  return {
    name,
    available: false,
    found: "not effective",
    remedy: `${use} needs it: run as root, or setcap ${name.toLowerCase()}+ep on the node binary`,
  };
}

function unprivileged(): Feature {
  const value = unprivilegedBpfDisabled();
  const name = "unprivileged bpf(2)";
  if (value === undefined) return { name, available: false, found: "the sysctl cannot be read" };
  const found = `kernel.unprivileged_bpf_disabled = ${value}`;
  if (value === 0) return { name, available: true, found };
  return { name, available: false, found, remedy: "without capabilities, read rings that a privileged process pinned" };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function notFeatures(given: unknown): RingBufError {
  return ringError("EINVAL", `${shown(given)} is not what probeFeatures() gives`);
}

/**
 * The same as a page of text: one line per feature, and below it what to do.
 * @throws RingBufError EINVAL for anything else.
 */
export function formatFeatures(features: Features): string {
  const { platform, kernelVersion, ...rest } = checkObject(features, "what was found");
  if (typeof platform !== "string" || typeof kernelVersion !== "string") throw notFeatures(features);
  const lines = [`${platform}, Linux ${kernelVersion}, ${engineName()}`];
  for (const feature of Object.values(rest)) {
    if (typeof feature?.name !== "string") throw notFeatures(features);
    lines.push(`${feature.available ? "yes" : "no "}  ${feature.name.padEnd(26)} ${feature.found}`);
    if (feature.remedy !== undefined) lines.push(`     ${"".padEnd(26)} → ${feature.remedy}`);
  }
  return `${lines.join("\n")}\n`;
}

function engineName(): string {
  const { bun, deno, node } = process.versions;
  return bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node ${node}`;
}
