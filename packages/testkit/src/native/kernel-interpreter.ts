import { claimMap, type RingClaim } from "@rbgen/runtime/backend";
import { type BpfArrayMap, BpfObject, type BpfProgram } from "../../../native/src/index.ts";
import { loadAddon } from "../../../native/src/load-addon.ts";
import type { Executor, ProgramName } from "./executor.ts";
import { compileBeside } from "./kernel-side.ts";
import { maxOps, opWords, patternBytes, resultWords } from "./operations.ts";

let compiled: Uint8Array | undefined;

/** The kernel executes: interpreter.bpf.c, its operations and results in memory that both sides see. */
export class KernelInterpreter implements Executor {
  readonly ring: RingClaim;
  readonly userRing: RingClaim;
  readonly ops: Uint32Array;
  readonly results: Uint32Array;
  readonly #object: BpfObject;
  readonly #programs: Readonly<Record<ProgramName, BpfProgram>>;
  readonly #count: Uint32Array;
  readonly #nothing = new Uint8Array(0);

  private constructor(object: BpfObject) {
    this.#object = object;
    this.#programs = {
      ring_ops: object.program("ring_ops"),
      dynptr_ops: object.program("dynptr_ops"),
      user_ops: object.program("user_ops"),
    };
    this.ring = object.ringBuf("ring")[claimMap]();
    this.userRing = object.userRingBuf("user_ring")[claimMap]();
    const section = mapWhole(object.array("object.bss"));
    const place = (name: string) => {
      const symbol = object.btf?.elf?.symbols.find((other) => other.name === name);
      if (symbol === undefined) throw new Error(`the interpreter has no ${name}`);
      return Number(symbol.value);
    };
    this.ops = new Uint32Array(section, place("ops"), maxOps * opWords);
    this.results = new Uint32Array(section, place("results"), maxOps * resultWords);
    this.#count = new Uint32Array(section, place("count"), 1);
    new Uint8Array(section, place("pattern"), 16384).set(patternBytes());
  }

  static async load(): Promise<KernelInterpreter> {
    compiled ??= compileBeside("interpreter.bpf.c");
    return new KernelInterpreter(await BpfObject.load(compiled));
  }

  run(program: ProgramName, count: number): void {
    this.#count[0] = count;
    const returned = this.#programs[program].runInPlace(this.#nothing);
    if (returned !== 0) throw new Error(`${program} returned ${returned}`);
  }

  close(): void {
    this.#object.close();
  }
}

/** The whole value of a one-element array, mapped: it lives until it is collected. */
function mapWhole(array: BpfArrayMap): ArrayBuffer {
  const page = loadAddon().pageSize();
  const length = Math.ceil(array.info.valueSize / page) * page;
  const mapped = loadAddon().map(array.fd, 0, length, true, true);
  if (typeof mapped === "number" || mapped.buffer === undefined) throw new Error("the section cannot be mapped");
  return mapped.buffer;
}
