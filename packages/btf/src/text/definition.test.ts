import { describe, expect, test } from "vitest";
import {
  bits,
  bytes,
  formatDefinition,
  formatDefinitions,
  type Int,
  type Member,
  type Struct,
  type Type,
} from "../index.ts";

const integer = (name: string, size: number): Int => ({
  ...{ kind: "int", name, size: bytes(size), signed: false, char: false, bool: false },
});
const u8 = integer("unsigned char", 1);
const u32 = integer("unsigned int", 4);
const u64 = integer("unsigned long long", 8);
const member = (name: string, type: Type, bitOffset: number, bitSize?: number): Member => ({
  ...{ name, type, bitOffset: bits(bitOffset) },
  ...(bitSize === undefined ? {} : { bitSize: bits(bitSize) }),
});
const struct = (name: string, size: number, members: readonly Member[], extra: Partial<Struct> = {}): Struct => ({
  ...{ kind: "struct", name, size: bytes(size), members },
  ...extra,
});
/** One line, for what is easier to read so. */
const line = (text: string): string => text.replace(/\s+/gu, " ").trim();

describe("a struct's definition", () => {
  test("has no padding where the rules of C lead to the place", () => {
    const type = struct("s", 16, [member("a", u8, 0), member("b", u32, 32), member("c", u64, 64)]);
    expect(line(formatDefinition(type))).toBe("struct s { unsigned char a; unsigned int b; unsigned long long c; };");
  });

  test("has padding where they do not, and at its end", () => {
    expect(line(formatDefinition(struct("s", 12, [member("a", u32, 32)])))).toMatch(
      /^struct s \{ (?:unsigned )?(?:int|char) ?[^;]*; unsigned int a; [^;]*; \};$/u,
    );
  });

  test("is packed where a member stands off its alignment", () => {
    const type = struct("s", 5, [member("a", u8, 0), member("b", u32, 8)]);
    expect(line(formatDefinition(type))).toBe("struct __attribute__((packed)) s { unsigned char a; unsigned int b; };");
  });

  test("lets bit-fields follow each other within a unit, and begins a new one where they would cross it", () => {
    const within = struct("s", 4, [member("a", u32, 0, 20), member("b", u32, 20, 12)]);
    expect(line(formatDefinition(within))).toBe("struct s { unsigned int a : 20; unsigned int b : 12; };");
    const crossing = struct("s", 8, [member("a", u32, 0, 20), member("b", u32, 32, 20)]);
    expect(line(formatDefinition(crossing))).toBe("struct s { unsigned int a : 20; unsigned int b : 20; };");
    const early = struct("s", 8, [member("a", u32, 0, 20), member("b", u32, 24, 8)], { size: bytes(4) });
    expect(line(formatDefinition(early))).toMatch(
      /^struct s \{ unsigned int a : 20; [^;]+ : 4; unsigned int b : 8; \};$/u,
    );
  });

  test("lets bit-fields of a packed struct cross", () => {
    const type = struct("s", 5, [member("a", u32, 0, 20), member("b", u32, 20, 20)]);
    expect(line(formatDefinition(type))).toBe(
      "struct __attribute__((packed)) s { unsigned int a : 20; unsigned int b : 20; };",
    );
  });

  test("is refused where members overlap", () => {
    expect(() => formatDefinition(struct("s", 4, [member("a", u32, 0), member("b", u32, 0)]))).toThrow(
      expect.objectContaining({ code: "c-text" }),
    );
  });
});

describe("a text of many definitions", () => {
  test("declares what is only pointed to, once, before who points", () => {
    const far = struct("far", 4, [member("x", u32, 0)]);
    const pointer: Type = { kind: "ptr", target: far };
    const type = struct("s", 16, [member("a", pointer, 0), member("b", pointer, 64)]);
    const text = line(formatDefinitions([type]));
    expect(text).toBe("struct far; struct s { struct far *a; struct far *b; };");
    expect(line(formatDefinitions([type, far]))).toBe(`${text} struct far { unsigned int x; };`);
  });

  test("defines what is held before who holds it", () => {
    const near = struct("near", 4, [member("x", u32, 0)]);
    expect(line(formatDefinitions([struct("s", 4, [member("a", near, 0)])]))).toBe(
      "struct near { unsigned int x; }; struct s { struct near a; };",
    );
  });

  test("writes a struct without a name where it is pointed to", () => {
    const unnamed = struct("", 4, [member("x", u32, 0)]);
    expect(line(formatDefinitions([struct("s", 8, [member("a", { kind: "ptr", target: unnamed }, 0)])]))).toBe(
      "struct s { struct { unsigned int x; } *a; };",
    );
  });

  test("takes chains as deep as any program's, and refuses those that are made to exhaust the stack", () => {
    const chain = (depth: number): Type => {
      let type: Type = u32;
      for (let i = 0; i < depth; i += 1) type = { kind: "ptr", target: type };
      return struct("s", 8, [member("a", type, 0)]);
    };
    expect(formatDefinitions([chain(100)])).toContain(`${"*".repeat(100)}a;`);
    expect(() => formatDefinitions([chain(100_000)])).toThrow(expect.objectContaining({ code: "limit" }));
  });
});
