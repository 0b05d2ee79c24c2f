import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describe, expect, expectTypeOf, test } from "vitest";
import { RingBufReader } from "../reader.ts";
import { UserRingBufWriter } from "../writer.ts";
import type { Bpf, DrainCallback } from "./bpf.ts";
import type { Dynptr } from "./dynptr.ts";
import { EmulatedKernel } from "./kernel.ts";
import { programTypes } from "./program.ts";
import type { EmulatedRingBuf } from "./ringbuf.ts";
import type { EmulatedUserRingBuf } from "./user-ringbuf.ts";
import { VerifierError } from "./verifier-error.ts";

interface Bench {
  readonly kernel: EmulatedKernel;
  readonly map: EmulatedRingBuf;
  readonly user: EmulatedUserRingBuf;
  run(body: (bpf: Bpf) => unknown): number;
}

function bench(): Bench {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const user = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
  const run = (body: (bpf: Bpf) => unknown): number =>
    kernel
      .loadProgram({
        type: "syscall",
        run(bpf) {
          const returned = body(bpf);
          return typeof returned === "number" ? returned : 0;
        },
      })
      .run().returnValue;
  return { kernel, map, user, run };
}

/** Whatever the program left, the ring holds no busy record: the next one is delivered at once. */
function nothingIsBusy({ map, run }: Bench): void {
  run((bpf) => bpf.ringbufOutput(map, Uint8Array.of(1, 2, 3), 0));
  const reader = new RingBufReader(map, anyBytes);
  let last = -1;
  reader.consume((record) => {
    last = record.length;
  });
  expect(last).toBe(3);
  reader.close();
}

/** What `action` throws, which has to be a refusal. */
function refusal(action: () => unknown): VerifierError {
  try {
    action();
  } catch (error) {
    if (error instanceof VerifierError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

function reserved(bpf: Bpf, map: EmulatedRingBuf): Dynptr {
  const dynptr = bpf.dynptr();
  expect(bpf.ringbufReserveDynptr(map, 8, 0, dynptr)).toBe(0);
  return dynptr;
}

test.each<[title: string, code: string, words: string, body: (bpf: Bpf, bench: Bench) => unknown]>([
  ["a reservation that is never released", "EINVAL", "reference leak", (bpf, { map }) => bpf.ringbufReserve(map, 8, 0)],
  ["a dynptr that is never released", "EINVAL", "reference leak", (bpf, { map }) => reserved(bpf, map)],
  [
    "a dynptr that is not released after a failed reservation",
    "EINVAL",
    "reference leak",
    (bpf, { map }) => bpf.ringbufReserveDynptr(map, 8, 1, bpf.dynptr()),
  ],
  [
    "a submit after a submit",
    "EACCES",
    "type=scalar",
    (bpf, { map }) => {
      const sample = bpf.ringbufReserve(map, 8, 0)!;
      bpf.ringbufSubmit(sample, 0);
      bpf.ringbufSubmit(sample, 0);
    },
  ],
  [
    "a discard after a submit",
    "EACCES",
    "type=scalar",
    (bpf, { map }) => {
      const sample = bpf.ringbufReserve(map, 8, 0)!;
      bpf.ringbufSubmit(sample, 0);
      bpf.ringbufDiscard(sample, 0);
    },
  ],
  [
    "a write after the submit",
    "EACCES",
    "invalid mem access 'scalar'",
    (bpf, { map }) => {
      const sample = bpf.ringbufReserve(map, 8, 0)!;
      bpf.ringbufSubmit(sample, 0);
      sample.setUint8(0, 1);
    },
  ],
  [
    "a read after the submit, though the program catches the error",
    "EACCES",
    "invalid mem access 'scalar'",
    (bpf, { map }) => {
      const sample = bpf.ringbufReserve(map, 8, 0)!;
      bpf.ringbufSubmit(sample, 0);
      try {
        return sample.getUint8(0);
      } catch {
        return 0;
      }
    },
  ],
  [
    "a write past the record",
    "EACCES",
    "outside of the allowed memory range",
    (bpf, { map }) => bpf.ringbufReserve(map, 8, 0)!.setUint32(5, 1),
  ],
  [
    "a write before the record",
    "EACCES",
    "outside of the allowed memory range",
    (bpf, { map }) => bpf.ringbufReserve(map, 8, 0)!.setUint8(-1, 1),
  ],
  [
    "any access to a record of no bytes",
    "EACCES",
    "outside of the allowed memory range",
    (bpf, { map }) => bpf.ringbufReserve(map, 0, 0)!.getUint8(0),
  ],
  ["a fraction as size", "EACCES", "not a known constant", (bpf, { map }) => bpf.ringbufReserve(map, 1.5, 0)],
  [
    "the submit of a dynptr's slice",
    "EACCES",
    "expected=ringbuf_mem",
    (bpf, { map }) => bpf.ringbufSubmit(bpf.dynptrData(reserved(bpf, map), 0, 8)!, 0),
  ],
  [
    "output on a user ring",
    "EINVAL",
    "cannot pass map_type",
    (bpf, { user }) => bpf.ringbufOutput(user as never, new Uint8Array(1), 0),
  ],
  ["query on a user ring", "EINVAL", "cannot pass map_type", (bpf, { user }) => bpf.ringbufQuery(user as never, 0)],
  [
    "a drain of a ring buffer",
    "EINVAL",
    "cannot pass map_type",
    (bpf, { map }) => bpf.userRingbufDrain(map as never, () => 0, null, 0),
  ],
  [
    "a dynptr released twice",
    "EINVAL",
    "unacquired reference",
    (bpf, { map }) => {
      const dynptr = reserved(bpf, map);
      bpf.ringbufDiscardDynptr(dynptr, 0);
      bpf.ringbufDiscardDynptr(dynptr, 0);
    },
  ],
  ["an uninitialised dynptr released", "EINVAL", "unacquired", (bpf) => bpf.ringbufSubmitDynptr(bpf.dynptr(), 0)],
  ["an uninitialised dynptr used", "EINVAL", "Expected an initialized", (bpf) => bpf.dynptrSize(bpf.dynptr())],
  [
    "a clone used after the release",
    "EINVAL",
    "Expected an initialized dynptr",
    (bpf, { map }) => {
      const [dynptr, clone] = [reserved(bpf, map), bpf.dynptr()];
      bpf.dynptrClone(dynptr, clone);
      bpf.ringbufSubmitDynptr(dynptr, 0);
      bpf.dynptrSize(clone);
    },
  ],
  [
    "a slice used after the release",
    "EACCES",
    "invalid mem access 'scalar'",
    (bpf, { map }) => {
      const dynptr = reserved(bpf, map);
      const slice = bpf.dynptrData(dynptr, 0, 8)!;
      bpf.ringbufSubmitDynptr(dynptr, 0);
      slice.getUint8(0);
    },
  ],
  [
    "a write to a read-only slice",
    "EACCES",
    "rdonly_mem",
    (bpf, { map }) => bpf.dynptrSlice(reserved(bpf, map), 0, null, 8)!.setUint8(0, 1),
  ],
  [
    "a dynptr reserved over another",
    "EINVAL",
    "cannot overwrite referenced dynptr",
    (bpf, { map }) => bpf.ringbufReserveDynptr(map, 8, 0, reserved(bpf, map)),
  ],
])("%s is refused with %s and '%s'", (_, code, words, body) => {
  const all = bench();
  const error = refusal(() => all.run((bpf) => body(bpf, all)));
  const errno = code === "EACCES" ? -13 : -22;
  expect(error).toMatchObject({ code, errno, log: expect.stringContaining(words), syscall: "BPF_PROG_LOAD" });
  nothingIsBusy(all);
});

test.each<[title: string, words: string, callback: (bpf: Bpf, bench: Bench, sample: Dynptr) => unknown]>([
  ["returns 2", "should have been in [0, 1]", () => 2],
  ["returns -1", "should have been in [0, 1]", () => -1],
  ["returns nothing", "should have been in [0, 1]", () => undefined],
  ["submits its dynptr", "cannot release unowned const", (bpf, _, sample) => bpf.ringbufSubmitDynptr(sample, 0)],
  ["discards its dynptr", "cannot release unowned const", (bpf, _, sample) => bpf.ringbufDiscardDynptr(sample, 0)],
  [
    "initialises its dynptr anew",
    "has to be an uninitialized dynptr",
    (bpf, { map }, sample) => bpf.ringbufReserveDynptr(map, 8, 0, sample),
  ],
  [
    "leaves a record unreleased",
    "reference leak",
    (bpf, { map }) => {
      bpf.ringbufReserve(map, 8, 0);
      return 0;
    },
  ],
])("a drain callback that %s is refused with EINVAL and '%s'", (_, words, callback) => {
  const all = bench();
  const writer = new UserRingBufWriter(all.user, anyBytes);
  writer.write(new Uint8Array(8));
  writer.write(new Uint8Array(8));
  const error = refusal(() =>
    all.run((bpf) => bpf.userRingbufDrain(all.user, (sample) => callback(bpf, all, sample) as 0 | 1, null, 0)),
  );
  expect(error).toMatchObject({ code: "EINVAL", log: expect.stringContaining(words) });
  // the drain's lock is free again, and only the callback's own sample is gone
  expect(all.run((bpf) => bpf.userRingbufDrain(all.user, () => 0, null, 0))).toBe(1);
  nothingIsBusy(all);
});

test("a drain callback gives 0 or 1, by its type too", () => {
  expectTypeOf<DrainCallback<null>>().returns.toEqualTypeOf<0 | 1>();
});

describe("a run", () => {
  test("cannot release in a callback what was reserved outside of it", () => {
    const all = bench();
    new UserRingBufWriter(all.user, anyBytes).write(new Uint8Array(8));
    const body = (bpf: Bpf): number => {
      const sample = bpf.ringbufReserve(all.map, 8, 0)!;
      const callback = (): 0 => {
        bpf.ringbufSubmit(sample, 0);
        return 0;
      };
      return bpf.userRingbufDrain(all.user, callback, null, 0);
    };
    expect(refusal(() => all.run(body)).code).toBe("EINVAL");
    nothingIsBusy(all);
  });

  test("that throws has its records discarded, and its error propagates", () => {
    const all = bench();
    const own = new Error("own");
    expect(() =>
      all.run((bpf) => {
        bpf.ringbufReserve(all.map, 8, 0);
        throw own;
      }),
    ).toThrow(own);
    nothingIsBusy(all);
  });

  test("returns an int32, and refuses a promise", () => {
    const { kernel, run } = bench();
    expect(run(() => 0xffffffff)).toBe(-1);
    const promising = kernel.loadProgram({ type: "xdp", run: (async () => 0) as never });
    expect(refusal(() => promising.run()).log).toContain("R0 !read_ok");
  });

  test("gets a copy of its context, and gives what it made of it", () => {
    const program = bench().kernel.loadProgram({
      type: "tracepoint",
      run(_, context) {
        context[0] = 9;
        return context.length;
      },
    });
    const given = Uint8Array.of(1, 2);
    expect(program.run(given)).toEqual({ returnValue: 2, context: Uint8Array.of(9, 2) });
    expect(given).toEqual(Uint8Array.of(1, 2));
    expect(program.run()).toEqual({ returnValue: 0, context: undefined });
    expect(() => program.run(new Uint8Array(65537))).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });

  test("cannot call helpers once it has ended", () => {
    const all = bench();
    const kept: Bpf[] = [];
    all.run((bpf) => kept.push(bpf));
    expect(refusal(() => kept[0]?.ringbufOutput(all.map, new Uint8Array(1), 0)).code).toBe("EINVAL");
  });

  test("may hold several records, drain meanwhile and reserve in the callback", () => {
    const all = bench();
    new UserRingBufWriter(all.user, anyBytes).write(Uint8Array.of(7));
    const drained = all.run((bpf) => {
      const [one, two] = [bpf.ringbufReserve(all.map, 1, 0)!, bpf.ringbufReserve(all.map, 1, 0)!];
      const callback = (sample: Dynptr): 0 => {
        const inner = bpf.ringbufReserve(all.map, 1, 0)!;
        inner.setUint8(0, bpf.dynptrData(sample, 0, 1)!.getUint8(0));
        bpf.ringbufSubmit(inner, 0);
        return 0;
      };
      const returned = bpf.userRingbufDrain(all.user, callback, null, 0);
      two.setUint8(0, 2);
      one.setUint8(0, 1);
      bpf.ringbufSubmit(two, 0);
      bpf.ringbufSubmit(one, 0);
      return returned;
    });
    expect(drained).toBe(1);
    const seen: number[] = [];
    new RingBufReader(all.map, anyBytes).consume((record) => void seen.push(record[0]!));
    expect(seen).toEqual([1, 2, 7]);
  });

  test("reads in a reserved record what the ring held there before", () => {
    const all = bench();
    const reader = new RingBufReader(all.map, anyBytes);
    all.run((bpf) => bpf.ringbufOutput(all.map, new Uint8Array(4072).fill(5), 0));
    reader.consume(() => {});
    const stale = all.run((bpf) => {
      const sample = bpf.ringbufReserve(all.map, 64, 0)!;
      const byte = sample.getUint8(40);
      bpf.ringbufDiscard(sample, 0);
      return byte;
    });
    expect(stale).toBe(5);
  });
});

test.each(programTypes)("programs of type %s have the ring helpers", (type) => {
  const { kernel, map } = bench();
  const program = kernel.loadProgram({ type, run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(8), 0) });
  expect(program.run().returnValue).toBe(0);
});

test("a program of an unknown type is refused", () => {
  expect(() => bench().kernel.loadProgram({ type: "unspec" as never, run: () => 0 })).toThrow(
    expect.objectContaining({ code: "EINVAL", syscall: "BPF_PROG_LOAD" }),
  );
});
