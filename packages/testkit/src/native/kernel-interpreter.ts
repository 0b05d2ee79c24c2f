import { claimMap, type RingClaim, type RingMemory } from "@rbgen/runtime/backend";
import type { Mapped } from "../../../native/src/addon/addon.ts";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { BpfObject, type BpfProgram, type KernelRing } from "../../../native/src/index.ts";
import type { Executor, ProgramName } from "./executor.ts";
import { compileBeside } from "./kernel-side.ts";
import { maxOps, opWords, patternBytes, resultWords } from "./operations.ts";

let compiled: Uint8Array | undefined;

/** The kernel executes: interpreter.bpf.c, its operations and results in memory that both sides see. */
export class KernelInterpreter implements Executor {
  readonly ring: RingClaim;
  readonly userRing: RingClaim;
  readonly truth: { readonly ring: RingMemory; readonly userRing: RingMemory };
  readonly ops: Uint32Array;
  readonly results: Uint32Array;
  readonly #object: BpfObject;
  readonly #programs: Readonly<Record<ProgramName, BpfProgram>>;
  readonly #count: Uint32Array;
  readonly #nothing = new Uint8Array(0);
  readonly #mapped: Mapped[] = [];

  private constructor(object: BpfObject) {
    this.#object = object;
    this.#programs = {
      ring_ops: object.program("ring_ops"),
      dynptr_ops: object.program("dynptr_ops"),
      user_ops: object.program("user_ops"),
    };
    const [ring, userRing] = [object.ringBuf("ring"), object.userRingBuf("user_ring")];
    this.ring = ring[claimMap]();
    this.userRing = userRing[claimMap]();
    this.truth = { ring: this.#mapRing(ring), userRing: this.#mapRing(userRing) };
    const { fd, info } = object.array("object.bss");
    const section = this.#map(fd, 0, info.valueSize, true);
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
    for (const { handle, buffer } of this.#mapped) loadAddon().unmap(handle, buffer);
    this.#object.close();
  }

  /** The pages of a map from `offset` on, lent whatever becomes of rings. */
  #map(fd: number, offset: number, length: number, writable = false): ArrayBuffer {
    const page = loadAddon().pageSize();
    const pages = loadAddon().map(fd, offset, Math.ceil(length / page) * page, writable, true);
    if (typeof pages === "number" || pages.buffer === undefined) throw new Error("the map cannot be mapped");
    this.#mapped.push(pages);
    return pages.buffer;
  }

  /** A ring's own memory, to look at. */
  #mapRing({ fd, info }: KernelRing): RingMemory {
    const page = loadAddon().pageSize();
    const part = (offset: number, length: number) => ({ buffer: this.#map(fd, offset, length), byteOffset: 0 });
    const size = info.maxEntries;
    return { size, consumer: part(0, page), producer: part(page, page), data: part(2 * page, 2 * size), aliased: true };
  }
}
