import { claimMap, type RingClaim, type RingMemory } from "@rbgen/runtime/backend";
import {
  type Bpf,
  type Dynptr,
  EmulatedKernel,
  type EmulatedProgram,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
  type Sample,
} from "@rbgen/runtime/emulated";
import type { Executor, ProgramName } from "./executor.ts";
import { maxOps, opWords, patternBytes, resultWords, ringOp, taken } from "./operations.ts";

const prime = 0x0100_0193;

/** Mixes a u64, as two words, into a digest; what interpreter.bpf.c does. */
function mixWords(digest: number, low: number, high: number): number {
  return Math.imul(Math.imul(digest ^ low, prime) ^ high, prime);
}

/** The same for a signed return value. */
function mix(digest: number, value: number): number {
  return mixWords(digest, value | 0, value < 0 ? -1 : 0);
}

/** Sizes that `reserve` asks for, by slot and kind. */
const slotSizes = [
  [0, 40],
  [7, 1000],
  [16, 4080],
] as const;

/** The emulated kernel executes: the twin of interpreter.bpf.c, function by function. */
export class EmulatedInterpreter implements Executor {
  readonly ring: RingClaim;
  readonly userRing: RingClaim;
  readonly truth: { readonly ring: RingMemory; readonly userRing: RingMemory };
  readonly ops: Uint32Array = new Uint32Array(maxOps * opWords);
  readonly results: Uint32Array = new Uint32Array(maxOps * resultWords);
  readonly #kernel = new EmulatedKernel();
  readonly #ring: EmulatedRingBuf;
  readonly #userRing: EmulatedUserRingBuf;
  readonly #pattern = patternBytes();
  readonly #bytes = new Uint8Array(32);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #programs: Readonly<Record<ProgramName, EmulatedProgram>>;
  #count = 0;

  constructor() {
    this.#ring = this.#kernel.createRingBuf({ name: "ring", maxEntries: 4096 });
    this.#userRing = this.#kernel.createUserRingBuf({ name: "user_ring", maxEntries: 4096 });
    this.ring = this.#ring[claimMap]();
    this.userRing = this.#userRing[claimMap]();
    this.truth = { ring: this.ring.memory, userRing: this.userRing.memory };
    const program = (run: (bpf: Bpf) => number) => this.#kernel.loadProgram({ type: "syscall", run });
    this.#programs = {
      ring_ops: program((bpf) => this.#ringOps(bpf)),
      dynptr_ops: program((bpf) => this.#dynptrOps(bpf)),
      user_ops: program((bpf) => this.#userOps(bpf)),
    };
  }

  run(program: ProgramName, count: number): void {
    // user space wrote to the consumer's page past this kernel
    this.#ring.setPositions({});
    this.#count = count;
    this.#programs[program].run();
  }

  /** What poll(2) would say of the ring buffer, or of the user ring; 0 for nothing. */
  readiness(user: boolean): number {
    return (user ? this.#userRing : this.#ring).readiness();
  }

  close(): void {
    this.#ring.close();
    this.#userRing.close();
  }

  #ringOps(bpf: Bpf): number {
    const held: (Sample | null)[] = [null, null, null];
    for (let i = 0; i < this.#count; i++) {
      const at = i * opWords;
      const head = this.#op(at);
      const code = head & 0xff;
      const slot = Math.min((head >>> 8) & 0xff, 2);
      const kind = head >>> 24;
      const flags = this.#op(at + 2);
      let returned: number | bigint = 0;
      if (code === ringOp.reserve) {
        if (held[slot] !== null) returned = taken;
        else {
          const size = slotSizes[slot]?.[kind ? 1 : 0] ?? 0;
          const sample = bpf.ringbufReserve(this.#ring, size, flags);
          if (sample !== null) this.#fill(sample, this.#op(at + 4) & 4095, size);
          held[slot] = sample;
          returned = sample === null ? 0 : 1;
        }
      } else if (code === ringOp.submit || code === ringOp.discard) {
        const sample = held[slot] ?? null;
        if (sample === null) returned = taken;
        else if (code === ringOp.submit) bpf.ringbufSubmit(sample, flags);
        else bpf.ringbufDiscard(sample, flags);
        held[slot] = null;
      } else if (code === ringOp.output) {
        const seed = this.#op(at + 4) & 4095;
        returned = bpf.ringbufOutput(this.#ring, this.#pattern.subarray(seed, seed + (this.#op(at + 1) & 8191)), flags);
      } else returned = bpf.ringbufQuery(this.#ring, flags);
      this.#return(i, returned, 0);
      this.#positions(bpf, i);
    }
    const [first, second, third] = held;
    if (third) bpf.ringbufDiscard(third, 0);
    if (second) bpf.ringbufSubmit(second, 0);
    if (first) bpf.ringbufDiscard(first, 0);
    return 0;
  }

  #dynptrOps(bpf: Bpf): number {
    for (let i = 0; i < this.#count; i++) {
      this.#return(i, 0, this.#dynptrs(bpf, i * opWords));
      this.#positions(bpf, i);
    }
    return 0;
  }

  #dynptrs(bpf: Bpf, at: number): number {
    const head = this.#op(at);
    const kind = head >>> 24;
    const how = this.#op(at + 1);
    const [low, high] = [this.#op(at + 2), this.#op(at + 3)];
    // 25 bits, 16 bits that straddle the words, 16 bits
    const sizes = [low & 0x1ffffff, ((low >>> 25) | (high << 7)) & 0xffff, (high >>> 9) & 0xffff];
    const [a, b, c, clone] = [bpf.dynptr(), bpf.dynptr(), bpf.dynptr(), bpf.dynptr()];
    let digest = 0;
    digest = mix(digest, bpf.ringbufReserveDynptr(this.#ring, sizes[0] ?? 0, (head >>> 16) & 1, a));
    digest = mix(digest, bpf.ringbufReserveDynptr(this.#ring, sizes[1] ?? 0, 0, b));
    digest = mix(digest, bpf.ringbufReserveDynptr(this.#ring, sizes[2] ?? 0, 0, c));
    digest = this.#exercise(bpf, a, clone, at, digest);
    digest = this.#exercise(bpf, b, undefined, at, digest);
    const release = (d: Dynptr, bits: number) => {
      if (bits & 4) bpf.ringbufDiscardDynptr(d, bits & 3);
      else bpf.ringbufSubmitDynptr(d, bits & 3);
    };
    const order = kind === 0 ? [0, 1, 2] : kind === 1 ? [2, 1, 0] : [1, 0, 2];
    for (const which of order) release([a, b, c][which] as Dynptr, (how >>> (3 * which)) & 7);
    return digest;
  }

  #exercise(bpf: Bpf, d: Dynptr, clone: Dynptr | undefined, at: number, start: number): number {
    const [bLow, bHigh] = [this.#op(at + 4), this.#op(at + 5)];
    const [cLow, cHigh] = [this.#op(at + 6), this.#op(at + 7)];
    const length = bLow & 31;
    const offset = (bLow >>> 8) & 0xffff;
    const seed = ((bLow >>> 24) | (bHigh << 8)) & 4095;
    const target = this.#bytes.subarray(0, length);
    // What returns 32 bits is mixed as such, without a sign in the high word.
    let digest = mixWords(start, bpf.dynptrSize(d) | 0, 0);
    digest = mix(digest, bpf.dynptrIsNull(d) ? 1 : 0);
    digest = mix(digest, bpf.dynptrIsRdonly(d) ? 1 : 0);
    digest = mix(digest, bpf.dynptrWrite(d, offset, this.#pattern.subarray(seed, seed + length), bHigh >>> 31));
    if (cLow & 1) digest = mixWords(digest, bpf.dynptrAdjust(d, cLow >>> 16, cHigh & 0xffff), 0);
    digest = mixWords(digest, bpf.dynptrSize(d) | 0, 0);
    this.#bytes.fill(0);
    digest = mix(digest, bpf.dynptrRead(target, d, offset, (cLow >>> 1) & 1));
    for (let word = 0; word < 24; word += 8) {
      digest = mixWords(digest, this.#view.getInt32(word, true), this.#view.getInt32(word + 4, true));
    }
    const slice = bpf.dynptrData(d, offset, 8);
    digest = mix(digest, slice === null ? 0 : 1);
    if (slice !== null) {
      slice.setUint32(0, bLow, true);
      slice.setUint32(4, bHigh, true);
    }
    if (clone !== undefined && cLow & 4) {
      digest = mixWords(digest, bpf.dynptrClone(d, clone), 0);
      digest = mixWords(digest, bpf.dynptrAdjust(clone, 1, 2), 0);
      digest = mixWords(digest, bpf.dynptrSize(clone) | 0, 0);
      digest = mixWords(digest, bpf.dynptrSize(d) | 0, 0);
    }
    return digest;
  }

  #userOps(bpf: Bpf): number {
    for (let i = 0; i < this.#count; i++) {
      const at = i * opWords;
      const mode = this.#op(at) >>> 24;
      const stop = this.#op(at + 1);
      const seed = this.#op(at + 4);
      let digest = 0;
      let samples = 0;
      const drained = (sample: Dynptr): 0 | 1 => {
        samples++;
        digest = mixWords(digest, bpf.dynptrSize(sample) | 0, 0);
        if (mode & 1) digest = mix(digest, bpf.dynptrWrite(sample, seed & 63, this.#pattern.subarray(0, 8), 0));
        if (mode & 2) digest = mixWords(digest, bpf.dynptrAdjust(sample, seed & 15, 16), 0);
        this.#bytes.fill(0);
        digest = mix(digest, bpf.dynptrRead(this.#bytes.subarray(0, 16), sample, 0, 0));
        for (let word = 0; word < 16; word += 8) {
          digest = mixWords(digest, this.#view.getInt32(word, true), this.#view.getInt32(word + 4, true));
        }
        if (mode & 4)
          digest = mix(
            digest,
            bpf.userRingbufDrain(this.#userRing, () => 0, null, 0),
          );
        return samples === stop ? 1 : 0;
      };
      const returned = bpf.userRingbufDrain(this.#userRing, drained, null, this.#op(at + 2));
      this.#return(i, returned, mix(digest, samples));
      this.results.fill(0, i * resultWords + 2, i * resultWords + 8);
    }
    return 0;
  }

  #fill(sample: Sample, seed: number, size: number): void {
    sample.set(this.#pattern.subarray(seed, seed + size));
  }

  #positions(bpf: Bpf, i: number): void {
    const at = i * resultWords;
    this.#put(at + 2, bpf.ringbufQuery(this.#ring, 2));
    this.#put(at + 4, bpf.ringbufQuery(this.#ring, 3));
    this.#put(at + 6, bpf.ringbufQuery(this.#ring, 0));
  }

  #return(i: number, value: number | bigint, digest: number): void {
    const at = i * resultWords;
    if (typeof value === "bigint") this.#put(at, value);
    else {
      this.results[at] = value;
      this.results[at + 1] = value < 0 ? 0xffffffff : 0;
    }
    this.results[at + 8] = digest;
  }

  #put(at: number, value: bigint): void {
    this.results[at] = Number(value & 0xffffffffn);
    this.results[at + 1] = Number((value >> 32n) & 0xffffffffn);
  }

  #op(at: number): number {
    return this.ops[at] as number;
  }
}
