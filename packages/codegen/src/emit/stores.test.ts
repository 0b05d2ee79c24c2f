import { EncodeError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

const sizes = { setUint8: 1, setUint16: 2, setUint32: 4 } as const;

/** A view that counts how often each byte is stored, zeros of a fill too. */
function countingView(target: Uint8Array<ArrayBuffer>): { readonly view: DataView; readonly stores: number[] } {
  const view = new DataView(target.buffer);
  const stores = Array.from(target, () => 0);
  for (const name of ["setUint8", "setUint16", "setUint32"] as const) {
    const store = view[name].bind(view);
    view[name] = (offset: number, value: number, little?: boolean): void => {
      for (let at = offset; at < offset + sizes[name]; at++) stores[at] = (stores[at] ?? 0) + 1;
      store(offset, value, little);
    };
  }
  return { view, stores };
}

const data = Uint8Array.of(7, 8);
const tagged = "union { unsigned int a; /* @rbgen variant=1 */ unsigned int b; /* @rbgen variant=2 */ };";
const head = "struct head { unsigned char kind, n; };";
const arm = { kind: "a", a: 3 };

/** Stores of each byte in front of what varies, where the tag or length is left out. */
const shapes: readonly (readonly [string, string, object, readonly number[]])[] = [
  ["a length", "struct r { unsigned short n; unsigned char d[]; /* @rbgen length=n */ };", { d: data }, [1, 1]],
  ["a tag", `struct r { unsigned int k; ${tagged} /* @rbgen tag=k */ };`, arm, [1, 1, 1, 1]],
  [
    "a length of bits",
    "struct r { unsigned int x : 3, n : 13; unsigned char d[]; /* @rbgen length=n */ };",
    { x: 5, d: data },
    [1, 1],
  ],
  [
    "a length of signed bits",
    "struct r { int x : 3; int n : 13; unsigned char d[]; /* @rbgen length=n */ };",
    { x: -3, d: data },
    [1, 1],
  ],
  [
    "two lengths in one unit",
    `struct r { unsigned int n : 3, m : 5; unsigned char c[2]; /* @rbgen length=n */
  unsigned char d[]; /* @rbgen length=m */ };`,
    { c: data, d: data },
    [1],
  ],
  [
    "a tag and a length in one unit",
    `struct r { unsigned int k : 4, n : 4; unsigned char pad[3]; ${tagged} /* @rbgen tag=k */
  unsigned char d[]; /* @rbgen length=n */ };`,
    { ...arm, d: data },
    [2, 1, 1, 1],
  ],
  ["a tag of bits", `struct r { unsigned int x : 3, k : 5; ${tagged} /* @rbgen tag=k */ };`, arm, [2, 1, 1, 1]],
  [
    "a tag further in",
    `${head} struct r { struct head head; unsigned short y; ${tagged} /* @rbgen tag=head.kind */ };`,
    arm,
    [2, 1, 1, 1],
  ],
  [
    "a length further in",
    `${head} struct r { struct head head; unsigned char d[]; /* @rbgen length=head.n */ };`,
    { d: data },
    [1, 2],
  ],
  [
    "a tag around its struct",
    `struct in { unsigned int id; ${tagged} /* @rbgen tag=^.k */ }; struct r { unsigned int k; struct in in; };`,
    { in: arm },
    [2, 2, 2, 2],
  ],
];

test.each(shapes)(
  "where %s is left out, its bytes are stored as often as the guide says",
  async (_title, text, value, stores) => {
    const codec = (await load(headerOf(text), { types: ["r"] })).codec("r");
    const encoded = [0, 0xee].map((ground) => {
      const target = new Uint8Array(32).fill(ground);
      const counted = countingView(target);
      const length = codec.encode(value, counted.view, 0);
      expect(counted.stores.slice(0, stores.length)).toEqual(stores);
      return target.slice(0, length);
    });
    const [first = new Uint8Array(), second] = encoded;
    expect(second).toEqual(first);
    const decoded = codec.decode(first);
    expect(decoded).toMatchObject(value);
    // What is given is stored once, wherever it lies.
    const given = countingView(new Uint8Array(32));
    codec.encode(decoded, given.view, 0);
    expect(given.stores.slice(0, stores.length)).toEqual(stores.map(() => 1));
  },
);

test("a length of bits that is given and lies, or that does not fit, is refused", async () => {
  const text = "struct r { unsigned int x : 6, n : 2; unsigned char d[]; /* @rbgen length=n */ };";
  const codec = (await load(headerOf(text), { types: ["r"] })).codec("r");
  expect(() => codec.toBytes({ n: 1, d: data })).toThrow(EncodeError);
  expect(() => codec.toBytes({ n: 1, d: data })).toThrow("n: is not the length of d");
  expect(() => codec.toBytes({ d: new Uint8Array(4) })).toThrow(EncodeError);
});

test("bits that are both a length and a tag agree with both, or are refused", async () => {
  const text = `struct r { unsigned int n : 8; unsigned char c[2]; /* @rbgen length=n */ unsigned char pad;
  ${tagged} /* @rbgen tag=n */ };`;
  const codec = (await load(headerOf(text), { types: ["r"] })).codec("r");
  expect([...codec.toBytes({ ...arm, c: Uint8Array.of(7) })]).toEqual([1, 7, 0, 0, 3, 0, 0, 0]);
  expect(() => codec.toBytes({ ...arm, c: data })).toThrow(EncodeError);
});

test.each(["unsigned char n;", "unsigned char n : 8;"])(
  "a given length with a factor may say more than an array that is cut has: %s",
  async (member) => {
    const text = `struct r { ${member} unsigned char d[]; /* @rbgen length=n * 2,clamp */ };`;
    const codec = (await load(headerOf(text), { types: ["r"] })).codec("r");
    const bytes = [3, 7, 8, 9];
    const decoded = codec.decode(Uint8Array.from(bytes)) as object;
    expect([...codec.toBytes(decoded)]).toEqual(bytes);
    expect([...codec.toBytes({ d: data })]).toEqual([1, 7, 8]);
    expect(() => codec.toBytes({ d: new Uint8Array(3) })).toThrow("d: has a length that no member says");
  },
);
