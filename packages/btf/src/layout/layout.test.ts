import { describe, expect, test } from "vitest";
import {
  alignOf,
  bitFieldStorage,
  bits,
  bytes,
  closureOf,
  formatDefinition,
  formatDefinitions,
  formatType,
  holesOf,
  type Int,
  isFlexible,
  isPacked,
  leavesOf,
  type Member,
  paddingOf,
  resolve,
  type Struct,
  sizeOf,
  strip,
  type Type,
  type Typedef,
  type Union,
  underlyingName,
} from "../index.ts";
import { skipQualifiers } from "./strip.ts";

const integer = (name: string, size: number, signed: boolean, rest: Partial<Int> = {}): Int => ({
  kind: "int",
  name,
  size: bytes(size),
  signed,
  char: name === "char",
  bool: false,
  ...rest,
});
const char = integer("char", 1, true);
const u8 = integer("unsigned char", 1, false);
const u16 = integer("short unsigned int", 2, false);
const int = integer("int", 4, true);
const u64 = integer("long long unsigned int", 8, false);
const typedef = (name: string, target: Type): Typedef => ({ kind: "typedef", name, target });
const array = (element: Type, count: number): Type => ({ kind: "array", element, count });
const pointer = (target: Type): Type => ({ kind: "ptr", target });
const member = (name: string, type: Type, offset: number, width?: number): Member => ({
  name,
  type,
  bitOffset: bits(offset),
  ...(width === undefined ? {} : { bitSize: bits(width) }),
});
const struct = (name: string, size: number, ...members: Member[]): Struct => ({
  kind: "struct",
  name,
  size: bytes(size),
  members,
});
const union = (name: string, size: number, ...members: Member[]): Union => ({
  ...struct(name, size, ...members),
  kind: "union",
});
const u32 = typedef("u32", integer("unsigned int", 4, false));
const event = struct(
  "event",
  40,
  member("ts", u64, 0),
  member("pid", u32, 64),
  member("state", u8, 96, 3),
  member("flags", u8, 99, 5),
  member("", union("", 16, member("v4", u32, 0), member("v6", array(u8, 16), 0)), 128),
  member("port", u16, 256),
);

describe("layout", () => {
  test("sizes, alignments, holes and padding of a struct", () => {
    expect([sizeOf(event), alignOf(event), isPacked(event)]).toEqual([40, 8, false]);
    expect(holesOf(event)).toMatchObject([{ bitOffset: 104, bitSize: 24, after: { name: "flags" } }]);
    expect(paddingOf(event)).toBe(48);
  });

  test.each<[string, Struct | Union, boolean, number]>([
    [
      "a member at an offset that its type does not allow",
      struct("s", 5, member("a", u8, 0), member("b", int, 8)),
      true,
      1,
    ],
    ["a size that is no multiple of the alignment", struct("s", 6, member("a", int, 0), member("b", u16, 32)), true, 1],
    ["a bit-field that crosses its unit", struct("s", 8, member("a", u8, 0, 5), member("b", int, 5, 30)), true, 1],
    ["members where C puts them", struct("s", 8, member("a", u8, 0), member("b", int, 32)), false, 4],
    ["a union", union("u", 8, member("a", u64, 0), member("b", u8, 0)), false, 8],
    ["a packed union", union("u", 9, member("a", u64, 0), member("b", array(u8, 9), 0)), true, 1],
    ["nothing", struct("s", 0), false, 1],
  ])("%s: packed or not is inferred, and the alignment follows", (_, type, packed, align) => {
    expect([isPacked(type), alignOf(type)]).toEqual([packed, align]);
  });

  test("what the source says of alignment and packing is believed", () => {
    expect(alignOf({ ...event, align: bytes(64) })).toBe(64);
    expect(isPacked({ ...event, packed: true })).toBe(true);
    expect(alignOf({ ...event, packed: true })).toBe(1);
    expect(alignOf({ ...typedef("wide", int), align: bytes(16) })).toBe(16);
  });

  test("resolve goes through typedefs, skipQualifiers keeps them", () => {
    const type: Type = {
      kind: "const",
      target: { kind: "type_tag", value: "user", target: typedef("t", { kind: "volatile", target: int }) },
    };
    expect(resolve(type)).toBe(int);
    expect(skipQualifiers(type)).toMatchObject({ kind: "typedef", name: "t" });
  });

  test("strip tells the typedefs that it passes, and the byte order that the outermost one promises", () => {
    const inner = typedef("__be32", u32);
    const outer = typedef("address_t", { kind: "const", target: inner });
    expect(strip(outer)).toMatchObject({ type: { name: "unsigned int" }, endian: "big" });
    expect(strip(outer).typedefs.map(({ name }) => name)).toEqual(["address_t", "__be32", "u32"]);
    expect(strip(outer, "little").endian).toBe("little");
    expect(strip(int)).toEqual({ type: int, typedefs: [], endian: undefined });
  });

  test("a flexible member is the last one, an array of none", () => {
    const tail = member("data", array(u8, 0), 32);
    const log = struct("log", 4, member("zero", array(u8, 0), 0), member("length", int, 0), tail);
    const plain = { ...log, members: log.members.slice(0, 2) };
    expect(plain.members.map((each) => isFlexible(each, plain))).toEqual([false, false]);
    expect(log.members.map((each) => isFlexible(each, log))).toEqual([false, false, true]);
    expect(sizeOf(log)).toBe(4);
  });

  test.each([
    ["little", 3, 5, 8, 4, 3],
    ["big", 3, 5, 8, 4, 24],
    ["little", 12, 4, 8, 4, 12],
    // The unit would reach beyond the struct: the bytes that the field touches.
    ["little", 3, 5, 1, 1, 3],
    ["big", 3, 5, 1, 1, 0],
  ] as const)(
    "%s-endian: a bit-field at bit %d of width %d in %d bytes is read from a unit of %d, shifted by %d",
    (endian, at, width, size, unit, shift) => {
      const field = member("f", int, at, width);
      expect(bitFieldStorage(field, struct("s", size, field), endian)).toEqual({
        byteOffset: 0,
        byteSize: unit,
        shift,
        bitSize: width,
      });
    },
  );
});

describe("C text", () => {
  const proto: Type = {
    kind: "func_proto",
    result: int,
    params: [
      { name: "p", type: pointer({ kind: "void" }) },
      { name: "", type: { kind: "void" } },
    ],
  };
  test.each<[string, Type, string | undefined]>([
    ["char comm[16]", array(char, 16), "comm"],
    ["char[16]", array(char, 16), undefined],
    ["u32 m[2][3]", array(array(u32, 3), 2), "m"],
    ["unsigned char data[]", array(u8, 0), "data"],
    ["void *", pointer({ kind: "void" }), undefined],
    ["const char *const name", { kind: "const", target: pointer({ kind: "const", target: char }) }, "name"],
    ["int (*call)(void *p, ...)", pointer(proto), "call"],
    ["int (*)(void *p, ...)", pointer(proto), undefined],
    ["int (*(*table)[4])(void *p, ...)", pointer(array(pointer(proto), 4)), "table"],
    ["int *(*to)[4]", pointer(array(pointer(int), 4)), "to"],
    ["struct event *", pointer(event), undefined],
    ["union", union("", 4), undefined],
    ["union {...} x[2]", array(union("", 4), 2), "x"],
    ["const volatile int x", { kind: "const", target: { kind: "volatile", target: int } }, "x"],
    ["void *restrict p", { kind: "restrict", target: pointer({ kind: "void" }) }, "p"],
    ["int f(void)", { kind: "func_proto", result: int, params: [] }, "f"],
  ])("%s", (text, type, name) => {
    expect(formatType(type, name)).toBe(text);
  });

  test.each<[string, Type]>([
    ["unsigned long long", u64],
    ["unsigned short", u16],
    ["unsigned int", u32],
    ["unsigned long", integer("long unsigned int", 8, false)],
    ["unsigned int", integer("__ARRAY_SIZE_TYPE__", 4, false)],
    ["long long", integer("i64", 8, true)],
    // 4 bytes are no long where pointers have 8.
    ["unsigned int", integer("long unsigned int", 4, false)],
    ["unsigned __int128", integer("__int128 unsigned", 16, false)],
    ["_Bool", integer("bool", 1, false, { bool: true })],
    ["char[16]", typedef("name_t", array({ kind: "const", target: char }, 16))],
    ["char *", pointer({ kind: "const", target: typedef("c", char) })],
    ["struct event", typedef("event_t", event)],
  ])("underlying: %s", (text, type) => {
    expect(underlyingName(type)).toBe(text);
  });

  test("a definition has what the rules of C do not bring: packing and padding", () => {
    expect(formatDefinition(struct("s", 5, member("a", u8, 0), member("b", int, 8)))).toBe(
      "struct __attribute__((packed)) s {\n\tunsigned char a;\n\tint b;\n};\n",
    );
    expect(formatDefinition(struct("s", 12, member("a", u8, 0), member("b", u8, 32)))).toBe(
      "struct s {\n\tunsigned char a;\n\tunsigned char : 8, : 8, : 8;\n\tunsigned char b;\n\tunsigned char : 8, : 8, : 8, : 8, : 8, : 8, : 8;\n};\n",
    );
    expect(formatDefinition(struct("s", 64, member("__padding0", int, 0)))).toContain("unsigned char __padding1[60];");
  });

  test("what C cannot say is an error: members that overlap, names that are no identifiers", () => {
    const overlap = struct("s", 8, member("a", u64, 0), member("b", int, 32));
    expect(() => formatDefinition(overlap)).toThrow(expect.objectContaining({ code: "c-text" }));
    for (const name of ["a b", "x; } evil", "int", "Option<u32>", "9"]) {
      expect(() => formatDefinition(struct("s", 4, member(name, int, 0)))).toThrow(
        expect.objectContaining({ code: "c-text" }),
      );
    }
  });

  test("definitions come after what they contain, with other names where C has only one", () => {
    const a: Type = { kind: "enum", name: "a", size: bytes(4), signed: false, values: [{ name: "ON", value: 1n }] };
    const b: Type = { kind: "enum", name: "b", size: bytes(4), signed: true, values: [{ name: "ON", value: -1n }] };
    const text = formatDefinitions([
      struct(
        "s",
        16,
        member("x", a, 0),
        member("y", b, 32),
        member("z", pointer(struct("s", 4, member("q", int, 0))), 64),
      ),
    ]);
    expect(text).toBe(
      "enum a {\n\tON = 1,\n};\n\nenum b {\n\tON___2 = -1,\n};\n\nstruct s;\n\nstruct s___2 {\n\tenum a x;\n\tenum b y;\n\tstruct s *z;\n};\n",
    );
  });
});

describe("leaves and closures", () => {
  test("leaves of every arm, with dimensions, anonymous members without a name of their own", () => {
    const outer = struct("o", 88, member("e", array(event, 2), 0), member("m", array(array(u16, 2), 2), 640));
    expect(leavesOf(outer).map(({ path, bitOffset, bitSize }) => [path, bitOffset, bitSize])).toEqual([
      ["e[2].ts", 0, 64],
      ["e[2].pid", 64, 32],
      ["e[2].state", 96, 3],
      ["e[2].flags", 99, 5],
      ["e[2].v4", 128, 32],
      ["e[2].v6[16]", 128, 128],
      ["e[2].port", 256, 16],
      ["m[2][2]", 640, 64],
    ]);
  });

  test("a closure follows what a layout needs, and pointers where asked to", () => {
    const node = struct("n", 16, member("next", pointer(event), 0), member("count", u32, 64));
    const kinds = (pointers: boolean): string[] => closureOf([node], { pointers }).map((type) => type.kind);
    expect(kinds(false)).toEqual(["struct", "ptr", "typedef", "int"]);
    expect(kinds(true)).toContain("union");
  });
});
