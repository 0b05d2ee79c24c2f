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
import type {
  BatchRecord,
  Commit,
  Drained,
  DrainOptions,
  HeldRecord,
  KernelSide,
  ReserveOptions,
} from "../contract/kernel-side.ts";
import { RingSlots } from "./ring-slots.ts";

/** Bytes of a sample and of a batch record that cross over; `HEAD` of contract.bpf.c. */
const head = 64;
const seen = 64;
const slots = 64;

/** The source of a BPF program beside this file, compiled by clang. */
export function compileBeside(name: string): Uint8Array {
  return compileBpf(readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8"));
}

/** The real kernel's end of the contract: programs of contract.bpf.c, run by BPF_PROG_TEST_RUN, attached to nothing. */
export async function nativeKernelSide(): Promise<KernelSide> {
  return new NativeKernelSide(await BpfObject.load(compileBeside("contract.bpf.c")));
}

class NativeKernelSide implements KernelSide {
  readonly pageSize: number = loadAddon().pageSize();
  readonly overwrite: boolean;
  readonly #object: BpfObject;
  readonly #rings: RingSlots;
  readonly #userRings: RingSlots;
  readonly #made: (NativeRingBufMap | NativeUserRingBufMap)[] = [];
  readonly #helpers: { kill(): void }[] = [];
  #folder: string | undefined;

  constructor(object: BpfObject) {
    this.#object = object;
    this.#rings = new RingSlots(object.mapOfMaps("rings"), slots);
    this.#userRings = new RingSlots(object.mapOfMaps("user_rings"), slots);
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

  output(map: RingBufMap, bytes: Uint8Array, flags: number): number {
    this.#set({ slot: this.#rings.of(map), size: bytes.byteLength, flags });
    this.#object.global("payload").set(padded(bytes, 8192));
    this.#run("output");
    return Number(this.#get("returned"));
  }

  query(map: RingBufMap, what: number): bigint {
    this.#set({ slot: this.#rings.of(map), what });
    this.#run("query");
    return BigInt.asUintN(64, this.#get("returned"));
  }

  reserve(map: RingBufMap, size: number, commit: Commit, options: ReserveOptions = {}): boolean {
    const { reserveFlags = 0, fill } = options;
    if (fill !== undefined) this.#object.global("fill").set(new Uint8Array(0x30000).fill(fill));
    this.#set({
      slot: this.#rings.of(map),
      size,
      flags: commit.flags,
      reserve_flags: reserveFlags,
      discard: commit.how === "discard" ? 1 : 0,
      filled: fill === undefined ? 0 : 1,
    });
    this.#run("reserve");
    return this.#get("returned") !== 0n;
  }

  batch(map: RingBufMap, records: readonly BatchRecord[], order: "forward" | "reverse"): number[] {
    const bytes = new Uint8Array(4 * (24 + head));
    const view = new DataView(bytes.buffer);
    records.forEach((record, i) => {
      const at = i * (24 + head);
      view.setUint32(at, record.size, true);
      view.setUint32(at + 4, record.commit.how === "discard" ? 1 : 0, true);
      view.setBigUint64(at + 8, BigInt(record.commit.flags), true);
      view.setUint32(at + 16, record.bytes?.byteLength ?? 0, true);
      if (record.bytes !== undefined) bytes.set(record.bytes, at + 24);
    });
    this.#object.global("records").set(bytes);
    this.#set({ slot: this.#rings.of(map), record_count: records.length, reversed: order === "reverse" ? 1 : 0 });
    this.#run("batch");
    const returned = new BigInt64Array((this.#object.global("batch_returned").get() as Uint8Array).slice().buffer);
    return records.map((_, i) => Number(returned[i]));
  }

  drain(map: UserRingBufMap, options: DrainOptions = {}): Drained {
    this.#set({
      slot: this.#userRings.of(map),
      drain_flags: options.flags ?? 0,
      stop_at: options.stopAt ?? 0,
      reply_slot: options.replyTo === undefined ? slots : this.#rings.of(options.replyTo),
      nested: options.nested ? 1 : 0,
      overwrite: options.overwrite ?? 256,
    });
    this.#run("drain");
    const samples = this.#object.global("samples").get() as Uint8Array;
    const view = new DataView(samples.buffer, samples.byteOffset);
    const count = Math.min(Number(this.#object.global("sample_count").get()), seen);
    const drained: Drained = {
      returned: Number(this.#get("returned")),
      samples: Array.from({ length: count }, (_, i) => {
        const at = i * (8 + head);
        const byteLength = view.getUint32(at, true);
        return { byteLength, head: samples.slice(at + 8, at + 8 + Math.min(byteLength, head)) };
      }),
    };
    return options.nested && count > 0 ? { ...drained, nested: Number(this.#get("nested_returned")) } : drained;
  }

  hold(map: RingBufMap, size: number): Promise<HeldRecord> {
    const program = this.#object.program("hold").fd;
    const child = spawn(this.#holdProgram(), [`${this.#rings.of(map)}`, `${size}`], {
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

  #set(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) this.#object.global(name).set(value);
  }

  #get(name: string): bigint {
    return this.#object.global(name).get() as bigint;
  }

  #run(name: string): void {
    const { returnValue } = this.#object.program(name).run();
    if (returnValue !== 0) throw new Error(`program ${name} refused its request (${returnValue})`);
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

function knowsOverwrite(): boolean {
  try {
    createRingBuf({ name: "probe", maxEntries: loadAddon().pageSize(), flags: 1 << 19 }).close();
    return true;
  } catch {
    return false;
  }
}
