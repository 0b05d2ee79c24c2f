import { type Attachable, attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type Loaded, load } from "./testing/load.ts";
import { overlaid, overlaidNames } from "./testing/overlaid.ts";

// Elements that a length counts may lie over the members behind their struct, as they do in C.

let loaded: Loaded;

beforeAll(async () => {
  loaded = await load(overlaid, { types: [...overlaidNames] });
});

function decode(name: string, bytes: ArrayLike<number>): unknown {
  return loaded.codec(name).decode(new DataView(Uint8Array.from(bytes).buffer));
}

function encode(name: string, value: unknown): number[] {
  const codec = loaded.codec(name);
  const target = new Uint8Array(codec.byteLengthOf(value)).fill(0xee);
  expect(codec.encode(value, new DataView(target.buffer))).toBe(target.length);
  return [...target];
}

const bytes = [5, 0xaa, 3, 4, 2, 6, 0xbb, 0];
const value = { a: { n: 5, data: new Uint8Array([0xaa, 3, 4, 2, 6]) }, word: 0x403, on: true, last: 6 };

describe("elements over the members that follow", () => {
  test("are decoded, and shown by a view, as far as the sample reaches", () => {
    expect(decode("msg", bytes)).toEqual(value);
    expect(decode("msg", [9, ...bytes.slice(1), 1, 2])).toMatchObject({
      a: { data: new Uint8Array([...bytes.slice(1), 1, 2]) },
    });
    expect(() => decode("msg", [8, ...bytes.slice(1)])).toThrow("in.data needs 8 bytes, there are 7");
    const view = loaded.codec("msg").createView() as Leased & { readonly a: { readonly data: Uint8Array } };
    view[takeLease](new Lease(new DataView(Uint8Array.from(bytes).buffer), 0, 8));
    expect(view.a.data).toEqual(value.a.data);
  });

  test("take what lies below them with them in encode", () => {
    expect(encode("msg", value)).toEqual([5, 0xaa, 3, 4, 2, 6, 0, 0]);
  });

  test("are stored behind all members, so that their bytes stand where both are given", () => {
    expect(encode("msg", { a: { data: new Uint8Array([1, 2, 3]) }, last: 9 })).toEqual([3, 1, 2, 3, 0, 9, 0, 0]);
    expect(encode("msg", { a: value.a, word: 1, on: false })).toEqual([5, 0xaa, 3, 4, 2, 6, 0, 0]);
    expect(encode("deep", { msg: { a: { data: new Uint8Array(11).fill(1) } }, after: 9 })).toEqual([
      11, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ]);
  });

  test("make a record longer than its struct where they reach beyond it", () => {
    const long = { a: { data: new Uint8Array(10).fill(7) } };
    expect(encode("msg", long)).toEqual([10, ...new Array<number>(10).fill(7)]);
    const { codec } = loaded;
    expect(() => codec("msg").encode(long, new DataView(new ArrayBuffer(10)))).toThrow("msg needs 11 bytes");
  });

  test("of an array without bytes of its own lie over the members behind it", () => {
    const direct = { n: 2, data: [0x201, 0x403], after: 0x4030201 };
    expect(decode("direct", [2, 0, 0, 0, 1, 2, 3, 4])).toEqual(direct);
    expect(encode("direct", { data: [0x201, 0x403] })).toEqual([2, 0, 0, 0, 1, 2, 3, 4]);
    expect(encode("direct", { ...direct, after: 1 })).toEqual([2, 0, 0, 0, 1, 2, 3, 4]);
  });

  test("are stored by a writer where they are, and leave what lies behind them alone", () => {
    const target = new Uint8Array(8);
    const writer = loaded.codec("msg").createWriter() as Attachable &
      Record<"word" | "last", number> & { a: { data: Uint8Array } };
    writer[attachView](new DataView(target.buffer), 0, 8);
    writer.last = 9;
    writer.a.data = new Uint8Array([1, 2, 3]);
    writer.word = 0x506;
    expect([...target]).toEqual([0, 1, 6, 5, 0, 9, 0, 0]);
    expect(() => {
      writer.a.data = new Uint8Array(8);
    }).toThrow("data: has no room");
  });

  test("of structs in an array are stored by a writer one after another, within the sample", () => {
    const target = new Uint8Array(10);
    const writer = loaded.codec("list").createWriter() as Attachable & { items: unknown };
    writer[attachView](new DataView(target.buffer), 1, 8);
    writer.items = [{}, {}, {}, { data: new Uint8Array([1, 2, 3, 4]) }];
    expect([...target]).toEqual([0, 0, 0, 0, 4, 1, 2, 3, 4, 0]);
    expect(() => {
      writer.items = [{}, {}, {}, { data: new Uint8Array(5) }];
    }).toThrow("items[3].data: has no room");
  });

  test.each(overlaidNames)("decode, encode and decode again to the same value, whatever the bytes are: %s", (name) => {
    const size = loaded.codec(name).size;
    // Small enough for lengths, ASCII for texts.
    const [zero, small, any] = [fc.constant(0), fc.nat(5), fc.nat(127)];
    const byte = fc.oneof({ weight: 4, arbitrary: zero }, { weight: 3, arbitrary: small }, any);
    let decoded = 0;
    fc.assert(
      fc.property(fc.array(byte, { minLength: size, maxLength: size + 6 }), (sample) => {
        let value: unknown;
        try {
          value = decode(name, sample);
        } catch {
          return;
        }
        decoded += 1;
        const again = decode(name, encode(name, value));
        // Padding of elements is stored as 0, and true as 1: members under them are what that makes of them, once.
        expect(name === "lossy" ? decode(name, encode(name, again)) : again).toEqual(name === "lossy" ? again : value);
      }),
      { numRuns: 400 },
    );
    expect(decoded).toBeGreaterThan(20);
  });
});
