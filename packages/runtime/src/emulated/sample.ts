/** Where a refusal goes: the run that it ends. */
export interface Refusal {
  /** Ends the run with a `VerifierError`, even if the program catches it. */
  refuse(code: "EACCES" | "EINVAL", log: string): never;
}

/** What a program holds until it gives it back. */
export class Lease {
  alive = true;
  readonly refusal: Refusal;
  /** Callback depth at which it was taken. */
  readonly depth: number;

  constructor(refusal: Refusal, depth: number) {
    this.refusal = refusal;
    this.depth = depth;
  }
}

/** `DataView` to extend in a form that TypeScript takes before and after 5.7, where it became generic. */
const Memory: new (buffer: ArrayBuffer, byteOffset: number, byteLength: number) => DataView = DataView;

/**
 * Memory that a helper gave a program: a reserved record, or a slice of a dynptr. Every access is checked as the
 * verifier would: inside the memory, and before its end. What is written reaches the ring when the record is committed.
 */
export class Sample extends Memory {
  readonly #lease: Lease;
  readonly #writable: boolean;

  /** @internal */
  constructor(lease: Lease, buffer: ArrayBuffer, byteOffset: number, byteLength: number, writable = true) {
    super(buffer, byteOffset, byteLength);
    this.#lease = lease;
    this.#writable = writable;
  }

  /** Copies `bytes` to `offset`, as a whole: they have to fit. */
  set(bytes: ArrayLike<number>, offset = 0): void {
    this.#store(offset, bytes.length);
    new Uint8Array(this.buffer, this.byteOffset, this.byteLength).set(bytes, offset);
  }

  override getInt8(offset: number): number {
    this.#load(offset, 1);
    return super.getInt8(offset);
  }
  override getUint8(offset: number): number {
    this.#load(offset, 1);
    return super.getUint8(offset);
  }
  override getInt16(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 2);
    return super.getInt16(offset, littleEndian);
  }
  override getUint16(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 2);
    return super.getUint16(offset, littleEndian);
  }
  override getInt32(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 4);
    return super.getInt32(offset, littleEndian);
  }
  override getUint32(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 4);
    return super.getUint32(offset, littleEndian);
  }
  override getFloat32(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 4);
    return super.getFloat32(offset, littleEndian);
  }
  override getFloat64(offset: number, littleEndian?: boolean): number {
    this.#load(offset, 8);
    return super.getFloat64(offset, littleEndian);
  }
  override getBigInt64(offset: number, littleEndian?: boolean): bigint {
    this.#load(offset, 8);
    return super.getBigInt64(offset, littleEndian);
  }
  override getBigUint64(offset: number, littleEndian?: boolean): bigint {
    this.#load(offset, 8);
    return super.getBigUint64(offset, littleEndian);
  }
  override setInt8(offset: number, value: number): void {
    this.#store(offset, 1);
    super.setInt8(offset, value);
  }
  override setUint8(offset: number, value: number): void {
    this.#store(offset, 1);
    super.setUint8(offset, value);
  }
  override setInt16(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 2);
    super.setInt16(offset, value, littleEndian);
  }
  override setUint16(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 2);
    super.setUint16(offset, value, littleEndian);
  }
  override setInt32(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 4);
    super.setInt32(offset, value, littleEndian);
  }
  override setUint32(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 4);
    super.setUint32(offset, value, littleEndian);
  }
  override setFloat32(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 4);
    super.setFloat32(offset, value, littleEndian);
  }
  override setFloat64(offset: number, value: number, littleEndian?: boolean): void {
    this.#store(offset, 8);
    super.setFloat64(offset, value, littleEndian);
  }
  override setBigInt64(offset: number, value: bigint, littleEndian?: boolean): void {
    this.#store(offset, 8);
    super.setBigInt64(offset, value, littleEndian);
  }
  override setBigUint64(offset: number, value: bigint, littleEndian?: boolean): void {
    this.#store(offset, 8);
    super.setBigUint64(offset, value, littleEndian);
  }

  #store(offset: number, byteLength: number): void {
    if (!this.#writable) this.#lease.refusal.refuse("EACCES", "R0 cannot write into rdonly_mem");
    this.#load(offset, byteLength);
  }

  #load(offset: number, byteLength: number): void {
    const { alive, refusal } = this.#lease;
    if (!alive) refusal.refuse("EACCES", "R0 invalid mem access 'scalar'");
    if (!(offset >= 0 && offset + byteLength <= this.byteLength)) {
      refusal.refuse(
        "EACCES",
        `R0 off=${offset} size=${byteLength}: R0 min value is outside of the allowed memory range, mem_size=${this.byteLength}`,
      );
    }
  }
}
