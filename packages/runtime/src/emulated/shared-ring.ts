import type { RingMemory } from "../backend.ts";
import { invalid, RingBufError } from "../errors.ts";
import type { KernelCounters } from "../ring-claim.ts";

/** `enum bpf_map_type` of include/uapi/linux/bpf.h, as far as there are rings. */
export const BPF_MAP_TYPE_RINGBUF = 27;
export const BPF_MAP_TYPE_USER_RINGBUF = 31;
export type MapTypeNumber = typeof BPF_MAP_TYPE_RINGBUF | typeof BPF_MAP_TYPE_USER_RINGBUF;

/** Words of the private page, apart by cache lines where different threads store to them. */
export const word = {
  magic: 0,
  type: 1,
  size: 2,
  flags: 3,
  pageSize: 4,
  endian: 5,
  lock: 16,
  settled: 17,
  wake: 32,
  sleepers: 33,
  /** Odd while user space has a claim; each claim and each end of one adds 1, positions that are set add {@link onePlacing}. */
  claimed: 48,
  draining: 64,
} as const;

/** Above the bits of `claimed` that tell one claim from another. */
export const onePlacing = 0x10000;

/** Counters of the private page: two words each, low first. */
export const counter = { records: 128, discarded: 130, full: 132, tooBig: 134, lock: 136, fault: 138 } as const;
export type Counter = (typeof counter)[keyof typeof counter];

const magic = 0x72626731;

/** Bytes of a page that a kernel may have. */
export const pageSizes: readonly number[] = [4096, 16384, 65536];

/**
 * One emulated ring in one buffer, in the kernel's layout (`struct bpf_ringbuf`, kernel/bpf/ringbuf.c): a private page
 * (lock, wake-ups, counters), the consumer page, the producer page, the data and as much again for what crosses its end.
 * Every thread that has the buffer has the ring.
 */
export class SharedRing {
  readonly buffer: ArrayBufferLike;
  readonly words: Int32Array;
  readonly memory: RingMemory;

  private constructor(buffer: ArrayBufferLike) {
    this.buffer = buffer;
    const words = new Int32Array(buffer, 0, 256);
    this.words = words;
    const pageSize = words[word.pageSize]!;
    this.memory = {
      size: words[word.size]! >>> 0,
      consumer: { buffer, byteOffset: pageSize },
      producer: { buffer, byteOffset: 2 * pageSize },
      data: { buffer, byteOffset: 3 * pageSize },
      aliased: false,
    };
  }

  /** @throws RingBufError ENOMEM */
  static create(options: {
    readonly type: MapTypeNumber;
    readonly size: number;
    readonly flags: number;
    readonly pageSize: number;
    readonly endian: "little" | "big";
    readonly shared: boolean;
  }): SharedRing {
    const bytes = 3 * options.pageSize + 2 * options.size;
    let buffer: ArrayBufferLike;
    try {
      buffer = options.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    } catch (cause) {
      throw new RingBufError(`${bytes} bytes for a ring`, {
        code: "ENOMEM",
        syscall: "BPF_MAP_CREATE",
        cause,
      });
    }
    const words = new Int32Array(buffer, 0, 256);
    words[word.type] = options.type;
    words[word.size] = options.size;
    words[word.flags] = options.flags;
    words[word.pageSize] = options.pageSize;
    words[word.endian] = options.endian === "big" ? 1 : 0;
    Atomics.store(words, word.magic, magic);
    return new SharedRing(buffer);
  }

  /** @throws RingBufError EINVAL if the buffer holds no ring of `type`. */
  static attach(buffer: ArrayBufferLike, type: MapTypeNumber): SharedRing {
    // by the engine's own account, whatever a subclass says
    const { byteLength } = new Uint8Array(buffer);
    if (byteLength < 4096) throw notARing();
    const words = new Int32Array(buffer, 0, 256);
    const pageSize = words[word.pageSize]!;
    const size = words[word.size]! >>> 0;
    if (Atomics.load(words, word.magic) !== magic || 3 * pageSize + 2 * size !== byteLength) throw notARing();
    // what is masked by the size, and lies on pages of its own, has to be what the kernel of the ring made
    if (!pageSizes.includes(pageSize) || size < pageSize || !Number.isInteger(Math.log2(size))) throw notARing();
    if (words[word.type] !== type) throw notARing();
    return new SharedRing(buffer);
  }

  get flags(): number {
    return this.words[word.flags]!;
  }

  get pageSize(): number {
    return this.words[word.pageSize]!;
  }

  get endian(): "little" | "big" {
    return this.words[word.endian] === 1 ? "big" : "little";
  }

  get shared(): boolean {
    return !(this.buffer instanceof ArrayBuffer);
  }

  count(which: Counter, more = 1): void {
    const before = Atomics.add(this.words, which, more) >>> 0;
    if (before + more >= 0x100000000) Atomics.add(this.words, which + 1, 1);
  }

  counters(): KernelCounters {
    const read = (which: Counter): number =>
      (Atomics.load(this.words, which + 1) >>> 0) * 0x100000000 + (Atomics.load(this.words, which) >>> 0);
    return {
      records: read(counter.records),
      discarded: read(counter.discarded),
      dropped: {
        full: read(counter.full),
        "too big": read(counter.tooBig),
        lock: read(counter.lock),
        fault: read(counter.fault),
      },
    };
  }
}

function notARing(): RingBufError {
  return invalid("the handle is not of a ring of this type");
}
