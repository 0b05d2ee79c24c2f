import type { RecordCodec } from "@rbgen/runtime";
import {
  type Attachable,
  attachView,
  Lease,
  type Leased,
  type NumberBuffer,
  noLease,
  recordColumns,
  StructBuffer,
  takeLease,
} from "@rbgen/runtime/codegen/v1";

/** `struct sample` of the kernel's ring selftests: 32 bytes, 40 in the ring. */
export interface SelftestSample {
  readonly pid: number;
  readonly seq: number;
  readonly value: bigint;
  readonly comm: string;
}

/** Cursor over one {@link SelftestSample}; each member throws when the lease has ended. */
export interface SelftestView {
  pid: number;
  seq: number;
}

class SelftestCursor implements SelftestView, Attachable, Leased {
  #lease: Lease = noLease;

  get pid(): number {
    return this.#at.getInt32(this.#lease.offset, littleEndian);
  }
  get seq(): number {
    return this.#at.getInt32(this.#lease.offset + 4, littleEndian);
  }
  set pid(value: number) {
    this.#at.setInt32(this.#lease.offset, value, littleEndian);
  }
  set seq(value: number) {
    this.#at.setInt32(this.#lease.offset + 4, value, littleEndian);
  }

  get #at(): DataView {
    if (this.#lease.view === null) throw new Error("the view is dead");
    return this.#lease.view;
  }

  [takeLease](lease: Lease): boolean {
    this.#lease = lease;
    return false;
  }

  [attachView](view: DataView | null, offset: number, byteLength: number): void {
    this.#lease = new Lease(view, offset, byteLength);
  }
}

const endian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";
const littleEndian = endian === "little";

/** Codec of {@link SelftestSample} in the machine's byte order. */
export const selftestSample: RecordCodec<SelftestSample, SelftestSample, SelftestView, SelftestView> = {
  name: "sample",
  size: 32,
  minByteLength: 32,
  endian,
  layoutHash: "selftest",
  layout: {
    name: "sample",
    size: 32,
    endian,
    leaves: [
      { path: "pid", bitOffset: 0, bitSize: 32, class: "signed" },
      { path: "seq", bitOffset: 32, bitSize: 32, class: "signed" },
      { path: "value", bitOffset: 64, bitSize: 64, class: "signed" },
      { path: "comm", bitOffset: 128, bitSize: 8, class: "char", count: 16, stride: 8 },
    ],
  },
  decode(view, offset = 0) {
    let comm = "";
    for (let at = offset + 16; at < offset + 32 && view.getUint8(at) !== 0; at += 1) {
      comm += String.fromCharCode(view.getUint8(at));
    }
    return {
      pid: view.getInt32(offset, littleEndian),
      seq: view.getInt32(offset + 4, littleEndian),
      value: view.getBigInt64(offset + 8, littleEndian),
      comm,
    };
  },
  encode(value, view, offset = 0) {
    view.setInt32(offset, value.pid, littleEndian);
    view.setInt32(offset + 4, value.seq, littleEndian);
    view.setBigInt64(offset + 8, value.value, littleEndian);
    for (let index = 0; index < 16; index += 1) {
      view.setUint8(offset + 16 + index, index < value.comm.length ? value.comm.charCodeAt(index) : 0);
    }
    return 32;
  },
  byteLengthOf: () => 32,
  toJSON: (value) => ({ ...value, value: String(value.value) }),
  createView: () => new SelftestCursor(),
  createWriter: () => new SelftestCursor(),
};

/** A batch of {@link SelftestSample}, of which one member has a column. */
export interface SelftestColumns {
  readonly length: number;
  readonly columns: { readonly pid: Int32Array };
}

const selftestSchema = {
  kind: "struct",
  members: [{ path: "pid", type: { kind: "number", of: "Int32" } }],
} as const;

/** {@link selftestSample} with columns. */
export const columnedSample: RecordCodec<SelftestSample, SelftestSample, SelftestView, SelftestView, SelftestColumns> =
  {
    ...selftestSample,
    [recordColumns]: {
      schema: selftestSchema,
      createBuffer: () => new StructBuffer(selftestSchema),
      fill(run, lease, buffer, row, max) {
        const pid = ((buffer as StructBuffer).columns[0] as NumberBuffer<Int32Array>).array;
        while (row < max && run.next(lease)) {
          pid[row] = lease.view.getInt32(lease.offset, littleEndian);
          row += 1;
        }
        return row;
      },
    },
  };

/** Cursor over a sample of any length; `bytes` copies both ways. */
export interface BytesView {
  readonly byteLength: number;
  bytes: Uint8Array;
}

class BytesCursor implements BytesView, Attachable, Leased {
  #lease: Lease = noLease;

  get byteLength(): number {
    this.#live();
    return this.#lease.byteLength;
  }

  get bytes(): Uint8Array {
    const view = this.#live();
    return new Uint8Array(view.buffer, view.byteOffset + this.#lease.offset, this.#lease.byteLength).slice();
  }

  set bytes(bytes: Uint8Array) {
    const view = this.#live();
    if (bytes.length > this.#lease.byteLength) throw new RangeError("more bytes than were reserved");
    new Uint8Array(view.buffer, view.byteOffset + this.#lease.offset, this.#lease.byteLength).set(bytes);
  }

  #live(): DataView {
    if (this.#lease.view === null) throw new Error("the view is dead");
    return this.#lease.view;
  }

  [takeLease](lease: Lease): boolean {
    this.#lease = lease;
    return false;
  }

  [attachView](view: DataView | null, offset: number, byteLength: number): void {
    this.#lease = new Lease(view, offset, byteLength);
  }
}

/** Codec of a sample as it is: any bytes. */
export const anyBytes: RecordCodec<Uint8Array, Uint8Array, BytesView, BytesView> = {
  name: "bytes",
  size: 0,
  minByteLength: 0,
  endian,
  layoutHash: "bytes",
  layout: {
    name: "bytes",
    size: 0,
    endian,
    leaves: [{ path: "bytes", bitOffset: 0, bitSize: 8, class: "bytes", count: 0, stride: 8 }],
  },
  decode(view, offset = 0, byteLength = view.byteLength - offset) {
    return new Uint8Array(view.buffer, view.byteOffset + offset, byteLength).slice();
  },
  encode(value, view, offset = 0) {
    new Uint8Array(view.buffer, view.byteOffset + offset, value.length).set(value);
    return value.length;
  },
  byteLengthOf: (value) => value.length,
  toJSON: (value) => [...value],
  createView: () => new BytesCursor(),
  createWriter: () => new BytesCursor(),
};
