import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { BpfObject, createRingBuf, createUserRingBuf } from "../../../native/src/index.ts";
import type { NativeRingBufMap, NativeUserRingBufMap } from "../../../native/src/ring/ring-map.ts";
import { compileBpf } from "../compile.ts";
import type { HeldRecord, KernelSide } from "../contract/kernel-side.ts";
import { ObjectKernelSide } from "../contract/object-kernel-side.ts";

/** The source of a BPF program beside this file, compiled by clang. */
export function compileBeside(name: string): Uint8Array {
  const target = `-D__TARGET_ARCH_${process.arch === "arm64" ? "arm64" : "x86"}`;
  return compileBpf(readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8"), "little", [target]);
}

/** The real kernel's end of the contract: programs of contract.bpf.c, run by BPF_PROG_TEST_RUN, attached to nothing. */
export async function nativeKernelSide(): Promise<KernelSide> {
  return new NativeKernelSide(await BpfObject.load(compileBeside("contract.bpf.c")));
}

class NativeKernelSide extends ObjectKernelSide implements KernelSide {
  readonly pageSize: number = loadAddon().pageSize();
  readonly overwrite: boolean;
  readonly #object: BpfObject;
  readonly #made: (NativeRingBufMap | NativeUserRingBufMap)[] = [];
  readonly #helpers: { kill(): void }[] = [];
  #folder: string | undefined;

  constructor(object: BpfObject) {
    super({
      put: (rings, slot, map) => object.mapOfMaps(rings).set(slot, map as NativeRingBufMap | NativeUserRingBufMap),
      global: (name) => object.global(name),
      program: (name) => object.program(name),
    });
    this.#object = object;
    this.overwrite = knowsOverwrite();
  }

  createRingBuf(options: { readonly name: string; readonly maxEntries: number; readonly flags?: number }): RingBufMap {
    const map = createRingBuf(options);
    this.#made.push(map);
    return map;
  }

  createUserRingBuf(options: {
    readonly name: string;
    readonly maxEntries: number;
    readonly flags?: number;
  }): UserRingBufMap {
    const map = createUserRingBuf(options);
    this.#made.push(map);
    return map;
  }

  hold(map: RingBufMap, size: number): Promise<HeldRecord> {
    const program = this.#object.program("hold").fd;
    const child = spawn(this.#holdProgram(), [`${this.slotOf(map)}`, `${size}`], {
      stdio: ["pipe", "pipe", "inherit", program],
    });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error("hold has no pipes");
    this.#helpers.push(child);
    const ended = new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`hold ended with ${code}`))));
    });
    const held: HeldRecord = {
      commit: ({ how, flags }) => {
        stdin.end(`${(how === "discard" ? 4 : 0) | (flags & 3)}\n`);
        return ended;
      },
    };
    return Promise.race([
      new Promise<HeldRecord>((resolve) => stdout.once("data", () => resolve(held))),
      ended.then(() => held),
    ]);
  }

  readiness(map: RingBufMap | UserRingBufMap): number {
    const addon = loadAddon();
    const { fd } = map as NativeRingBufMap | NativeUserRingBufMap;
    let mask = 0;
    for (const bit of [0x1, 0x2, 0x4, 0x8, 0x10, 0x40, 0x80, 0x100, 0x200]) {
      const set = addon.epollCreate();
      addon.epollAdd(set, fd, bit, 0);
      const ready = addon.epollWait(set, 0);
      addon.close(set);
      // EPOLLERR and EPOLLHUP come unasked: they would show with every bit.
      if (typeof ready !== "number" && ready.length > 0) mask |= bit;
    }
    return mask;
  }

  close(): void {
    for (const helper of this.#helpers) helper.kill();
    for (const map of this.#made) map.close();
    this.#object.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #holdProgram(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), "rbgen-hold-"));
    const program = join(this.#folder, "hold");
    execFileSync("gcc", ["-O1", "-pthread", fileURLToPath(new URL("hold.c", import.meta.url)), "-o", program]);
    return program;
  }
}

function knowsOverwrite(): boolean {
  try {
    createRingBuf({ name: "probe", maxEntries: loadAddon().pageSize(), flags: 1 << 19 }).close();
    return true;
  } catch {
    return false;
  }
}
