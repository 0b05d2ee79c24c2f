import { readFileSync } from "node:fs";

/** Where a BPF file system is mounted by convention. */
export const bpffsFolder = "/sys/fs/bpf";

/** What mounts one there. */
export const mountBpffs: string = `mount -t bpf bpf ${bpffsFolder}`;

/** Whether one is mounted there; false, too, where nothing tells of mounts. */
export function isBpffsMounted(): boolean {
  try {
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    return mounts.some((line) => line.includes(` ${bpffsFolder} bpf `));
  } catch {
    return false;
  }
}

/** That a path is where one would be, and none is mounted; undefined for any other path. */
export function explainUnmounted(path: string): string | undefined {
  if (!path.startsWith(`${bpffsFolder}/`) || isBpffsMounted()) return undefined;
  return `${path}: no BPF file system is mounted at ${bpffsFolder} (${mountBpffs})`;
}
