import type { RecordCodec } from "@rbgen/runtime";
import { type Decoded, decodeSample } from "./decoded.ts";

/** What is known of a record before a sample of it is. */
export interface RecordInfo {
  readonly name: string;
  /** Bytes of a sample: without, and with what is there in any. */
  readonly size: number;
  readonly minByteLength: number;
}

/** Decodes samples, here or elsewhere. */
export interface Decoder {
  /** Records of any kind of a map first. */
  readonly records: readonly RecordInfo[];
  /** Each sample as its record's JSON; resolves with undefined where other records took the place of these meanwhile. */
  decode(record: string, samples: readonly Uint8Array[], indent: number): Promise<readonly Decoded[] | undefined>;
}

/** What is known of the records of codecs. */
export function recordsOf(codecs: readonly RecordCodec<unknown>[]): readonly RecordInfo[] {
  return codecs.map(({ name, size, minByteLength }) => ({ name, size, minByteLength }));
}

/** Decodes samples of one record by the codec of its name; undefined where there is none. */
export function decodeBy(
  codecs: readonly RecordCodec<unknown>[],
  record: string,
  samples: readonly Uint8Array[],
  indent: number,
): readonly Decoded[] | undefined {
  const codec = codecs.find(({ name }) => name === record);
  return codec && samples.map((bytes) => decodeSample(codec, bytes, indent));
}

/** Decodes here. */
export function decoderOf(codecs: readonly RecordCodec<unknown>[]): Decoder {
  return {
    records: recordsOf(codecs),
    decode: (record, samples, indent) => Promise.resolve(decodeBy(codecs, record, samples, indent)),
  };
}
