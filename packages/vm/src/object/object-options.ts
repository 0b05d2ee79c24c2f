import type { KeysOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { GlobalValue } from "@rbgen/runtime/backend";
import type { Clock, EmulatedKernel } from "@rbgen/runtime/emulated";
import type { EngineName } from "../engine/engine.ts";
import { checkOptions, invalid } from "../invalid.ts";
import type { MapOptions } from "./object-maps.ts";

/** How an object is opened and loaded. */
export interface VmObjectOptions {
  /** Whose rings and rules; a kernel of its own unless told. */
  readonly kernel?: EmulatedKernel;
  /** What time the programs see; the machine's unless told. */
  readonly clock?: Clock;
  /** Types of the kernel that CO-RE, tracepoints and declared memory go by: a BTF file's bytes; the object's own unless told. */
  readonly btf?: Uint8Array | "self";
  /** Values of global variables by name: constants too. */
  readonly rodata?: Readonly<Record<string, GlobalValue>>;
  /** Changes of maps by name. */
  readonly maps?: Readonly<Record<string, MapOptions>>;
  /** Values of `__kconfig` variables that the object declares, by name; `LINUX_KERNEL_VERSION` is the emulated kernel's, any other 0 unless told. */
  readonly kconfig?: Readonly<Record<string, number | bigint>>;
  /** WebAssembly where the platform has it, unless told. */
  readonly engine?: EngineName;
  /** Instructions that a run may take; 100 million unless told. */
  readonly instructionBudget?: number;
  /** Processors that there are; 1 unless told. */
  readonly cpus?: number;
  /** Of random numbers; 1 unless told. Faults at a rate are drawn by the kernel's. */
  readonly seed?: number;
  /** Keeps what the runs depend on, for `recording()`. */
  readonly record?: boolean;
  /** Counts the lines that run, for `coverage()`, on the interpreter. */
  readonly coverage?: boolean;
}

const keys: KeysOf<VmObjectOptions> = {
  rodata: true,
  maps: true,
  kernel: true,
  clock: true,
  btf: true,
  kconfig: true,
  engine: true,
  instructionBudget: true,
  cpus: true,
  seed: true,
  record: true,
  coverage: true,
};

/**
 * Options of an object, if it has them all.
 * @throws RingBufError EINVAL
 */
export function checkedOptions(options: VmObjectOptions): VmObjectOptions {
  return checkOptions(options, "the options of an object", keys);
}

/** The parts of Node that are asked for where they are: elsewhere there are no files. */
interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { readFileSync(path: string): Uint8Array };
}

/**
 * Bytes of an object that is given by its path or as they are.
 * @throws RingBufError ENOENT, EACCES and their like, EINVAL
 */
export function readObject(source: string | Uint8Array): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (typeof source !== "string") throw invalid("an object is given by its path, or its bytes");
  const fs = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.("node:fs");
  if (fs === undefined) throw invalid(`"${source}": there are no files here, give the object's bytes`);
  try {
    return fs.readFileSync(source);
  } catch (cause) {
    const { code = "EIO", errno } = cause as { code?: string; errno?: number };
    throw new RingBufError(`"${source}" cannot be read`, {
      code,
      syscall: "open",
      cause,
      ...(errno === undefined ? {} : { errno }),
    });
  }
}
