import { readFileSync } from "node:fs";

/** Numbers of include/uapi/linux/capability.h. */
const bits = { CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

export type Capability = keyof typeof bits;

/** The effective capabilities of this process, or undefined where they cannot be read. */
function effective(): bigint | undefined {
  try {
    const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return hex === undefined ? undefined : BigInt(`0x${hex}`);
  } catch {
    return undefined;
  }
}

/**
 * What gives this process the privileges of `name`: itself, or CAP_SYS_ADMIN, which the kernel takes for the other two
 * (include/linux/capability.h, `bpf_capable` and `perfmon_capable`); "none", or "unknown" where it cannot be read.
 */
export function sourceOf(name: Capability): Capability | "none" | "unknown" {
  const set = effective();
  if (set === undefined) return "unknown";
  const holds = (which: Capability): boolean => ((set >> BigInt(bits[which])) & 1n) === 1n;
  return holds(name) ? name : holds("CAP_SYS_ADMIN") ? "CAP_SYS_ADMIN" : "none";
}

/** Whether this process has the privileges of `name`, as far as it can be read. */
export function hasCapability(name: Capability): boolean {
  return sourceOf(name) !== "none";
}
