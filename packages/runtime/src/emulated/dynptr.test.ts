import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { RingBufReader } from "../reader.ts";
import type { Bpf } from "./bpf.ts";
import type { Dynptr } from "./dynptr.ts";
import { EmulatedKernel, type EmulatedKernelOptions } from "./kernel.ts";

/** Runs `body` on a dynptr of `size` zeros, or on a null one, submits it, and gives what the reader then sees. */
function onDynptr(
  size: number | null,
  body: (bpf: Bpf, dynptr: Dynptr) => void,
  options?: EmulatedKernelOptions,
): Uint8Array[] {
  const kernel = new EmulatedKernel(options);
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const program = kernel.loadProgram({
    type: "syscall",
    run(bpf) {
      const dynptr = bpf.dynptr();
      expect(bpf.ringbufReserveDynptr(map, size ?? 4096, 0, dynptr)).toBe(size === null ? -22 : 0);
      body(bpf, dynptr);
      bpf.ringbufSubmitDynptr(dynptr, 2);
      return 0;
    },
  });
  program.run();
  const records: Uint8Array[] = [];
  new RingBufReader(map, anyBytes).consume((record) => void records.push(record));
  return records;
}

const four = Uint8Array.of(1, 2, 3, 4);

test.each([
  ["inside", 0, 4, 0, 0],
  ["at the end", 12, 4, 0, 0],
  ["past the end by one", 13, 4, 0, -7],
  ["nothing, at the end", 16, 0, 0, 0],
  ["nothing, past the end", 17, 0, 0, -7],
  ["longer than the dynptr", 0, 17, 0, -7],
  ["with a flag", 0, 4, 1, -22],
  ["past the end with a flag: the range is looked at first", 13, 4, 1, -7],
  ["at 2^32, which is 0 in 32 bits", 2 ** 32, 4, 0, 0],
])("a write %s returns the kernel's value", (_, offset, length, flags, returned) => {
  onDynptr(16, (bpf, dynptr) => expect(bpf.dynptrWrite(dynptr, offset, new Uint8Array(length), flags)).toBe(returned));
});

test.each([
  ["inside", 0, 4, 0, 0],
  ["past the end", 13, 4, 0, -7],
  ["past the end with a flag: the flag is looked at first", 13, 4, 1, -22],
])("a read %s returns the kernel's value", (_, offset, length, flags, returned) => {
  onDynptr(16, (bpf, dynptr) => expect(bpf.dynptrRead(new Uint8Array(length), dynptr, offset, flags)).toBe(returned));
});

test("what was written is read back, and is what the reader gets", () => {
  const [record] = onDynptr(16, (bpf, dynptr) => {
    expect(bpf.dynptrMemset(dynptr, 0, 16, 0)).toBe(0);
    bpf.dynptrWrite(dynptr, 3, four, 0);
    const back = new Uint8Array(4);
    bpf.dynptrRead(back, dynptr, 3, 0);
    expect(back).toEqual(four);
    bpf.dynptrMemset(dynptr, 14, 2, 9);
    bpf.dynptrData(dynptr, 0, 2)?.setUint16(0, 0x0708);
  });
  expect(record).toEqual(Uint8Array.of(7, 8, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 9, 9));
});

test("data and slices lie inside or are null", () => {
  onDynptr(16, (bpf, dynptr) => {
    expect(bpf.dynptrData(dynptr, 0, 17)).toBeNull();
    expect(bpf.dynptrData(dynptr, 16, 0)?.byteLength).toBe(0);
    expect(bpf.dynptrData(dynptr, 17, 0)).toBeNull();
    expect(bpf.dynptrSlice(dynptr, 4, null, 12)?.byteLength).toBe(12);
    expect(bpf.dynptrSlice(dynptr, 5, null, 12)).toBeNull();
  });
});

test.each([
  ["inside", 4, 12, 0, 8],
  ["to nothing", 4, 4, 0, 0],
  ["backwards", 12, 4, -22, 16],
  ["past the end", 4, 17, -34, 16],
  ["from past the end", 17, 18, -34, 16],
])("an adjust %s returns the kernel's value", (_, start, end, returned, size) => {
  onDynptr(16, (bpf, dynptr) => {
    expect(bpf.dynptrAdjust(dynptr, start, end)).toBe(returned);
    expect(bpf.dynptrSize(dynptr)).toBe(size);
  });
});

test("a submit is of the whole record, whatever the dynptr was adjusted to", () => {
  const [record] = onDynptr(16, (bpf, dynptr) => {
    bpf.dynptrMemset(dynptr, 0, 16, 0);
    bpf.dynptrAdjust(dynptr, 4, 8);
    expect(bpf.dynptrWrite(dynptr, 0, four, 0)).toBe(0);
    expect(bpf.dynptrWrite(dynptr, 1, four, 0)).toBe(-7);
  });
  expect(record).toEqual(Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0));
});

test("a clone sees the same bytes by offsets of its own", () => {
  onDynptr(16, (bpf, dynptr) => {
    const clone = bpf.dynptr();
    bpf.dynptrAdjust(dynptr, 4, 16);
    expect(bpf.dynptrClone(dynptr, clone)).toBe(0);
    bpf.dynptrAdjust(clone, 4, 12);
    bpf.dynptrWrite(dynptr, 4, four, 0);
    const back = new Uint8Array(4);
    expect(bpf.dynptrRead(back, clone, 0, 0)).toBe(0);
    expect(back).toEqual(four);
    expect([bpf.dynptrSize(dynptr), bpf.dynptrSize(clone)]).toEqual([12, 8]);
    expect([bpf.dynptrIsNull(clone), bpf.dynptrIsRdonly(clone)]).toEqual([false, false]);
  });
});

test("a null dynptr gives the kernel's values, and its submit does nothing", () => {
  const records = onDynptr(null, (bpf, dynptr) => {
    expect(bpf.dynptrIsNull(dynptr)).toBe(true);
    expect(bpf.dynptrSize(dynptr)).toBe(0xffffffea);
    expect(bpf.dynptrWrite(dynptr, 0, four, 0)).toBe(-22);
    expect(bpf.dynptrRead(new Uint8Array(1), dynptr, 0, 0)).toBe(-22);
    expect(bpf.dynptrData(dynptr, 0, 0)).toBeNull();
    expect(bpf.dynptrAdjust(dynptr, 0, 0)).toBe(-22);
    expect(bpf.dynptrMemset(dynptr, 0, 0, 0)).toBe(-22);
  });
  expect(records).toEqual([]);
});

test("from 6.19 on sizes and offsets have 64 bits: what is 0 in 32 of them is outside, and no size is −EINVAL as it is", () => {
  const options = { kernelVersion: "6.19" };
  for (const offset of [2 ** 32, -1]) {
    onDynptr(
      16,
      (bpf, dynptr) => {
        expect(bpf.dynptrWrite(dynptr, offset, four, 0)).toBe(-7);
        expect(bpf.dynptrRead(new Uint8Array(4), dynptr, offset, 0)).toBe(-7);
        expect(bpf.dynptrData(dynptr, offset, 4)).toBe(null);
        expect(bpf.dynptrSlice(dynptr, offset, null, 4)).toBe(null);
        expect(bpf.dynptrMemset(dynptr, 0, offset, 1)).toBe(-7);
        expect(bpf.dynptrAdjust(dynptr, 0, offset)).toBe(-34);
        expect(bpf.dynptrWrite(dynptr, 12, four, 0)).toBe(0);
        expect(bpf.dynptrSize(dynptr)).toBe(16);
      },
      options,
    );
  }
  onDynptr(null, (bpf, dynptr) => expect(bpf.dynptrSize(dynptr)).toBe(-22), options);
});
