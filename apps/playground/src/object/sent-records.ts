import { type JsonValue, PerfEventReader, type RecordCodec, RingBufReader } from "@rbgen/runtime";
import type { VmObject } from "@rbgen/vm";
import { hexOf } from "../codec/hex.ts";

/** A record that a program sent. */
export interface SentRecord {
  readonly map: string;
  /** As its codec's JSON; in hex where nothing says what it is. */
  readonly value: JsonValue;
}

/** Samples of maps of which nothing says what they carry. */
const bytesCodec: RecordCodec<unknown> = {
  name: "bytes",
  size: 0,
  minByteLength: 0,
  layout: { name: "bytes", size: 0, endian: "little", leaves: [] },
  layoutHash: "",
  endian: "little",
  decode: (view, offset = 0, byteLength = view.byteLength - offset) =>
    new Uint8Array(view.buffer, view.byteOffset + offset, byteLength).slice(),
  encode: () => 0,
  byteLengthOf: (bytes) => (bytes as Uint8Array).byteLength,
  toJSON: (bytes) => hexOf(bytes as Uint8Array),
  createView: () => undefined,
  createWriter: () => undefined,
};

/** Reads the rings and perf event arrays of an object, as their one reader. */
export class SentRecords {
  readonly #found: SentRecord[] = [];
  readonly #drains: readonly (() => void)[];

  constructor(object: VmObject, codecs: ReadonlyMap<string, RecordCodec<unknown>>) {
    this.#drains = object.maps.flatMap(({ name, type }) => {
      if (type !== "ringbuf" && type !== "perf_event_array") return [];
      const codec = codecs.get(name) ?? bytesCodec;
      const take = (value: JsonValue): void => void this.#found.push({ map: name, value });
      const options = {
        onDecodeError: (error: Error, bytes: Uint8Array) => take(`${error.message}: ${hexOf(bytes)}`),
      };
      const reader =
        type === "ringbuf"
          ? new RingBufReader(object.ringBuf(name), codec, options)
          : new PerfEventReader(object.perfEventArray(name), codec, options);
      return [() => void reader.consume((record) => take(codec.toJSON(record)))];
    });
  }

  /** What was sent since the last call, map by map. */
  take(): readonly SentRecord[] {
    for (const drain of this.#drains) drain();
    return this.#found.splice(0);
  }
}
