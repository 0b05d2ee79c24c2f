import { RingBufError } from "@rbgen/runtime";
import { type AccessFault, explainAccess } from "./access-fault.ts";
import { Heap } from "./heap.ts";
import {
  budgetAt,
  entry,
  entryBytes,
  firstStack,
  flag,
  maxFrames,
  registerCount,
  registersAt,
  stackBytes,
  stackMark,
  stacksAt,
  tableAt,
  writtenDelta,
} from "./layout.ts";
import { Quarantine } from "./quarantine.ts";
import type { Region, RegionOptions } from "./region.ts";

/** Told of bytes before they change: which part of what a program knows they are, and where they lie. */
export type Watch = (what: Pick<Region, "kind" | "name">, offset: number, address: number, size: number) => void;

/** How much a VM's memory may hold. */
export interface MemoryOptions {
  /** Bytes that regions may take together; 256 MiB unless told. */
  readonly limit?: number;
  /** Regions that there may be at a time: a power of two; 2²⁰ unless told. */
  readonly regions?: number;
}

const pageBytes = 65536;
const least32 = -(2 ** 31);
/** Instructions that making a region counts as. */
const regionWork = 16;
/** A helper reads or writes 2³ bytes in the time of an instruction. */
const bytesShift = 3;
interface MutableRegion extends Region {
  alive: boolean;
}

/**
 * The memory of one VM: a WebAssembly memory (shared where the platform has it, plain bytes where there is no
 * WebAssembly) that compiled programs, the interpreter, maps and helpers see. A program's pointer is 64 bits: the id of
 * a region in the high word, an offset in the low one, so that a pointer that left its region, or never was one, is
 * found at its first use. NULL and small numbers are in no region.
 */
export class VmMemory {
  /** What compiled programs import; undefined where the platform has no WebAssembly. */
  readonly wasm: WebAssembly.Memory | undefined;
  /** Regions that the table has room for, a power of two. */
  readonly capacity: number;
  /** Bytes that regions, and what is held elsewhere, may take together. */
  readonly limit: number;
  /** Pages of 64 KiB that it may grow to. */
  readonly maximumPages: number;
  /** Of a run that is recorded: what helpers and stacks change. Stores of instructions tell their pointers themselves. */
  watch: Watch | undefined;
  readonly #heap: Heap;
  readonly #regions: (MutableRegion | undefined)[] = [];
  readonly #unused: number[] = [];
  readonly #quarantine: Quarantine;
  #charged = 0;
  /** Regions that have bytes of the heap for themselves. */
  readonly #own = new Set<Region>();
  #plain: ArrayBufferLike | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #words: Int32Array = new Int32Array(0);
  #registers: Int32Array = new Int32Array(0);

  constructor(options: MemoryOptions = {}) {
    const { limit = 256 * 1024 * 1024, regions = 2 ** 20 } = options;
    this.capacity = regions;
    this.limit = limit;
    this.#quarantine = new Quarantine(
      regions >> 2,
      (region) => (this.#own.has(region) ? region.size : 0),
      (region) => this.#reuse(region),
    );
    const heapAt = tableAt + regions * entryBytes;
    const pages = Math.ceil((heapAt + pageBytes) / pageBytes);
    const maximum = Math.min(65536, pages + Math.ceil(limit / pageBytes));
    this.maximumPages = maximum;
    const shared = typeof SharedArrayBuffer === "function";
    if (typeof WebAssembly === "object") {
      this.wasm = new WebAssembly.Memory({ initial: pages, maximum, shared });
    } else this.#plain = new ArrayBuffer(pages * pageBytes);
    this.#heap = new Heap(heapAt, Math.min(maximum * pageBytes, 2 ** 32 - 1));
    this.#look();
    this.#regions.length = 1;
    for (let frame = 0; frame < maxFrames; frame += 1) {
      const address = stacksAt + frame * stackBytes;
      this.#enter({ kind: "stack", name: `frame ${frame}` }, address, stackBytes, flag.stack);
    }
  }

  /** All of it. It is another array after memory grew: look it up anew after anything that may make a region. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same, as a `DataView`. */
  get view(): DataView {
    return this.#view;
  }

  /** The same, as words. */
  get words(): Int32Array {
    return this.#words;
  }

  /** r0 to r10 of the frame that runs: two words each, low first. Those of a helper's call are r1 to r5; it leaves its result in r0. */
  get registers(): Int32Array {
    return this.#registers;
  }

  /**
   * A new region of `size` bytes, all 0.
   * @throws RingBufError ENOMEM beyond the memory's limit or its number of regions.
   */
  allocate(size: number, options: RegionOptions): Region {
    const again = this.#heap.again(size);
    const address = again ?? this.#fresh(size, options);
    this.charge(size >> bytesShift);
    if (again !== undefined) this.#bytes.fill(0, address, address + size);
    return this.#enter(options, address, size, options.members === undefined ? 0 : flag.members, true);
  }

  /** Bytes that were never used, which are 0: they take memory of the machine only as they are written. */
  #fresh(size: number, { kind, name }: RegionOptions): number {
    const address = this.#heap.take(size);
    if (address === undefined) throw noMemory(`${size} bytes for ${kind} "${name}"`);
    this.#grow(address + size + 16);
    return address;
  }

  /** Gives `work` the address of `size` bytes that no program sees, and takes them back: no region, no part of any budget. */
  borrow<T>(size: number, work: (address: number) => T): T {
    const address = this.#heap.again(size) ?? this.#fresh(size, { kind: "memory", name: "what user space gives" });
    try {
      return work(address);
    } finally {
      this.#heap.give(address, size);
    }
  }

  /** Counts bytes that lie elsewhere, such as a ring's, into the limit; false where there is no room for them. */
  hold(size: number): boolean {
    return this.#heap.hold(size);
  }

  /** Gives back what {@link hold} counted. */
  drop(size: number): void {
    this.#heap.drop(size);
  }

  /** A region over bytes of another one: an element of a map, say. It takes no memory of its own. */
  carve(from: Region, offset: number, size: number, options: RegionOptions): Region {
    if (!(offset >= 0 && size >= 0 && offset + size <= from.size)) throw new RangeError("outside of the region");
    return this.#enter(options, from.address + offset, size, options.members === undefined ? 0 : flag.members);
  }

  /**
   * Gives a region back: pointers to it fault from now on. Its id and bytes are given out anew after {@link settle}, or
   * when so many regions were given back after it that memory would grow without end.
   */
  release(region: Region): void {
    const mine = this.#regions[region.id];
    if (mine !== region || !mine.alive) return;
    mine.alive = false;
    const at = (tableAt + mine.id * entryBytes) >> 2;
    this.#words[at + entry.readable] = 0;
    this.#words[at + entry.writable] = 0;
    this.#words[at + entry.flags] = 0;
    this.#quarantine.add(mine);
  }

  /** Between runs, when no program holds a pointer: what was released may be used anew. */
  settle(): void {
    this.#quarantine.empty();
  }

  #reuse(region: Region): void {
    this.#regions[region.id] = undefined;
    this.#unused.push(region.id);
    if (this.#own.delete(region)) this.#heap.give(region.address, region.size);
  }

  /** Sets what programs may do with a region from now on. */
  protect(region: Region, access: "read-write" | "read" | "none"): void {
    const at = (tableAt + region.id * entryBytes) >> 2;
    this.#words[at + entry.readable] = access === "none" ? 0 : region.size;
    this.#words[at + entry.writable] = access === "read-write" ? region.size : 0;
  }

  /** Makes `size` bytes of a region visible, at most what it was made with: a packet that was trimmed, a tail that was pulled. */
  resize(region: Region, size: number): void {
    const at = (tableAt + region.id * entryBytes) >> 2;
    if (this.#words[at + entry.readable] !== 0) this.#words[at + entry.readable] = size;
    if (this.#words[at + entry.writable] !== 0) this.#words[at + entry.writable] = size;
    (region as { size: number }).size = size;
  }

  /** The region that a pointer with this high word points to, released ones too; undefined for none. */
  regionOf(high: number): Region | undefined {
    return high > 0 ? this.#regions[high] : undefined;
  }

  /** The regions of a kind that were not given back. */
  regionsOf(kind: Region["kind"]): readonly Region[] {
    return this.#regions.filter((region): region is MutableRegion => region?.kind === kind && region.alive);
  }

  /**
   * Address of `size` bytes that a program hands to a helper to read. Stack bytes have to be written.
   * @throws AccessFault, which says why not.
   */
  readable(low: number, high: number, size: number): number {
    const address = this.#check(low, high, size, entry.readable);
    this.charge(size >> bytesShift);
    if (high >= firstStack && high < firstStack + maxFrames) this.#expectWritten(low, high, size, address);
    return address;
  }

  /**
   * Address of `size` bytes that a helper fills: all of them, since bytes of a stack count as written from now on.
   * @throws AccessFault, which says why not.
   */
  writable(low: number, high: number, size: number): number {
    const address = this.#check(low, high, size, entry.writable);
    this.charge(size >> bytesShift);
    if (high >= firstStack && high < firstStack + maxFrames) this.mark(address, size, stackMark.written);
    else this.watch?.(this.#regions[high] as Region, low >>> 0, address, size);
    return address;
  }

  /** As `readable`, for helpers whose argument may be any address: undefined where there are no such bytes (`-EFAULT`). */
  probe(low: number, high: number, size: number): number | undefined {
    const offset = low >>> 0;
    if (high <= 0 || high >= this.capacity) return undefined;
    const at = (tableAt + high * entryBytes) >> 2;
    if (offset + size > (this.#words[at + entry.readable] as number) >>> 0) return undefined;
    this.charge(size >> bytesShift);
    return ((this.#words[at + entry.base] as number) >>> 0) + offset;
  }

  /** Bytes that may be read from a pointer on: 0 for one that points nowhere. */
  extent(low: number, high: number): number {
    if (high <= 0 || high >= this.capacity) return 0;
    const at = (tableAt + high * entryBytes) >> 2;
    return Math.max(0, ((this.#words[at + entry.readable] as number) >>> 0) - (low >>> 0));
  }

  /** Has bytes of a stack count as written, as never written, or as an object that only helpers look into. */
  mark(address: number, size: number, mark: number): void {
    if (this.watch !== undefined) this.#tellOfStack(this.watch, address, size);
    this.#bytes.fill(mark, address + writtenDelta, address + writtenDelta + size);
  }

  /** Whether all of these bytes of a stack have this mark. */
  hasMark(address: number, size: number, mark: number): boolean {
    for (let at = address + writtenDelta; at < address + writtenDelta + size; at += 1) {
      if (this.#bytes[at] !== mark) return false;
    }
    return true;
  }

  /** Has a frame's stack count as never written, as it is when a function begins: all 0, so that padding is the same each time. */
  clearStack(frame: number): void {
    const from = stacksAt + frame * stackBytes;
    this.mark(from, stackBytes, stackMark.never);
    this.#bytes.fill(0, from, from + stackBytes);
  }

  /**
   * Whether an instruction may read these bytes of a stack: one of them was written, and none is a part of an object. What
   * was not is padding, which the kernel lets privileged programs read.
   */
  isWritten(address: number, size: number): boolean {
    let written = false;
    for (let at = address + writtenDelta; at < address + writtenDelta + size; at += 1) {
      if (this.#bytes[at] === stackMark.object) return false;
      written = written || this.#bytes[at] === stackMark.written;
    }
    return written;
  }

  #tellOfStack(watch: Watch, address: number, size: number): void {
    const frame = Math.floor((address - stacksAt) / stackBytes);
    watch(this.#regions[firstStack + frame] as Region, address - stacksAt - frame * stackBytes, address, size);
  }

  /** Begins a run that may take `budget` instructions, at most 2³¹ − 1. */
  grant(budget: number): void {
    this.#words[budgetAt >> 2] = budget;
    this.#charged = 0;
  }

  /** Instructions that the run may still take; negative when they are used up. */
  get left(): number {
    return this.#words[budgetAt >> 2] as number;
  }

  /** What helpers' work took of the budget since {@link grant}. */
  get charged(): number {
    return this.#charged;
  }

  /**
   * Takes the work of a helper off what the run may still take, in instructions: so that a run of few instructions that
   * work on many bytes ends in the time that one of many would.
   */
  charge(work: number): void {
    const left = this.#words[budgetAt >> 2] as number;
    const taken = Math.min(work, left - least32);
    this.#charged += taken;
    this.#words[budgetAt >> 2] = left - taken;
  }

  /** A fault that says why `size` bytes at this pointer cannot be read or written. */
  explain(low: number, high: number, size: number, write: boolean): AccessFault {
    const region = this.regionOf(high);
    const readOnly = this.#words[((tableAt + high * entryBytes) >> 2) + entry.writable] === 0;
    const marked = region?.kind === "stack" ? region.address + (low >>> 0) + writtenDelta : 0;
    const marks = this.#bytes.subarray(marked, marked + size);
    return explainAccess({ low, high, size, write }, region, { readOnly, marks });
  }

  #check(low: number, high: number, size: number, limit: 1 | 2): number {
    const offset = low >>> 0;
    if (high > 0 && high < this.capacity && size >= 0) {
      const at = (tableAt + high * entryBytes) >> 2;
      if (offset + size <= (this.#words[at + limit] as number) >>> 0) {
        return ((this.#words[at + entry.base] as number) >>> 0) + offset;
      }
    }
    throw this.explain(low, high, size, limit === entry.writable);
  }

  /** Of each eight bytes that a helper reads of a stack one has to be written: members lie no further apart. */
  #expectWritten(low: number, high: number, size: number, address: number): void {
    const end = address + size;
    for (let at = address; at < end; ) {
      const next = Math.min(end, (at & ~7) + 8);
      if (!this.isWritten(at, next - at)) throw this.explain(low + (at - address), high, next - at, false);
      at = next;
    }
  }

  #enter(options: RegionOptions, address: number, size: number, flags: number, own = false): Region {
    const { kind, name, access = "read-write", owner, members } = options;
    this.charge(regionWork);
    const id = this.#unused.pop() ?? this.#regions.length;
    if (id >= this.capacity) throw noMemory(`a region more than ${this.capacity - 1} for ${kind} "${name}"`);
    const region: MutableRegion = { id, kind, name, address, size, owner, members, alive: true };
    this.#regions[id] = region;
    if (own) this.#own.add(region);
    const at = (tableAt + id * entryBytes) >> 2;
    this.#words[at + entry.base] = address;
    this.#words[at + entry.flags] = flags;
    this.protect(region, access);
    return region;
  }

  #grow(end: number): void {
    if (end <= this.#bytes.byteLength) return;
    const pages = Math.ceil((end - this.#bytes.byteLength) / pageBytes);
    try {
      if (this.wasm !== undefined) this.wasm.grow(pages);
      else {
        const larger = new Uint8Array(
          this.#bytes.byteLength + Math.max(pages * pageBytes, this.#bytes.byteLength >> 1),
        );
        larger.set(this.#bytes);
        this.#plain = larger.buffer;
      }
    } catch {
      throw noMemory(`${end} bytes of memory`);
    }
    this.#look();
  }

  #look(): void {
    const buffer = this.wasm?.buffer ?? this.#plain ?? new ArrayBuffer(0);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#registers = new Int32Array(buffer, registersAt, 2 * registerCount);
  }
}

function noMemory(what: string): RingBufError {
  return new RingBufError(`no room for ${what}`, { code: "ENOMEM", errno: -12 });
}
