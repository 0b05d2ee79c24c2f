import { abortReason } from "../abort-reason.ts";
import type { RingBufMap } from "../backend.ts";
import { plainBytes } from "../checked-bytes.ts";
import { integer, shown } from "../checked-number.ts";
import { object, signalOf } from "../checked-object.ts";
import type { RecordCodec } from "../codec.ts";
import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from "../constants.ts";
import { invalid, type RingBufError, UnsupportedError } from "../errors.ts";
import { RingBufReader } from "../reader.ts";
import { footprint } from "../ring/header.ts";
import type { PollOptions } from "../waiting.ts";
import { type Clock, checkedClock, machineClock } from "./clock.ts";
import { type EmulatedRingBuf, insideRingBuf } from "./ringbuf.ts";

// File: 8 bytes "rbgencap", u32 version, u32 0; then per record f64 milliseconds since the first, u32 length, u32 0,
// payload, padding to 8. All little-endian.
const magic = 0x7061_636e_6567_6272n; // the first 8 bytes, in the file's order
const version = 1;
const fileHeader = 16;
const recordHeader = 16;

/** One sample of a capture. */
export interface CapturedRecord {
  /** Milliseconds since the first one. */
  readonly timeMs: number;
  /** The sample, without its header. */
  readonly bytes: Uint8Array;
}

/** Reads a ring of any backend, as its reader, and keeps every sample with its time. */
export class RingCapture {
  readonly #reader: RingBufReader<Uint8Array>;
  readonly #clock: Clock;
  readonly #records: CapturedRecord[] = [];
  #start: number | undefined;

  /** @throws RingBufError EBUSY if the map has a reader. */
  constructor(map: RingBufMap, options: { readonly clock?: Clock } = {}) {
    this.#clock = checkedClock(object(options, "options").clock ?? machineClock);
    object(map, "the map");
    this.#reader = new RingBufReader(map, sampleBytes(map.endian));
  }

  /** Samples so far. */
  get length(): number {
    return this.#records.length;
  }

  /** Takes what is there now; the number of samples taken. */
  take(): number {
    return this.#reader.consume((bytes) => this.#keep(bytes));
  }

  /** Waits for samples as `RingBufReader.poll` does, and takes them; their number, 0 at the timeout. */
  poll(options?: PollOptions): Promise<number> {
    return this.#reader.poll((bytes) => this.#keep(bytes), options);
  }

  /** The capture as a file's bytes. */
  toBytes(): Uint8Array {
    const size = this.#records.reduce((sum, { bytes }) => sum + recordHeader + padded(bytes.length), fileHeader);
    const file = new Uint8Array(size);
    const view = new DataView(file.buffer);
    view.setBigUint64(0, magic, true);
    view.setUint32(8, version, true);
    let at = fileHeader;
    for (const { timeMs, bytes } of this.#records) {
      view.setFloat64(at, timeMs, true);
      view.setUint32(at + 8, bytes.length, true);
      file.set(bytes, at + recordHeader);
      at += recordHeader + padded(bytes.length);
    }
    return file;
  }

  /** Gives the map back. */
  close(): void {
    this.#reader.close();
  }

  #keep(bytes: Uint8Array): void {
    const now = this.#clock.now();
    this.#start ??= now;
    this.#records.push({ timeMs: now - this.#start, bytes });
  }
}

/**
 * The samples of a capture file.
 * @throws RingBufError EINVAL where it is not one, with the offset.
 */
export function* readCapture(file: Uint8Array): Generator<CapturedRecord, undefined> {
  const bytes = plainBytes(file, "a capture");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  const broken = (at: number, what: string): RingBufError => invalid(`capture: ${what} at byte ${at}`);
  if (end < fileHeader || view.getBigUint64(0, true) !== magic) throw broken(0, "no capture begins");
  if (view.getUint32(8, true) !== version) throw broken(8, `version ${view.getUint32(8, true)} is unknown`);
  let last = 0;
  for (let at = fileHeader; at < end; ) {
    if (bytes.length !== end) throw broken(at, "its bytes are gone");
    if (end - at < recordHeader) throw broken(at, "half a record header");
    const timeMs = view.getFloat64(at, true);
    const length = view.getUint32(at + 8, true);
    if (!(timeMs >= last && timeMs < Number.POSITIVE_INFINITY)) throw broken(at, `time ${timeMs} goes back`);
    if (padded(length) > end - at - recordHeader) throw broken(at + 8, `${length} bytes reach beyond the end`);
    last = timeMs;
    yield { timeMs, bytes: bytes.slice(at + recordHeader, at + recordHeader + length) };
    at += recordHeader + padded(length);
  }
}

/** How a capture is replayed. */
export interface ReplayOptions {
  /** "original": each sample at its time, dropped where the ring is full, as a kernel does. "full": as fast as the reader makes room. */
  readonly speed: "original" | "full";
  /** What the pauses between samples are measured by; the machine's unless told. */
  readonly clock?: Clock;
  /** Flags of each output: `BPF_RB_NO_WAKEUP`, `BPF_RB_FORCE_WAKEUP`; adaptive unless told. */
  readonly flags?: number;
  /** Ends the replay, which then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Produces the samples of a capture into an emulated ring.
 * @throws RingBufError EINVAL for a broken file; the signal's reason.
 */
export async function replayCapture(
  file: Uint8Array,
  map: EmulatedRingBuf,
  options: ReplayOptions,
): Promise<{ readonly replayed: number; readonly dropped: number }> {
  const { speed, clock: given = machineClock, flags = 0, signal } = object(options, "options");
  const clock = checkedClock(given);
  const ring = insideRingBuf(map);
  if (ring === undefined) throw invalid("a capture is replayed into an emulated ring");
  integer(flags, "flags", 0, BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP);
  if (speed !== "original" && speed !== "full") throw invalid(`speed is ${shown(speed)}: "original" or "full"`);
  signalOf(signal);
  const start = clock.now();
  let replayed = 0;
  let dropped = 0;
  for (const { timeMs, bytes } of readCapture(file)) {
    signal?.throwIfAborted();
    if (speed === "original") await until(clock, start + timeMs, signal);
    const reserve = (): number => (ring.faulted(bytes.length) ? -1 : ring.reserve(bytes.length));
    let offset = reserve();
    const canFit = footprint(bytes.length) < map.maxEntries;
    while (speed === "full" && offset < 0 && canFit) {
      await until(clock, clock.now() + 1, signal);
      offset = reserve();
    }
    if (offset < 0) {
      dropped += 1;
      continue;
    }
    ring.store(offset, bytes);
    ring.commit(offset, bytes.length, false, flags);
    replayed += 1;
  }
  return { replayed, dropped };
}

function until(clock: Clock, at: number, signal: AbortSignal | undefined): Promise<void> {
  const ms = at - clock.now();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(abortReason(signal));
    };
    const cancel = clock.schedule(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Codec of samples as they are. */
function sampleBytes(endian: "little" | "big"): RecordCodec<Uint8Array> {
  const noCursor = (): never => {
    throw new UnsupportedError("captured bytes have no view");
  };
  const leaves = [{ path: "", bitOffset: 0, bitSize: 8, class: "bytes", count: 0, stride: 8 } as const];
  return {
    name: "bytes",
    size: 0,
    minByteLength: 0,
    endian,
    layoutHash: "",
    layout: { name: "bytes", size: 0, endian, leaves },
    decode(view, offset = 0, byteLength = view.byteLength - offset) {
      const bytes = new Uint8Array(byteLength);
      bytes.set(new Uint8Array(view.buffer, view.byteOffset + offset, byteLength));
      return bytes;
    },
    encode: noCursor,
    byteLengthOf: (bytes) => bytes.length,
    toJSON: (bytes) => [...bytes],
    createView: noCursor,
    createWriter: noCursor,
  };
}
