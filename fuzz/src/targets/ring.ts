import { DecodeError, RingBufError, RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { BrokenPromise, type Target } from "../engine/target.ts";
import { fill, ringBytes, ringOf } from "./ring-memory.ts";

/** What a reader has to hand out, by the rules of libbpf's `ringbuf_process_ring`, and whether it has to refuse the ring. */
function expected(consumer: bigint, producer: bigint, data: Uint8Array): { samples: Uint8Array[]; refused: boolean } {
  const samples: Uint8Array[] = [];
  if (producer === consumer) return { samples, refused: false };
  const sound = (producer | consumer) % 8n === 0n && producer > consumer && producer - consumer <= BigInt(ringBytes);
  if (!sound) return { samples, refused: true };
  const words = new DataView(data.buffer);
  for (let at = consumer; at < producer; ) {
    const offset = Number(at % BigInt(ringBytes));
    const header = words.getUint32(offset, true);
    if (header >>> 31 === 1) break;
    const byteLength = header & 0x3fff_ffff;
    const step = BigInt(Math.ceil((byteLength + 8) / 8) * 8);
    if (at + step > producer) return { samples, refused: true };
    const sample = Uint8Array.from({ length: byteLength }, (_, i) => data[(offset + 8 + i) % ringBytes]!);
    if (((header >>> 30) & 1) === 0) samples.push(sample);
    at += step;
  }
  return { samples, refused: false };
}

/** Whatever lies in a ring, a reader hands out what libbpf would, or refuses it by a CorruptRingError, and ends. */
export const target: Target = {
  grammar: {
    kind: "binary",
    dictionary: ["\0\0\0\x80", "\0\0\0\x40", "\x10\0\0\0\0\0\0\0", "\0\x10\0\0\0\0\0\0"],
    longest: 4120,
  },
  work: { base: 500_000, perByte: 20_000 },
  run(input) {
    const ring = ringOf(input);
    const kernel = new EmulatedKernel({ endian: "little" });
    const map = kernel.createRingBuf({ name: "fuzz", maxEntries: ringBytes });
    fill(map.handle().buffer, ring);
    // The emulated ring holds the bytes at its start twice, where a kernel maps them twice.
    new Uint8Array(map.handle().buffer, 3 * 4096 + ringBytes, ringBytes).set(ring.data);
    const want = expected(ring.consumer, ring.producer, ring.data);
    const reader = new RingBufReader(map, anyBytes);
    const got: Uint8Array[] = [];
    let refused = false;
    try {
      if ((ring.choices & 1) === 0) reader.consume((bytes) => void got.push(bytes));
      else reader.consumeViews((view) => void got.push(view.bytes));
    } catch (error) {
      if (error instanceof DecodeError || !(error instanceof RingBufError)) throw error;
      if (error.code !== "ERR_RINGBUF_CORRUPT") throw error;
      refused = true;
    }
    if (refused !== want.refused)
      throw new BrokenPromise(`refused: ${refused}, and libbpf's rules say ${want.refused}`);
    const same =
      got.length === want.samples.length && got.every((bytes, i) => Buffer.compare(bytes, want.samples[i]!) === 0);
    if (!same) throw new BrokenPromise(`${got.length} samples, and libbpf's rules give ${want.samples.length}`);
    void reader.stats();
    reader.close();
  },
};
