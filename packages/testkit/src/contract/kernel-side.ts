import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";

/**
 * The kernel's end of a ring, as the contract suite drives it: every operation is what one run of a BPF program does.
 *
 * Operations are whole (reserve and commit in one), since a program can neither keep a record beyond its run nor have
 * a reservation of a size that the verifier does not know: a backend can serve all of them with a single interpreter
 * program that switches on the operation. The sizes for `bpf_ringbuf_reserve` are those of {@link reserveSizes}.
 */
export interface KernelSide {
  /** Bytes of a page. The suite's numbers are for 4096; it says so and stops elsewhere. */
  readonly pageSize: number;
  /** Whether the kernel knows `BPF_F_RB_OVERWRITE` (6.19). */
  readonly overwrite: boolean;
  /** @throws RingBufError with the errno of `BPF_MAP_CREATE`. */
  createRingBuf(options: { readonly name: string; readonly maxEntries: number; readonly flags?: number }): RingBufMap;
  /** @throws RingBufError with the errno of `BPF_MAP_CREATE`. */
  createUserRingBuf(options: {
    readonly name: string;
    readonly maxEntries: number;
    readonly flags?: number;
  }): UserRingBufMap;
  /** `bpf_ringbuf_output`, at most 8192 bytes; its return. */
  output(map: RingBufMap, bytes: Uint8Array, flags: number): number;
  /** `bpf_ringbuf_query`; its return as u64. */
  query(map: RingBufMap, what: number): bigint;
  /**
   * `bpf_ringbuf_reserve` of `size` (one of {@link reserveSizes}) with `reserveFlags`; on success every payload byte is
   * set to `fill` (nothing is written where it is undefined), then the record is committed. Whether it was not NULL.
   */
  reserve(map: RingBufMap, size: number, commit: Commit, options?: ReserveOptions): boolean;
  /**
   * In one run: `bpf_ringbuf_reserve_dynptr` for each of at most 4 records, in order; then each that has bytes gets them
   * by `bpf_dynptr_write` at 0; then all are committed, first to last or last to first (a null dynptr too: the verifier
   * asks for it). The returns of the reservations.
   */
  batch(map: RingBufMap, records: readonly BatchRecord[], order: "forward" | "reverse"): number[];
  /** `bpf_user_ringbuf_drain` with a callback as described by `options`. */
  drain(map: UserRingBufMap, options?: DrainOptions): Drained;
  /**
   * Reserves `size` bytes by a program that then stands still, so that the record stays busy until it is committed.
   * Absent where a backend cannot stop a program: the suite's rows that need it are skipped by name.
   */
  hold?(map: RingBufMap, size: number): Promise<HeldRecord>;
  /** Readiness as poll(2) gives it: 0x41 (IN | RDNORM), 0x104 (OUT | WRNORM) or 0. Absent where it cannot be asked. */
  readiness?(map: RingBufMap | UserRingBufMap): number;
  /** Frees all that the suite made. */
  close(): void | Promise<void>;
}

/** How a record ends. `flags` as given to submit or discard: `BPF_RB_NO_WAKEUP` 1, `BPF_RB_FORCE_WAKEUP` 2. */
export interface Commit {
  readonly how: "submit" | "discard";
  readonly flags: number;
}

export interface ReserveOptions {
  /** 0 unless told; anything else makes the helper give NULL. */
  readonly reserveFlags?: number;
  /** One byte, repeated over the payload. */
  readonly fill?: number;
}

export interface BatchRecord {
  /** Payload bytes; the helper takes any size here. */
  readonly size: number;
  readonly commit: Commit;
  /** Written at offset 0, at most 64 bytes and at most `size`. */
  readonly bytes?: Uint8Array;
}

export interface DrainOptions {
  /** Flags of the drain, 0 unless told. */
  readonly flags?: number;
  /** The callback returns 1 on this sample (counted from 1). */
  readonly stopAt?: number;
  /** The callback sends the sample's first 8 bytes on to this ring by `bpf_ringbuf_output` with flags 0. */
  readonly replyTo?: RingBufMap;
  /** The callback drains the same map again; what that returned is in {@link Drained.nested}. */
  readonly nested?: boolean;
  /** The callback writes this byte at offset 0 of the sample by `bpf_dynptr_write`. */
  readonly overwrite?: number;
}

export interface Drained {
  /** Of the helper: samples, or a negative errno. */
  readonly returned: number;
  /** What the callback saw, the first 64 samples: length, and the first bytes up to 64. */
  readonly samples: readonly { readonly byteLength: number; readonly head: Uint8Array }[];
  /** Return of the nested drain, of the last callback that made one. */
  readonly nested?: number;
}

export interface HeldRecord {
  commit(commit: Commit): Promise<void>;
}

/** Every size that the suite passes to {@link KernelSide.reserve}: constants, as the verifier wants them. */
export const reserveSizes: readonly number[] = [
  0, 1, 8, 9, 16, 24, 32, 48, 1000, 1024, 2032, 2040, 2048, 3072, 4072, 4080, 4081, 4088, 4096, 0x30000, 0x40000000,
];
