import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
import { type Attachable, attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const files: Record<string, string> = {};

async function codecOf(name: string, text: string) {
  const loaded = await load(headerOf(text), { types: [name], columns: true });
  files[`${name}.gen.ts`] = loaded.text;
  return loaded.codec(name);
}

const packet = `enum has { HAS_PEER = 1, HAS_COST = 4 };
struct peer { unsigned short port; unsigned char mac[6]; };
struct packet {
  unsigned char has; /* @rbgen flags=has */
  unsigned char len;
  struct peer peer[0]; /* @rbgen present=has & HAS_PEER */
  unsigned int cost[0]; /* @rbgen after=peer,align=4; present=has & HAS_COST */
  char data[]; /* @rbgen after=cost; length=len */
} __attribute__((packed));`;

const peer = { port: 443, mac: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const cases: [object, number[]][] = [
  [{ has: [], len: 1, peer: undefined, cost: undefined, data: "x" }, [0, 1, 120]],
  [{ has: ["HAS_PEER"], len: 1, peer, cost: undefined, data: "x" }, [1, 1, 187, 1, 1, 2, 3, 4, 5, 6, 120]],
  [{ has: ["HAS_COST"], len: 1, peer: undefined, cost: 9, data: "x" }, [4, 1, 0, 0, 9, 0, 0, 0, 120]],
  [
    { has: ["HAS_PEER", "HAS_COST"], len: 0, peer, cost: 9, data: "" },
    [5, 0, 187, 1, 1, 2, 3, 4, 5, 6, 0, 0, 9, 0, 0, 0],
  ],
];

test("parts are there where their bits say so, in order, and aligned where they are there", async () => {
  const codec = await codecOf("packet", packet);
  for (const [value, bytes] of cases) {
    expect(codec.decode(Uint8Array.from(bytes))).toEqual(value);
    const { has: _, len: __, ...given } = value as { has: unknown; len: unknown };
    expect([...codec.toBytes(given)], "bits and lengths follow from what is given").toEqual(bytes);
    expect(codec.fromJSON(JSON.parse(JSON.stringify(codec.toJSON(value))))).toEqual(value);
  }
  expect(codec.toJSON(codec.decode(Uint8Array.of(0, 0)))).toEqual({ has: [], len: 0, data: "" });
  expect([...codec.toBytes({ has: ["HAS_PEER"], peer: {} })]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(() => codec.toBytes({ has: ["HAS_COST"] })).toThrow(/has: does not say whether cost is there/);
  expect(() => codec.toBytes({ has: 0, cost: 1 })).toThrow(/has: does not say whether cost is there/);
  expect(() => codec.decode(Uint8Array.of(1, 0, 1, 2))).toThrow(/packet.peer needs 8 bytes, there are 2/);
});

test("in columns a part is a list of one or none", async () => {
  const codec = await codecOf("packet", packet);
  const { columns } = decodeColumns(
    codec,
    cases.map(([, bytes]) => Uint8Array.from(bytes)),
  ) as ColumnBatch;
  expect(columns["cost"]).toMatchObject({ offsets: Int32Array.of(0, 0, 0, 1, 2), values: Uint32Array.of(9, 9) });
});

test("a view has a part or undefined, and a writer sets it where the bits say", async () => {
  const codec = await codecOf("packet", packet);
  const [value, bytes] = cases[3] ?? [];
  const view = codec.createView() as Leased & object;
  view[takeLease](new Lease(new DataView(Uint8Array.from(bytes ?? []).buffer), 0, bytes?.length ?? 0));
  expect(view).toMatchObject({ peer, cost: 9, data: "" });
  const target = new Uint8Array(bytes?.length ?? 0).fill(0xee);
  const writer = codec.createWriter() as Attachable & object;
  writer[attachView](new DataView(target.buffer), 0, target.length);
  Object.assign(writer, value);
  expect([...target]).toEqual(bytes);
  files["use.ts"] = `import type { Packet, PacketView, PacketWriter } from "./packet.gen.ts";
export const port = (event: Packet): number => event.peer?.port ?? 0;
export const seen = (view: PacketView): number => view.peer?.mac.length ?? 0;
export function set(writer: PacketWriter): void { writer.peer = { port: 1 }; writer.cost = undefined; }
`;
});

test("bits of a contained struct, a truth, and a bit-field say so, too, and are written where they are left out", async () => {
  const text = `struct head { unsigned char kind, has; };
struct r { struct head head; _Bool more; signed int one : 1; long long a[0]; /* @rbgen present=head.has & 0x80 */
char b[0][4]; /* @rbgen after=a; present=more */
char c[0]; /* @rbgen after=b; present=one */ char d[0]; /* @rbgen after=c; present=head.has & 0x80 */
} __attribute__((packed));`;
  const codec = await codecOf("r", text);
  const bytes = codec.toBytes({ a: -1n, b: "text", c: 99, d: 100 });
  expect([...bytes]).toEqual([0, 128, 1, 1, ...Array(8).fill(255), 116, 101, 120, 116, 99, 100]);
  expect(codec.decode(bytes)).toEqual({
    head: { kind: 0, has: 128 },
    more: true,
    one: -1,
    a: -1n,
    b: "text",
    c: 99,
    d: 100,
  });
  expect(codec.decode(Uint8Array.of(0, 0, 0, 0)), "none is there").toMatchObject({ a: undefined, d: undefined });
  expect(() => codec.toBytes({ a: 1n })).toThrow(/head.has: does not say whether d is there/);
});

test("a struct that may be there at the end leaves nothing of what was in the sample before", async () => {
  const text = `struct pair { int a, b; }; struct last { unsigned char n, has; char c[0]; /* @rbgen length=n */
struct pair pair[0]; /* @rbgen after=c,align=4; present=has */
char end[]; /* @rbgen after=pair */
};
struct only { unsigned char has; struct pair pair[0]; /* @rbgen present=has */
};`;
  const last = await codecOf("last", text);
  const only = await codecOf("only", text);
  for (const [codec, value, bytes] of [
    [last, { c: "x", pair: { a: 1, b: 2 } }, [1, 1, 120, 0, 1, 0, 0, 0, 2, 0, 0, 0]],
    [last, { c: "x" }, [1, 0, 120]],
    [only, { pair: { a: 1, b: 2 } }, [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]],
    [only, {}, [0, 0, 0, 0]],
  ] as const) {
    for (const ground of [0, 0xee]) {
      const target = new Uint8Array(bytes.length).fill(ground);
      expect(codec.encode(value, new DataView(target.buffer))).toBe(bytes.length);
      expect([...target]).toEqual(bytes);
    }
  }
});

test("flags and errno go on bit-fields, and bits of one say which parts are there", async () => {
  const text = `enum has { HAS_A = 1, HAS_B = 4 };
struct r { unsigned int lead : 3; unsigned int has : 9; /* @rbgen flags=has */
int ret : 20; /* @rbgen errno */
unsigned long long wide : 40; /* @rbgen flags=has */
char a[0]; /* @rbgen present=has & HAS_A */
} __attribute__((packed));`;
  const codec = await codecOf("r", text);
  const value = { lead: 0, has: ["HAS_A", "HAS_B", 256], ret: -2, wide: ["HAS_B", 1n << 39n], a: 97 };
  const bytes = codec.toBytes({ ...value, ret: "ENOENT" });
  expect(bytes).toHaveLength(10);
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.fromJSON(JSON.parse(JSON.stringify(codec.toJSON(value))))).toEqual(value);
  expect(codec.decode(codec.toBytes({ a: 97 }))).toMatchObject({ has: ["HAS_A"], a: 97 });
  expect(() => codec.toBytes({ has: 512 })).toThrow(/has/);
  const { columns } = decodeColumns(codec, [bytes]) as ColumnBatch;
  expect(columns["has"]).toEqual(Uint16Array.of(261));
});

test.each<[string, string, RegExp]>([
  ["its own place", "int a; /* @rbgen present=n & 1 */", /it has its own place, so that it is always there/],
  ["no member", "int a[0]; /* @rbgen present=m & 1 */", /struct r has no member m/],
  ["no bits", "int a[0]; /* @rbgen present=n & 0 */", /0 is no bits of the 16 of n/],
  [
    "bits of which C takes only the first ones",
    "int a[0]; /* @rbgen present=n & 1 | 2 */",
    /present=n & 1 \| 2 on a is neither a member nor some of its bits/,
  ],
  ["no member at all", "int a[0]; /* @rbgen present=1 & n */", /is neither a member nor some of its bits/],
  ["bits that are not there", "int a[0]; /* @rbgen present=n & 65536 */", /65536 is no bits of the 16 of n/],
  ["a length", "int a[0]; /* @rbgen present=n & 1; length=n */", /cannot be present=n & 1 and length/],
  ["a union", "union { int a[0]; /* @rbgen present=n & 1 */ };", /it is in a union/],
  [
    "half of the bits of another",
    "int a[0]; /* @rbgen present=n & 3 */ int b[0]; /* @rbgen after=a; present=n & 1 */",
    /share a bit/,
  ],
  [
    "what varies",
    "struct v v[0]; /* @rbgen present=n & 1 */",
    /is as long as its value, so that where it ends is not known/,
  ],
  ["what has a place behind it", "int a[0]; /* @rbgen present=n & 1 */ int z;", /z has no place behind a/],
])("present on %s is refused", async (_, members, message) => {
  const inner = "struct v { char n; char a[]; /* @rbgen length=n */\n };";
  const text = `${inner} struct r { unsigned short n; ${members.replaceAll("*/", "*/\n")} };`;
  const [first] = await complaints(headerOf(text), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
