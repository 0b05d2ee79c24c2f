import { parentPort, workerData } from "node:worker_threads";
import { RingBufReader } from "@rbgen/runtime";
import type { RecordCodec } from "@rbgen/runtime/codegen/v1";
import { attachRingBuf, type Bpf, EmulatedKernel, SeededRandom } from "@rbgen/runtime/emulated";
import { type SoakJob, type SoakReport, soakByte, soakLength } from "./soak-job.ts";

/** Far longer than a wake-up takes on a machine whose cores are all busy: only one that is lost lasts as long. */
const wakeupMs = 120_000;
const forceWakeup = 2;
const refuse = (): never => {
  throw new Error("not used here");
};

const codec: RecordCodec<DataView> = {
  name: "record",
  size: 0,
  minByteLength: 0,
  layout: {
    name: "record",
    size: 0,
    endian: "little",
    leaves: [{ path: "bytes", bitOffset: 0, bitSize: 8, class: "bytes", count: 0, stride: 8 }],
  },
  layoutHash: "",
  endian: "little",
  decode: (view, offset = 0, byteLength = 0) => new DataView(view.buffer, view.byteOffset + offset, byteLength),
  encode: refuse,
  byteLengthOf: refuse,
  toJSON: refuse,
  createView: refuse,
  createWriter: refuse,
};

/** Records by every way that a program has, some of them discarded, until there were enough. */
function produce({ ring, producer, records, seed, totals }: SoakJob): void {
  const map = attachRingBuf(ring);
  const random = new SeededRandom(seed + producer);
  let sequence = 0;
  const kernel = new EmulatedKernel({ endian: "little" });
  const last = (bpf: Bpf): number => {
    const dynptr = bpf.dynptr();
    const reserved = bpf.ringbufReserveDynptr(map, 0, 0, dynptr);
    bpf.ringbufDiscardDynptr(dynptr, forceWakeup);
    return reserved;
  };
  const program = kernel.loadProgram({
    type: "syscall",
    run(bpf) {
      const byteLength = soakLength(producer, sequence);
      const bytes = new Uint8Array(byteLength);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, producer, true);
      view.setUint32(4, sequence, true);
      for (let index = 8; index < byteLength; index += 1) bytes[index] = soakByte(producer, sequence, index);
      const way = random.next();
      if (way < 0.4) return bpf.ringbufOutput(map, bytes, 0) === 0 ? 1 : 0;
      if (way < 0.7) {
        const sample = bpf.ringbufReserve(map, byteLength, 0);
        if (sample === null) return 0;
        sample.set(bytes);
        bpf.ringbufSubmit(sample, 0);
        return 1;
      }
      const dynptr = bpf.dynptr();
      const reserved = bpf.ringbufReserveDynptr(map, byteLength, 0, dynptr) === 0;
      if (!reserved || way < 0.8) {
        bpf.ringbufDiscardDynptr(dynptr, 0);
        return 0;
      }
      bpf.dynptrWrite(dynptr, 0, bytes, 0);
      bpf.ringbufSubmitDynptr(dynptr, 0);
      return 1;
    },
  });
  while (sequence < records) {
    for (let run = 0; run < 100; run += 1) if (program.run().returnValue === 1) sequence += 1;
    // now and then the reader catches up, and has to sleep and be woken
    if (random.next() < 0.02) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  Atomics.store(totals, 2 * producer, sequence);
  Atomics.store(totals, 2 * producer + 1, 1);
  // so that the consumer does not wait for more
  kernel.loadProgram({ type: "syscall", run: (bpf) => last(bpf) }).run();
}

function consume({ ring, producers, totals }: SoakJob): SoakReport {
  const reader = new RingBufReader(attachRingBuf(ring), codec);
  const next = new Array<number>(producers).fill(0);
  let [delivered, lost, duplicates, torn, lostWakeups] = [0, 0, 0, 0, 0];
  const take = (record: DataView): void => {
    delivered += 1;
    const producer = record.byteLength < 8 ? producers : record.getUint32(0, true);
    const expected = next[producer];
    const sequence = expected === undefined ? 0 : record.getUint32(4, true);
    if (expected === undefined || record.byteLength !== soakLength(producer, sequence)) {
      torn += 1;
      return;
    }
    for (let index = 8; index < record.byteLength; index += 1) {
      if (record.getUint8(index) === soakByte(producer, sequence, index)) continue;
      torn += 1;
      return;
    }
    if (sequence < expected) duplicates += 1;
    else {
      lost += sequence - expected;
      next[producer] = sequence + 1;
    }
  };
  const missing = (): number =>
    next.reduce((sum, seen, producer) => sum + Math.max(0, Atomics.load(totals, 2 * producer) - seen), 0);
  for (;;) {
    const started = performance.now();
    const final = next.every((_, producer) => Atomics.load(totals, 2 * producer + 1) === 1);
    if (final && missing() === 0) break;
    const count = reader.pollSync(take, { timeoutMs: wakeupMs });
    if (count > 0 && performance.now() - started >= wakeupMs) lostWakeups += 1;
    if (final && count === 0) break;
  }
  reader.close();
  return { delivered, lost: lost + missing(), duplicates, torn, lostWakeups };
}

const job = workerData as SoakJob;
if (job.role === "producer") {
  produce(job);
  parentPort?.postMessage("done");
} else {
  parentPort?.postMessage(consume(job));
}
