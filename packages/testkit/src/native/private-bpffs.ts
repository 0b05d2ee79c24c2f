import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A BPF file system of a test's own, in a folder that goes with it. */
export class PrivateBpffs {
  readonly folder: string = mkdtempSync(join(tmpdir(), "rbgen-bpffs-"));

  constructor() {
    execFileSync("mount", ["-t", "bpf", "bpf", this.folder]);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Unmounts it, and with it every pin. */
  close(): void {
    execFileSync("umount", [this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}
