import { DecodeError, type RecordCodec } from "@rbgen/runtime";

/** Cuts the output of an iterator into items, however read(2) cut it. */
export interface Items<Item> {
  /** Items that are whole with `chunk`; what is left of it waits for the next one. */
  take(chunk: Uint8Array): Iterable<Item>;
  /** What is left at the end. */
  end(): Iterable<Item>;
}

/** Records of a codec of fixed size, one behind the other. */
export class RecordItems<Out> implements Items<Out> {
  readonly #codec: RecordCodec<Out, never>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(codec: RecordCodec<Out, never>) {
    this.#codec = codec;
  }

  *take(chunk: Uint8Array): Iterable<Out> {
    const { size } = this.#codec;
    const bytes = joined(this.#left, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (; at + size <= bytes.byteLength; at += size) yield this.#codec.decode(view, at, size);
    this.#left = bytes.slice(at);
  }

  /** @throws DecodeError where the output ended within a record. */
  end(): Iterable<Out> {
    const { name, size } = this.#codec;
    const { byteLength } = this.#left;
    if (byteLength === 0) return [];
    throw new DecodeError(
      name,
      size,
      byteLength,
      "",
      `the output ends after ${byteLength} of ${size} bytes of a record`,
    );
  }
}

/** Lines of text, without their ends. */
export class LineItems implements Items<string> {
  #left: Uint8Array = new Uint8Array(0);

  *take(chunk: Uint8Array): Iterable<string> {
    const bytes = joined(this.#left, chunk);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield textOf(bytes.subarray(from, end));
      from = end + 1;
    }
    this.#left = bytes.slice(from);
  }

  end(): Iterable<string> {
    return this.#left.byteLength > 0 ? [textOf(this.#left)] : [];
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function joined(before: Uint8Array, behind: Uint8Array): Uint8Array {
  if (before.byteLength === 0) return behind;
  const whole = new Uint8Array(before.byteLength + behind.byteLength);
  whole.set(before);
  whole.set(behind, before.byteLength);
  return whole;
}
