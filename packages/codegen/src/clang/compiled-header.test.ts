import { bits, bytes, encodeBtf, type Member, type NamedType, type Struct, type Type, type Typedef } from "@rbgen/btf";
import { describe, expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import { readHeader } from "../c/front-end.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { CompiledHeader } from "./compiled-header.ts";
import type { ClangDeclaration } from "./declarations.ts";

function read(text: string): { readonly module: TypeModule; readonly errors: number } {
  let errors = 0;
  const options = {
    endian: "little",
    includePaths: [],
    systemPaths: [],
    forcedIncludes: [],
    defines: [],
    undefines: [],
  } as const;
  const module = readHeader({ name: "t.h", text }, "t.h", { read: () => undefined }, options, () => {
    errors += 1;
  });
  return { module, errors };
}

function btfOf(types: Iterable<NamedType>) {
  const bytes = encodeBtf([...types], { endian: "little" });
  return readBtfModule(bytes, { name: "t.h", path: "t.h" }, () => undefined)!;
}

/**
 * `own` as the built-in front-end reads it, held against a compilation that gave what `clangs` says: all of it, or what is
 * named in `first` and the rest when it is asked for.
 */
function compiled(own: string, clangs: string, first?: readonly string[]) {
  const { module, errors } = read(own);
  const theirs = [...read(clangs).module.types()];
  const declarations = theirs.map((type): ClangDeclaration => {
    if (type.kind === "struct" || type.kind === "union" || type.kind === "typedef")
      return { kind: type.kind, name: type.name, file: "/t.h" };
    return { kind: "enum", name: type.name, file: "/t.h" };
  });
  const asked: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const header = new CompiledHeader(
    module,
    errors === 0,
    {
      declarations,
      file: "/t.h",
      btf: btfOf(first === undefined ? theirs : theirs.filter(({ name }) => first.includes(name))),
      compile: ({ name }) => {
        asked.push(name);
        return btfOf(theirs.filter((type) => type.name === name));
      },
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const types = [...header.types()];
  return { header, types, asked, module, messages: diagnostics.map(({ code, message }) => `${code} ${message}`) };
}

const source = `
#define LEN 4
/** Kinds. */
enum kind { A = -1, B };
/** A key. */
typedef struct { /** who */ unsigned addr; } tkey;
/** An event. */
struct event { tkey key; enum kind kind; unsigned a : 3, : 4, b : 2; char data[]; } __attribute__((aligned(16)));
struct event *keep;
`;

describe("a header that clang compiled", () => {
  test("has the built-in front-end's types where the two agree, with comments, alignments and macros", () => {
    const { header, types, module, messages } = compiled(source, source);
    expect(messages).toEqual([]);
    expect(types).toEqual([...module.types()]);
    expect(types.map((type) => "doc" in type && type.doc)).toEqual(["Kinds.", "A key.", "An event."]);
    expect(header.constants).toEqual([expect.objectContaining({ name: "LEN", value: 4n })]);
    expect([...header.names()]).toEqual([...module.names()]);
    expect(header.find("event")).toEqual(module.find("event"));
    expect(header.origin(types[0]!)).toEqual({ kind: "input" });
    expect(header.sections).toBe(module.sections);
  });

  test.each([
    [
      "an offset",
      "struct s { int a; short b; };",
      "struct s { int a; short : 8, b; };",
      "'b' at bit 32, with clang member 'b' at bit 48",
    ],
    [
      "a size",
      "struct s { int a; };",
      "struct s { int a; } __attribute__((aligned(8)));",
      "has 4 bytes here, and 8 with",
    ],
    ["a name", "struct s { int a; };", "struct s { int b; };", "struct s differs: here it has member 'a' at bit 0"],
    ["a width", "struct s { int a : 3; };", "struct s { int a : 4; };", "member 'a' of 3 bits at bit 0, with clang"],
    ["a sign", "struct s { int a; };", "struct s { unsigned a; };", "it is int here, and unsigned int with clang"],
    ["a float", "struct s { int a; };", "struct s { float a; };", "it is int here, and float with clang"],
    ["a dimension", "struct s { int a[2]; };", "struct s { int a[2][1]; };", "of member 'a', it is int here"],
    ["a count", "struct s { char a[2]; char b; };", "struct s { char a[3]; };", "of member 'a', it is an array of 2"],
    ["a pointer", "struct s { long a; };", "struct s { void *a; };", "it is long here, and a pointer with clang"],
    ["what is pointed at", "struct s { int *a; };", "struct s { char *a; };", "it is int here, and char with clang"],
    ["a member less", "struct s { int a; };", "struct s { int a; int b[0]; };", "only clang has member 'b'"],
    ["a member more", "struct s { int a; int b[0]; };", "struct s { int a; };", "clang has no member 'b'"],
    [
      "an inner member",
      "struct s { struct { int a; }; };",
      "struct s { struct { int b; }; };",
      "of member without a name",
    ],
    ["a value", "enum s { A };", "enum s { A = 2 };", "enum s differs: here it has A = 0, with clang A = 2"],
    ["an enumerator", "enum s { A };", "enum s { A, B };", "only clang has enumerator B"],
    ["an enum's size", "enum s { A };", "enum s { A } __attribute__((packed));", "it has 4 bytes here, and 1"],
    ["a typedef", "typedef int t; struct s { t a; };", "typedef int u; struct s { u a; };", "struct s differs"],
    ["a typedef's target", "typedef int s;", "typedef short s;", "typedef s differs: it is int here, and short"],
    ["a definition more", "struct s { int a; };", "struct r { int a; };", "struct s is not defined with clang"],
  ])("differs by %s, which is reported, and has clang's type", (_, own, clangs, message) => {
    const { types, messages, header } = compiled(own, clangs);
    expect(messages.join("\n")).toMatch(/^RB5013 /);
    expect(messages.join("\n")).toContain(message);
    const shape = (type: NamedType) => `${type.kind} ${type.name} ${"size" in type ? type.size : ""}`;
    expect(types.map(shape)).toEqual([...read(clangs).module.types()].map(shape));
    expect(new Set(types.map((type) => header.origin(type).kind))).toEqual(new Set(["input"]));
  });

  test("has clang's type where the built-in front-end refuses, and one node for each name", () => {
    const own = `struct a { char c; int b; } __attribute__((ms_struct));
      /** Good. */ struct g { int x; };
      struct b { struct a in; struct g good; struct b *next; struct a *other; };
      struct b *keep;`;
    const { types, messages, header } = compiled(own, own.replace("__attribute__((ms_struct))", ""));
    expect(messages).toEqual([]);
    expect(types.map(({ name }) => name)).toEqual(["a", "g", "b"]);
    const [a, g, b] = types;
    expect(g).toHaveProperty("doc", "Good.");
    expect(b).toMatchObject({ kind: "struct", size: 32 });
    const members = b?.kind === "struct" ? b.members : [];
    expect(members[0]?.type).toBe(a);
    expect(members[1]?.type).toBe(g);
    const next = members[2]?.type;
    expect(next?.kind === "ptr" && next.target).toBe(b);
    expect(header.origin(a!)).toEqual({ kind: "input" });
    expect([...header.names()].sort()).toEqual(["a", "b", "g"]);
  });

  test("refuses what clang's BTF holds as void: types that BTF does not have, where the built-in front-end refuses them too", () => {
    const member = (name: string, type: Type): Member => ({ name, type, bitOffset: bits(0) });
    const struct = (name: string, type: Type): Struct => ({
      kind: "struct",
      name,
      size: bytes(8),
      members: [member("odd", type)],
    });
    const atomic: Type = { kind: "void" };
    const p = struct("p", atomic);
    const t: Typedef = { kind: "typedef", name: "t", target: struct("", { kind: "array", element: atomic, count: 2 }) };
    const q = struct("q", p);
    const ok = struct("ok", { kind: "ptr", target: atomic });
    const own = "struct p { _Atomic(struct { char c[3]; }) odd; };";
    const diagnostics: string[] = [];
    const header = new CompiledHeader(
      read(own).module,
      false,
      {
        declarations: [p, t, q, ok].map(({ kind, name }) => ({ kind, name, file: "/t.h" })),
        file: "/t.h",
        btf: { ...btfOf([]), find: (name) => [p, t, q, ok].filter((type) => type.name === name) },
        compile: () => undefined,
      },
      ({ code, message }) => diagnostics.push(`${code} ${message}`),
    );
    expect([...header.types()].map(({ name }) => name)).toEqual(["ok"]);
    expect(diagnostics).toEqual([
      "RB2013 struct p cannot be taken from clang: its BTF does not tell the type of member 'odd'",
      "RB2013 typedef t cannot be taken from clang: its BTF does not tell the type of member 'odd'",
      "RB2013 struct q cannot be taken from clang: its BTF does not tell the type of struct p",
    ]);
  });

  test("compiles once more for a type that nothing kept in the BTF, and once only", () => {
    const { header, asked } = compiled(source, source, ["event"]);
    const before = [...asked];
    expect(header.find("tkey")).toHaveLength(1);
    expect(header.find("tkey")).toHaveLength(1);
    expect(before.filter((name) => name === "event")).toEqual([]);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("answers everyday names that no file defines, and nothing else", () => {
    const { header } = compiled("struct s { __u32 x; };", "typedef unsigned int __u32; struct s { __u32 x; };");
    expect(header.find("__u64")).toHaveLength(1);
    expect(header.find("nobody")).toEqual([]);
  });
});
