import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileBpf } from "../compile.ts";
import { findProgram } from "../tools.ts";

/** The source beside this file, compiled against a `vmlinux.h` that bpftool makes of the running kernel's BTF. */
export function compileWithVmlinux(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-vmlinux-"));
  try {
    const bpftool = findProgram("bpftool") ?? "bpftool";
    const dump = ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"];
    writeFileSync(join(folder, "vmlinux.h"), execFileSync(bpftool, dump, { maxBuffer: 1 << 28 }));
    const source = readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");
    return compileBpf(source, "little", [`-I${folder}`, "-D__TARGET_ARCH_x86"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
