import { memoryOf } from "../checked-bytes.ts";
import { shown } from "../checked-number.ts";
import type { Reference } from "./reference.ts";

/** `DataView` to extend in a form that TypeScript takes before and after 5.7, where it became generic. */
const Memory: new (buffer: ArrayBufferLike, byteOffset: number, byteLength: number) => DataView = DataView;

/** What a `DataView` has a getter and a setter of, and its bytes. */
const accessed = {
  Int8: 1,
  Uint8: 1,
  Int16: 2,
  Uint16: 2,
  Int32: 4,
  Uint32: 4,
  Float32: 4,
  Float64: 8,
  BigInt64: 8,
  BigUint64: 8,
} as const;

/**
 * Memory that a helper gave a program: a reserved record, or a slice of a dynptr. Every access is checked as the
 * verifier would: inside the memory, and before its end. What is written reaches the ring when the record is committed.
 */
export class Sample extends Memory {
  readonly #reference: Reference;
  readonly #writable: boolean;

  /** @internal */
  constructor(reference: Reference, buffer: ArrayBufferLike, byteOffset: number, byteLength: number, writable = true) {
    super(buffer, byteOffset, byteLength);
    this.#reference = reference;
    this.#writable = writable;
  }

  /** Copies `bytes` to `offset`, as a whole: they have to fit. */
  set(bytes: ArrayLike<number>, offset = 0): void {
    const given = memoryOf(bytes as Uint8Array) ?? this.#copyOf(bytes);
    this.#store(offset, given.length);
    new Uint8Array(this.buffer, this.byteOffset, this.byteLength).set(given, offset);
  }

  /** Of a list of integers, each looked at once. */
  #copyOf(list: ArrayLike<number>): Uint8Array {
    const { refusal } = this.#reference;
    const length = typeof list === "object" && list !== null ? list.length : undefined;
    if (!(Number.isInteger(length) && (length as number) >= 0 && (length as number) <= this.byteLength)) {
      refusal.refuse("EACCES", `R1 is ${shown(list)} of length ${shown(length)}, which has no room or is no bytes`);
    }
    return Uint8Array.from({ length: length as number }, (_, index) => {
      const value = list[index];
      if (!Number.isInteger(value)) refusal.refuse("EACCES", `R1 has ${shown(value)} at ${index}, which is no byte`);
      return value as number;
    });
  }

  #store(offset: number, byteLength: number): void {
    if (!this.#writable) this.#reference.refusal.refuse("EACCES", "R0 cannot write into rdonly_mem");
    this.#load(offset, byteLength);
  }

  #load(offset: number, byteLength: number): void {
    const { alive, refusal } = this.#reference;
    if (!alive) refusal.refuse("EACCES", "R0 invalid mem access 'scalar'");
    if (!Number.isInteger(offset)) refusal.refuse("EACCES", `R0 off type=${typeof offset} is not a known constant`);
    if (!(offset >= 0 && offset + byteLength <= this.byteLength)) {
      refusal.refuse(
        "EACCES",
        `R0 off=${offset} size=${byteLength}: R0 min value is outside of the allowed memory range, mem_size=${this.byteLength}`,
      );
    }
  }

  static {
    for (const type of Object.keys(accessed) as (keyof typeof accessed)[]) {
      const bytes = accessed[type];
      const takes = stored(type);
      const load = DataView.prototype[`get${type}`] as (offset: number, littleEndian?: boolean) => unknown;
      const store = DataView.prototype[`set${type}`] as (
        offset: number,
        value: unknown,
        littleEndian?: boolean,
      ) => void;
      const accessors: ThisType<Sample> & Record<string, unknown> = {
        [`get${type}`](offset: number, littleEndian?: boolean): unknown {
          this.#load(offset, bytes);
          return load.call(this, offset, littleEndian);
        },
        [`set${type}`](offset: number, value: unknown, littleEndian?: boolean): void {
          this.#store(offset, bytes);
          if (!takes(value)) {
            this.#reference.refusal.refuse("EACCES", `R1 is ${shown(value)}, which is nothing to store as ${type}`);
          }
          store.call(this, offset, value, littleEndian);
        },
      };
      for (const [name, value] of Object.entries(accessors)) {
        Object.defineProperty(Sample.prototype, name, { value, writable: true, configurable: true });
      }
    }
  }
}

/** Whether a value may be stored as `type`; integers wrap, as in C. */
function stored(type: string): (value: unknown) => boolean {
  if (type.startsWith("Big")) return (value) => typeof value === "bigint";
  return type.startsWith("Float") ? (value) => typeof value === "number" : Number.isInteger;
}
