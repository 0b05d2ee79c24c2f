import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import {
  type Bpf,
  EmulatedKernel,
  type EmulatedKernelOptions,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
} from "@rbgen/runtime/emulated";
import { EmulatedRings } from "./emulated-rings.ts";
import type { BatchRecord, Commit, Drained, DrainOptions, KernelSide, ReserveOptions } from "./kernel-side.ts";

const head = 64;
const seen = 64;

/** The emulated kernel's end of the contract: each operation is one run of a program. */
export function emulatedKernelSide(options: EmulatedKernelOptions = {}): KernelSide {
  return new EmulatedKernelSide(new EmulatedKernel(options), options.kernelVersion === "6.19");
}

class EmulatedKernelSide extends EmulatedRings implements KernelSide {
  readonly pageSize: number;
  readonly overwrite: boolean;
  readonly #kernel: EmulatedKernel;

  constructor(kernel: EmulatedKernel, overwrite: boolean) {
    super(kernel);
    this.#kernel = kernel;
    this.pageSize = kernel.pageSize;
    this.overwrite = overwrite;
  }

  output(map: RingBufMap, bytes: Uint8Array, flags: number): number {
    return this.#run((bpf) => bpf.ringbufOutput(map as EmulatedRingBuf, bytes, flags));
  }

  query(map: RingBufMap, what: number): bigint {
    return this.#run((bpf) => bpf.ringbufQuery(map as EmulatedRingBuf, what));
  }

  reserve(map: RingBufMap, size: number, commit: Commit, options: ReserveOptions = {}): boolean {
    const { reserveFlags = 0, fill } = options;
    return this.#run((bpf) => {
      const sample = bpf.ringbufReserve(map as EmulatedRingBuf, size, reserveFlags);
      if (sample === null) return false;
      if (fill !== undefined) sample.set(new Uint8Array(size).fill(fill));
      if (commit.how === "submit") bpf.ringbufSubmit(sample, commit.flags);
      else bpf.ringbufDiscard(sample, commit.flags);
      return true;
    });
  }

  batch(map: RingBufMap, records: readonly BatchRecord[], order: "forward" | "reverse"): number[] {
    return this.#run((bpf) => {
      const made = records.map((record) => {
        const dynptr = bpf.dynptr();
        return { record, dynptr, returned: bpf.ringbufReserveDynptr(map as EmulatedRingBuf, record.size, 0, dynptr) };
      });
      for (const { record, dynptr } of made) {
        if (record.bytes !== undefined) bpf.dynptrWrite(dynptr, 0, record.bytes, 0);
      }
      for (const { record, dynptr } of order === "forward" ? made : made.slice().reverse()) {
        if (record.commit.how === "submit") bpf.ringbufSubmitDynptr(dynptr, record.commit.flags);
        else bpf.ringbufDiscardDynptr(dynptr, record.commit.flags);
      }
      return made.map(({ returned }) => returned);
    });
  }

  drain(map: UserRingBufMap, options: DrainOptions = {}): Drained {
    const samples: { byteLength: number; head: Uint8Array }[] = [];
    const ring = map as EmulatedUserRingBuf;
    let count = 0;
    let nested: number | undefined;
    const returned = this.#run((bpf) =>
      bpf.userRingbufDrain(
        ring,
        (sample) => {
          count += 1;
          const byteLength = bpf.dynptrSize(sample);
          const copy = new Uint8Array(Math.min(byteLength, head));
          bpf.dynptrRead(copy, sample, 0, 0);
          if (samples.length < seen) samples.push({ byteLength, head: copy });
          if (options.overwrite !== undefined) bpf.dynptrWrite(sample, 0, Uint8Array.of(options.overwrite), 0);
          if (options.replyTo !== undefined) {
            bpf.ringbufOutput(options.replyTo as EmulatedRingBuf, copy.subarray(0, 8), 0);
          }
          if (options.nested) nested = bpf.userRingbufDrain(ring, () => 0, null, 0);
          return count === options.stopAt ? 1 : 0;
        },
        null,
        options.flags ?? 0,
      ),
    );
    return nested === undefined ? { returned, samples } : { returned, samples, nested };
  }

  #run<T>(body: (bpf: Bpf) => T): T {
    const results: T[] = [];
    this.#kernel
      .loadProgram({
        type: "syscall",
        run(bpf) {
          results.push(body(bpf));
          return 0;
        },
      })
      .run();
    return results[0] as T;
  }
}
