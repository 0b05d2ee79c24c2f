import { parentPort, workerData } from "node:worker_threads";
import { RingBufReader } from "@rbgen/runtime";
import { type Lease, type Leased, noLease, type RecordCodec, takeLease } from "@rbgen/runtime/codegen/v1";
import { attachRingBuf, type EmulatedHandle, EmulatedKernel } from "@rbgen/runtime/emulated";
import { RingBuffer } from "ringbuf.js";
import { recordBytes, type ThreadJob, type ThreadReport } from "./emulated-threads-job.ts";

const noWakeup = 1;
const outputsPerRun = 256;
const pauseSpins = 2000;

/**
 * What every loop here does when it found the ring empty or full, about a microsecond: one that looks again at once takes
 * the other thread's cache line away each time it stores to it.
 */
function pause(): void {
  for (let spin = 0; spin < pauseSpins; spin += 1);
}

/** Cursor over a record's time and sequence number, as generated code has it. */
class RecordView implements Leased {
  #lease: Lease = noLease;

  get sequence(): number {
    return this.#live().getUint32(this.#lease.offset, true);
  }

  get pid(): number {
    return this.#live().getUint32(this.#lease.offset + 4, true);
  }

  #live(): DataView {
    if (this.#lease.view === null) throw new Error("the view is dead");
    return this.#lease.view;
  }

  [takeLease](lease: Lease): boolean {
    this.#lease = lease;
    return false;
  }
}

const refuse = (): never => {
  throw new Error("not measured here");
};

const codec: RecordCodec<never, never, RecordView> = {
  name: "record",
  size: recordBytes,
  minByteLength: recordBytes,
  layout: { name: "record", size: recordBytes, endian: "little", leaves: [] },
  layoutHash: "",
  endian: "little",
  decode: refuse,
  encode: refuse,
  byteLengthOf: refuse,
  toJSON: refuse,
  createView: () => new RecordView(),
  createWriter: refuse,
};

function produceOurs(handle: EmulatedHandle, total: number): void {
  const map = attachRingBuf(handle);
  const record = new Uint8Array(recordBytes).fill(7);
  const view = new DataView(record.buffer);
  let sequence = 0;
  const program = new EmulatedKernel().loadProgram({
    type: "syscall",
    run(bpf) {
      for (let made = 0; made < outputsPerRun && sequence < total; ) {
        view.setUint32(0, sequence, true);
        if (bpf.ringbufOutput(map, record, noWakeup) !== 0) return 1;
        sequence += 1;
        made += 1;
      }
      return 0;
    },
  });
  while (sequence < total) if (program.run().returnValue !== 0) pause();
}

function consumeOurs(handle: EmulatedHandle, counter: Counter): void {
  const reader = new RingBufReader(attachRingBuf(handle), codec);
  while (!counter.done) {
    if (reader.consumeViews((record) => counter.take(record.sequence, record.pid)) === 0) pause();
  }
  reader.close();
}

function producePeer(storage: SharedArrayBuffer, total: number): void {
  const ring = new RingBuffer(storage, Uint8Array);
  const record = new Uint8Array(recordBytes).fill(7);
  const view = new DataView(record.buffer);
  for (let sequence = 0; sequence < total; ) {
    view.setUint32(0, sequence, true);
    // a push writes what fits
    if (ring.availableWrite() < recordBytes) {
      pause();
      continue;
    }
    ring.push(record);
    sequence += 1;
  }
}

function consumePeer(storage: SharedArrayBuffer, counter: Counter): void {
  const ring = new RingBuffer(storage, Uint8Array);
  const record = new Uint8Array(recordBytes);
  const view = new DataView(record.buffer);
  while (!counter.done) {
    if (ring.availableRead() < recordBytes) {
      pause();
      continue;
    }
    ring.pop(record);
    counter.take(view.getUint32(0, true), view.getUint32(4, true));
  }
}

/** Checks every record, and takes the time from the end of the warm-up on. */
class Counter {
  readonly #warm: number;
  readonly #total: number;
  #next = 0;
  #start = 0;
  #wrong = 0;
  done = false;

  constructor(warm: number, total: number) {
    this.#warm = warm;
    this.#total = total;
  }

  take(sequence: number, pid: number): void {
    if (sequence !== this.#next || pid !== 0x07070707) this.#wrong += 1;
    this.#next += 1;
    if (this.#next === this.#warm) this.#start = performance.now();
    if (this.#next === this.#total) this.done = true;
  }

  report(): ThreadReport {
    const seconds = (performance.now() - this.#start) / 1000;
    return { perSecond: (this.#total - this.#warm) / seconds, wrong: this.#wrong };
  }
}

const { role, ring, warm, total } = workerData as ThreadJob;
if (role === "producer") {
  if (ring.backend === "rbgen.emulated.v1") produceOurs(ring, total);
  else producePeer(ring.storage, total);
} else {
  const counter = new Counter(warm, total);
  if (ring.backend === "rbgen.emulated.v1") consumeOurs(ring, counter);
  else consumePeer(ring.storage, counter);
  parentPort?.postMessage(counter.report());
}
