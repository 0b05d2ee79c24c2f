import { type ColumnBatch, decodeColumns } from "@rbgen/runtime";
import { Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { afterAll, expect, test } from "vitest";
import { complaints, load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const files: Record<string, string> = {};

function noted(name: string, type: t.Target, offset: number, note: string) {
  return t.member(name, type, offset, { tags: [`rbgen:${note}`] });
}

const kinds = t.enumeration("kind", { EXEC: 1n, EXIT: 2n });
const wide = t.enumeration("wide", { ALL: 1n << 40n }, { kind: "enum64", size: t.u64.size } as never);
const inner = t.struct("inner", 4, [t.member("x", t.u32, 0)]);

const event = t.struct("event", 32, [
  noted("port", t.u16, 0, "endian=big"),
  noted("kind", t.u8, 2, "enum=kind"),
  noted("ok", t.u8, 3, "bool"),
  noted("ret", t.u32, 4, "signed"),
  noted("pad", inner, 8, "skip"),
  noted("p_id", t.u32, 12, "name=processId"),
  noted("kinds", t.array(t.u8, 2), 16, "enum=kind"),
  noted("deltas", t.array(t.u8, 2), 18, "signed"),
  { ...t.bitField("mode", t.u32, 160, 4), tags: ["rbgen:enum=kind"] },
  { ...t.bitField("gap", t.u32, 164, 12), tags: ["rbgen:skip"] },
  { ...t.bitField("last", t.u32, 176, 16), tags: ["rbgen:signed"] },
  noted("all", t.u64, 24, "enum=wide"),
]);

const value = {
  port: 443,
  kind: 2,
  ok: true,
  ret: -2,
  processId: 7,
  kinds: [1, 9],
  deltas: [-1, 1],
  mode: 1,
  last: -3,
  all: 1n << 40n,
};

const bytes = [
  ...[1, 187, 2, 1, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0, 7, 0, 0, 0],
  ...[1, 9, 0xff, 1, 1, 0, 0xfd, 0xff, 0, 0, 0, 0, 0, 1, 0, 0],
];

test("what a member means is said beside its type: order, enum, truth, sign, name, and what is left out", async () => {
  const { codec, text } = await load(t.moduleOf([kinds, wide, event]), { types: ["event"], columns: true });
  files["meaning.gen.ts"] = text;
  const { decode, encode, createView, createWriter } = codec("event");
  const sample = new DataView(Uint8Array.from(bytes).buffer);
  expect(decode(sample)).toEqual(value);
  for (const ground of [0, 0xee]) {
    const target = new Uint8Array(32).fill(ground);
    encode(value, new DataView(target.buffer));
    expect([...target]).toEqual(bytes);
  }
  const noisy = Uint8Array.from(bytes);
  noisy.fill(0xff, 8, 12);
  noisy[3] = 4;
  expect(decode(new DataView(noisy.buffer)), "padding is not looked at, and any bit makes it true").toEqual(value);
  expect(createView()).not.toHaveProperty("pad");
  expect(createWriter()).not.toHaveProperty("pad");
  expect(text).not.toContain("interface Inner");
  expect(() => encode({ ret: 2 ** 31 }, sample)).toThrow(/ret: .* is no integer from -2147483648 to 2147483647/);
  expect(() => encode({ ok: 1 }, sample)).toThrow(/ok: is no boolean/);
  const { columns } = decodeColumns(codec("event"), [Uint8Array.from(bytes)]) as ColumnBatch;
  expect(columns["port"]).toEqual(Uint16Array.of(443));
  expect(columns["ret"]).toEqual(Int32Array.of(-2));
  expect(columns["ok"]).toEqual(Uint8Array.of(1));
  expect(columns["last"]).toEqual(Int16Array.of(-3));
  expect(Object.keys(columns)).not.toContain("pad");
});

const access = t.enumeration(
  "access",
  {
    NONE: 0n,
    READ: 1n,
    WRITE: 2n,
    BOTH: 3n,
    ALSO_WRITE: 2n,
    TOP: -(1n << 31n),
  },
  { signed: true },
);
const in6 = t.struct("in6_addr", 16, [t.member("words", t.array(t.u32, 4), 0)]);
const peer = t.struct("peer", 128, [
  noted("saddr", t.u32, 0, "ipv4"),
  noted("little", t.u32, 4, "ipv4;endian=little"),
  noted("daddr", t.array(t.u8, 16), 8, "ipv6"),
  noted("via", in6, 24, "ipv6"),
  noted("hops", t.array(t.u32, 2), 40, "ipv4"),
  noted("mac", t.array(t.u8, 6), 48, "mac"),
  noted("ret", t.s16, 54, "errno"),
  noted("dev", t.u32, 56, "dev"),
  noted("access", t.u32, 60, "flags=access"),
  noted("id", t.array(t.u8, 16), 64, "uuid"),
  noted("wide", t.u64, 80, "flags=access"),
  noted("long_ret", t.u64, 88, "errno;signed"),
  noted("own", access, 96, "flags"),
  noted("each", t.array(t.u8, 4), 100, "flags=access"),
  noted("old", t.array(t.u8, 4), 104, "ipv4"),
  noted("when", t.u64, 112, "ktime"),
  noted("short", t.u16, 120, "flags=access"),
]);

const written = {
  saddr: "10.0.0.1",
  little: "10.0.0.1",
  daddr: "2001:db8::1",
  via: "::ffff:192.168.0.1",
  hops: ["127.0.0.1", 1],
  mac: "00:1b:21:3c:9d:f8",
  ret: "ENOENT",
  dev: { major: 8, minor: 1 },
  access: ["WRITE", 0x100, "READ"],
  id: "123e4567-e89b-12d3-a456-426614174000",
  wide: ["TOP", 1n << 63n, "BOTH"],
  longRet: "ERESTARTSYS",
  own: 0x80000003,
  each: [["READ"], [], 3, [0x80]],
  old: "192.168.0.1",
  when: 5n,
  short: ["READ"],
};

test("what people write otherwise decodes to what is there, and is encoded from either", async () => {
  const { codec, text } = await load(t.moduleOf([access, peer]), { types: ["peer"], columns: true });
  files["formats.gen.ts"] = text;
  files["formats.ts"] =
    `import { devParts, errnoName, formatIPv4, formatIPv6, formatMac, formatUuid } from "@rbgen/runtime";
import { peer, type Peer, type PeerInput, type PeerWriter } from "./formats.gen.ts";
const input: PeerInput = ${JSON.stringify(written, (_, value) => (typeof value === "bigint" ? `${value}#` : value)).replace(/"(\d+)#"/g, "$1n")};
export const exact: PeerInput = { saddr: 1, daddr: new Uint8Array(16), dev: 5, access: 3, wide: 1n, ret: -2, longRet: -2n };
export const bytes: Uint8Array = peer.toBytes(input);
export function shown(event: Peer): string[] {
  const names: readonly (string | number)[] = event.access;
  const mac: Uint8Array = event.mac;
  const wide: readonly (string | bigint)[] = event.wide;
  const texts = [formatIPv4(event.saddr), formatIPv6(event.daddr), formatMac(mac), formatUuid(event.id), errnoName(event.ret) ?? ""];
  return [...texts, String(devParts(event.dev).major), String(event.access.includes("READ")), names.join(), wide.join()];
}
export const made: Peer = { ...peer.decode(bytes), saddr: 7, mac: new Uint8Array(6), access: ["READ", 64] };
export function set(writer: PeerWriter): void { writer.saddr = "10.0.0.1"; writer.mac = "00:00:00:00:00:00"; writer.access = ["READ"]; writer.dev = { major: 1, minor: 2 }; }
// @ts-expect-error no name of the enum
export const none: PeerInput = { access: ["EXECUTE"] };
`;
  const { encode, decode, createView, toJSON } = codec("peer");
  const target = new DataView(new Uint8Array(128).fill(0xee).buffer);
  encode(written, target);
  const decoded = decode(target) as Record<string, unknown>;
  expect(decoded).toMatchObject({
    saddr: 0x0a000001,
    little: 0x0a000001,
    hops: [0x7f000001, 1],
    mac: Uint8Array.of(0, 0x1b, 0x21, 0x3c, 0x9d, 0xf8),
    ret: -2,
    dev: 0x800001,
    access: ["READ", "WRITE", 0x100],
    wide: ["READ", "WRITE", "TOP", 1n << 63n],
    longRet: -512n,
    own: ["READ", "WRITE", "TOP"],
    each: [["READ"], [], ["READ", "WRITE"], [0x80]],
    old: Uint8Array.of(192, 168, 0, 1),
    when: 5n,
    short: ["READ"],
  });
  expect([target.getUint8(0), target.getUint8(4)], "in network order, but for one that says otherwise").toEqual([
    10, 1,
  ]);
  const again = new DataView(new Uint8Array(128).buffer);
  encode(decoded, again);
  expect(new Uint8Array(again.buffer)).toEqual(new Uint8Array(target.buffer));
  expect(toJSON(decoded)).toMatchObject({
    access: ["READ", "WRITE", 256],
    wide: ["READ", "WRITE", "TOP", `${1n << 63n}`],
  });
  expect(Reflect.get(createView() as object, "copyMacTo")).toBeTypeOf("function");
  const { columns } = decodeColumns(codec("peer"), [new Uint8Array(target.buffer)]) as ColumnBatch;
  expect(columns["saddr"]).toEqual(Uint32Array.of(0x0a000001));
  expect(columns["access"]).toEqual(Uint32Array.of(0x103));
  expect(columns["own"]).toEqual(Uint32Array.of(0x80000003));
});

test.each<[Record<string, unknown>, RegExp]>([
  [{ saddr: "10.0.0" }, /saddr: 10\.0\.0 is not written as 10\.0\.0\.1 is/],
  [{ saddr: "10.0.0.01" }, /is not written as/],
  [{ hops: ["10.0.0.256", 0] }, /hops\[0\]: .* is not written as/],
  [{ daddr: "1::2::3" }, /daddr: .* is not written as 2001:db8::1 is/],
  [{ daddr: new Uint8Array(17) }, /daddr: has length 17, more than 16/],
  [{ mac: "00-1b:21-3c:9d-f8" }, /mac: .* is not written as/],
  [{ id: "123e4567e89b12d3a456426614174000" }, /id: .* is not written as/],
  [{ ret: "EWHAT" }, /ret: EWHAT is the name of no errno/],
  [{ ret: 40000 }, /ret: .*is no integer from -32768 to 32767/],
  [{ dev: { major: 4096, minor: 0 } }, /dev\.major: 4096 is no integer from 0 to 4095/],
  [{ dev: { major: 8 } }, /dev\.minor: is left out: a device has both parts/],
  [{ dev: {} }, /dev\.major: is left out/],
  [{ dev: { major: 8, minor: {} } }, /dev\.minor: .* is no integer from 0 to 1048575/],
  [{ access: ["EXECUTE"] }, /access\[0\]: EXECUTE is the name of no flag/],
  [{ access: [-1] }, /access\[0\]: is negative/],
  [{ access: [2 ** 32] }, /access: .* is no integer from 0 to 4294967295/],
  [{ access: [null] }, /access\[0\]: is neither the name of a flag nor bits/],
  [{ short: ["TOP"] }, /short: .* is no integer from 0 to 65535/],
])("%j is refused with its path", async (value, message) => {
  const { codec } = await load(t.moduleOf([access, peer]), { types: ["peer"] });
  expect(() => codec("peer").toBytes(value)).toThrow(message);
});

test.each<[string, t.Target, string, RegExp]>([
  ["ipv4 of 16 bits", t.u16, "ipv4", /ipv4 on struct r\.x means nothing: it has 4 bytes, and is an array or a struct/],
  ["ipv4 of a sign", t.s32, "ipv4", /its type is signed/],
  ["ipv6 of 4 bytes", t.u32, "ipv6", /ipv6 on struct r\.x means nothing: it has 16 bytes/],
  ["mac of 8 bytes", t.array(t.u8, 8), "mac", /mac on struct r\.x means nothing/],
  ["mac and text", t.array(t.u8, 6), "mac;string", /cannot be mac and string/],
  ["mac of a length", t.array(t.u8, 6), "mac;length=y", /length on struct r\.x means nothing: mac has 6 bytes/],
  ["dev of 64 bits", t.u64, "dev", /dev on struct r\.x means nothing: it has 64 bits, not 32/],
  ["errno without a sign", t.u32, "errno", /an errno is negative, and its type is unsigned/],
  ["two forms", t.u32, "ipv4;flags=kind", /cannot be ipv4 and flags|cannot be flags and ipv4/],
  ["flags without an enum", t.u32, "flags", /flags on struct r\.x names no enum/],
  ["flags of a struct", inner, "flags=kind", /flags on struct r\.x means nothing: it is no integer/],
  ["flags that it cannot hold", t.u8, "flags=wide", /no value of enum wide is a bit of its 8/],
  ["ktime of 32 bits", t.u32, "ktime", /int64 on struct r\.x means nothing/],
  ["bits", t.u32, "flags=kind;signed", /leaves nothing for a sign to say/],
])("%s is refused", async (_, type, note, message) => {
  const record = t.struct("r", 24, [t.member("y", t.u32, 0), noted("x", type, 8, note)]);
  const [first] = await complaints(t.moduleOf([kinds, wide, record]), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("an enum of 64 bits in a narrower integer that holds its values is a bigint", async () => {
  const few = t.enumeration("few", { NONE: 0n, LAST: 15n }, { kind: "enum64", size: t.u64.size } as never);
  const record = t.struct("r", 16, [
    noted("one", t.u8, 0, "enum=few"),
    noted("three", t.array(t.u16, 3), 2, "enum=few;endian=big"),
    { ...t.bitField("bits", t.u32, 64, 4), tags: ["rbgen:enum=few"] },
    noted("n", t.u8, 12, "enum=few"),
    noted("text", t.array(t.char, 3), 13, "length=n"),
  ]);
  const loaded = await load(t.moduleOf([record, few]), { types: ["r"], columns: true });
  expect(typeCheck({ "r.gen.ts": loaded.text })).toEqual({ oldest: [], own: [] });
  const codec = loaded.codec("r");
  const bytes = Uint8Array.of(15, 0, 0, 1, 0, 2, 0, 3, 7, 0, 0, 0, 2, 97, 98);
  const value = { one: 15n, three: [1n, 2n, 3n], bits: 7n, n: 2n, text: "ab" };
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.toBytes(value)).toEqual(bytes);
  expect(codec.toBytes({ ...value, one: 15, n: undefined })).toEqual(bytes);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  expect(() => codec.toBytes({ one: 256n })).toThrow(/one: .*no integer from 0 to 255/);
  expect((decodeColumns(codec, [bytes]) as ColumnBatch).columns["one"]).toEqual(BigUint64Array.of(15n));
  const view = codec.createView() as Leased & Record<string, unknown>;
  view[takeLease](new Lease(new DataView(bytes.buffer), 0, bytes.length));
  expect(view).toMatchObject(value);
});

test("an enum of 32 bits in an integer of 64 is a number where that is asked for", async () => {
  const record = t.struct("verdicts", 32, [
    noted("one", t.u64, 0, "int64=number;enum=kind"),
    noted("few", t.array(t.u64, 2), 8, "int64=number;enum=kind"),
    { ...t.bitField("bits", t.u64, 192, 40), tags: ["rbgen:int64=number;enum=kind"] },
  ]);
  const { codec: named, text } = await load(t.moduleOf([record, kinds]), { types: ["verdicts"], columns: true });
  files["verdicts.gen.ts"] =
    `${text}\nexport const compared: boolean = decodeVerdicts(new Uint8Array(32)).one === Kind.EXEC;\n`;
  const codec = named("verdicts");
  const value = { one: 1, few: [2, 2 ** 40], bits: 2 };
  const bytes = codec.toBytes(value);
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.fromJSON(codec.toJSON(value))).toEqual(value);
  expect((decodeColumns(codec, [bytes]) as ColumnBatch).columns["one"]).toEqual(Float64Array.of(1));
  bytes[7] = 1;
  expect(() => codec.decode(bytes)).toThrow(/verdicts.one/);
});

test("flags and addresses are no lengths", async () => {
  const counted = t.struct("r", 8, [
    noted("len", t.u32, 0, "ipv4"),
    t.member("data", t.array(t.u8, 0), 8, { tags: ["rbgen:length=len"] }),
  ]);
  expect(await complaints(t.moduleOf([counted]))).toMatchObject([
    {
      code: "RB4004",
      message: expect.stringMatching(/r\.len is ipv4, no plain integer, which length=len on data needs/),
    },
  ]);
});

test.each<[string, t.Target, string, RegExp]>([
  ["endian", t.u8, "endian=big", /endian=big on struct r\.x means nothing: it is no number of several bytes/],
  ["endian of a struct", inner, "endian=big", /it is no number of several bytes/],
  ["endian that the type says", t.typedef("__be16", t.u16), "endian=big", /its type says so/],
  ["enum", t.u8, "enum=none", /no enum is called none/],
  ["enum of 32 bits", t.u64, "enum=kind", /r\.x has 64 bits, and the values of enum kind are numbers, of 32/],
  ["enum of more bits", t.u8, "enum=wide", /r\.x has 8 bits, which do not hold ALL of enum wide/],
  ["enum of a struct", inner, "enum=kind", /enum on struct r\.x means nothing: it is no integer/],
  ["enum of text", t.array(t.char, 4), "enum=kind;string", /is no array of bytes, so it cannot be string/],
  ["bool", t.bool, "bool", /bool on struct r\.x means nothing: its type says so/],
  ["bool of 128 bits", t.u128, "bool", /it has 128 bits/],
  ["bool and enum", t.u8, "bool;enum=kind", /cannot be bool and enum/],
  ["bool and signed", t.u8, "bool;signed", /leaves nothing for a sign to say/],
  ["signed", t.s32, "signed", /signed on struct r\.x means nothing: its type says so/],
  ["both signs", t.s32, "signed;unsigned", /cannot be signed and unsigned/],
  ["signed of a struct", inner, "signed", /signed on struct r\.x means nothing: it is no integer/],
  ["skip of an open array", t.array(t.u8, 0), "skip", /r\.x has no bytes of its own/],
  ["skip and more", t.u8, "skip;enum=kind", /enum on struct r\.x means nothing: it is skipped/],
  ["name of another", t.u8, "name=y", /name=y on struct r\.x is taken by another member, or reserved/],
  ["name of an object's own", t.u8, "name=toString", /is taken by another member, or reserved/],
])("%s that says nothing is refused", async (_, type, note, message) => {
  const record = t.struct("r", 24, [t.member("y", t.u32, 0), noted("x", type, 8, note)]);
  const [first] = await complaints(t.moduleOf([kinds, wide, record]), { types: ["r"] });
  expect(first?.code).toBe("RB4004");
  expect(first?.message).toMatch(message);
});

test("a length that is skipped is refused, and so is a meaning on a union that is none", async () => {
  const counted = t.struct("r", 2, [
    noted("len", t.u8, 0, "skip"),
    t.member("data", t.array(t.u8, 0), 1, { tags: ["rbgen:length=len"] }),
  ]);
  expect(await complaints(t.moduleOf([counted]))).toMatchObject([
    { code: "RB4004", message: expect.stringMatching(/r\.len is skipped, and length=len on data needs it/) },
  ]);
  const union = t.union("", 4, [t.member("a", t.u32, 0), t.member("b", t.u16, 0)]);
  const told = t.struct("r", 4, [t.member("", union, 0, { tags: ["rbgen:skip"] })]);
  expect(await complaints(t.moduleOf([told]))).toMatchObject([
    { code: "RB4004", message: expect.stringMatching(/skip on struct r means nothing/) },
  ]);
});

test("an arm of a union that is skipped is none of those that a value may give", async () => {
  const union = t.union("", 4, [t.member("a", t.u32, 0), noted("raw", t.array(t.u8, 4), 0, "skip")]);
  const { codec, text } = await load(t.moduleOf([t.struct("r", 4, [t.member("", union, 0)])]));
  files["arm.gen.ts"] = text;
  const target = new Uint8Array(4);
  codec("r").encode({ a: 1 }, new DataView(target.buffer));
  expect([...target]).toEqual([1, 0, 0, 0]);
  expect(codec("r").decode(new DataView(target.buffer))).toEqual({ a: 1, $bytes0: target });
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
