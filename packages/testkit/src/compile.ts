import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./tools.ts";

/** Runs `work` in a folder of its own, which is gone afterwards. */
export function inScratchFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = 1 << 20;

function run(program: string, args: readonly string[], input?: Uint8Array): Uint8Array {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return execFileSync(path, args, {
    ...(input === undefined ? {} : { input }),
    maxBuffer: 1024 * megabytes,
    // What the program says on stderr is in the error that a failure throws.
    stdio: "pipe",
  });
}

/** What clang makes of `source` for BPF, with BTF: an ELF object. */
export function compileBpf(
  source: string,
  endian: "little" | "big" = "little",
  flags: readonly string[] = [],
  compiler: "clang" | "clang-19" = "clang",
): Uint8Array {
  return inScratchFolder((folder) => {
    writeFileSync(join(folder, "types.bpf.c"), source);
    const object = join(folder, "types.bpf.o");
    const target = endian === "big" ? "bpfeb" : "bpf";
    run(compiler, [
      "-target",
      target,
      "-g",
      "-O2",
      "-w",
      ...multiarchInclude(),
      ...flags,
      "-c",
      join(folder, "types.bpf.c"),
      "-o",
      object,
    ]);
    return readFileSync(object);
  });
}

let multiarch: readonly string[] | undefined;

/** Debian keeps `asm/types.h` in a folder named after the host, which clang for BPF does not look into. */
function multiarchInclude(): readonly string[] {
  if (multiarch === undefined) {
    const triplet = new TextDecoder().decode(run("gcc", ["-print-multiarch"])).trim();
    multiarch = triplet === "" ? [] : [`-I/usr/include/${triplet}`];
  }
  return multiarch;
}

/** A machine that runs what is compiled for it: this one, or an emulated big-endian one. */
export type Machine = "native" | "s390x";

/** Compiles a C program for `machine`, and hands `work` a way to run it: input in, what it wrote out. */
export function withProgram<T>(
  source: string,
  machine: Machine,
  work: (run: (input: Uint8Array) => Uint8Array) => T,
): T {
  return inScratchFolder((folder) => {
    const file = join(folder, "program.c");
    const program = join(folder, "program");
    writeFileSync(file, source);
    // BPF's plain char is signed on every target; s390x's is not unless asked for.
    const flags = ["-std=gnu17", "-O0", "-w", "-Wno-packed-bitfield-compat", "-fsigned-char", file, "-o", program];
    if (machine === "native") {
      run("gcc", flags);
      return work((input) => execFileSync(program, { input, maxBuffer: 1024 * megabytes }));
    }
    run("s390x-linux-gnu-gcc", ["-static", ...flags]);
    return work((input) => run("qemu-s390x", [program], input));
  });
}

/** The same object as readers of debug information see one without: `llvm-strip -g` takes what the renamed section holds. */
export function withoutDebugInfo(object: Uint8Array): Uint8Array {
  const stripped = Buffer.from(object);
  for (let at = stripped.indexOf(".debug_info"); at !== -1; at = stripped.indexOf(".debug_info", at)) {
    stripped.write(".strip_info", at, "latin1");
  }
  return stripped;
}
