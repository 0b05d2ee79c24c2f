import { CorruptRingError, RingBufError, UserRingBufWriter } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { BrokenPromise, type Target } from "../engine/target.ts";
import { fill, ringBytes, ringOf } from "./ring-memory.ts";

const mostSamples = 128 * 1024;

/** What a drain has to do, by the rules of `bpf_user_ringbuf_drain` of kernel/bpf/ringbuf.c. */
function expected(
  consumer: bigint,
  producer: bigint,
  data: Uint8Array,
  stopAt: number,
): { samples: Uint8Array[]; result: number; consumer: bigint } {
  const samples: Uint8Array[] = [];
  const words = new DataView(data.buffer);
  let at = consumer;
  let discarded = 0;
  const end = (result: number) => ({ samples, result, consumer: at });
  while (samples.length + discarded < mostSamples) {
    if (producer % 8n !== 0n) return end(-22);
    if (at >= producer) break;
    const offset = Number(at % BigInt(ringBytes)) & ~3;
    const header = words.getUint32(offset, true);
    const byteLength = header & 0x3fff_ffff;
    const step = BigInt((byteLength + 15) & ~7);
    if (step > producer - at) return end(-22);
    if (step > BigInt(ringBytes)) return end(-7);
    if (((header >>> 30) & 1) === 1) {
      discarded += 1;
      at += step;
      continue;
    }
    if (header >>> 31 === 1) break;
    const start = (Number(at % BigInt(ringBytes)) + 8) % ringBytes;
    samples.push(Uint8Array.from({ length: byteLength }, (_, i) => data[(start + i) % ringBytes]!));
    at += step;
    if (samples.length === stopAt) break;
  }
  return end(samples.length);
}

/** Whatever lies in a user ring, a drain does what the kernel's would, and a writer goes on or refuses it. */
export const target: Target = {
  grammar: {
    kind: "binary",
    dictionary: ["\0\0\0\x80", "\0\0\0\x40", "\x10\0\0\0\0\0\0\0", "\0\x10\0\0\0\0\0\0"],
    longest: 4120,
  },
  work: { base: 3_000_000, perByte: 20_000 },
  run(input) {
    const ring = ringOf(input);
    // The kernel alone writes the consumer position: it is aligned, whatever the peer does.
    const consumer = ring.consumer & ~7n;
    // A ring of records without a payload goes round and round, up to the kernel's limit: each round is the same.
    const producer =
      ring.producer - consumer > 1n << 16n && ring.producer > consumer
        ? consumer + (ring.producer % (1n << 16n))
        : ring.producer;
    const stopAt = ring.choices % 4 === 0 ? 1 + (ring.choices >> 4) : Number.POSITIVE_INFINITY;
    const kernel = new EmulatedKernel({ endian: "little" });
    const map = kernel.createUserRingBuf({ name: "fuzz", maxEntries: ringBytes });
    fill(map.handle().buffer, { ...ring, consumer, producer });
    const want = expected(consumer, producer, ring.data, stopAt);
    const got: Uint8Array[] = [];
    const program = kernel.loadProgram({
      type: "syscall",
      run: (bpf) =>
        bpf.userRingbufDrain(
          map,
          (sample) => {
            const copy = new Uint8Array(bpf.dynptrSize(sample));
            bpf.dynptrRead(copy, sample, 0, 0);
            got.push(copy);
            return got.length === stopAt ? 1 : 0;
          },
          null,
          0,
        ),
    });
    const { returnValue } = program.run();
    if (returnValue !== want.result)
      throw new BrokenPromise(`the drain gave ${returnValue}, the kernel's rules ${want.result}`);
    const same =
      got.length === want.samples.length && got.every((bytes, i) => Buffer.compare(bytes, want.samples[i]!) === 0);
    if (!same) throw new BrokenPromise(`${got.length} samples, and the kernel's rules give ${want.samples.length}`);
    const end = new BigUint64Array(map.handle().buffer, 4096, 1)[0]!;
    if (end !== want.consumer)
      throw new BrokenPromise(`the consumer is at ${end}, by the kernel's rules at ${want.consumer}`);
    const writer = new UserRingBufWriter(map, anyBytes);
    try {
      writer.tryWrite(new Uint8Array(8));
    } catch (error) {
      if (!(error instanceof CorruptRingError || error instanceof RingBufError)) throw error;
    }
    writer.close();
  },
};
