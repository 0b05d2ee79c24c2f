import {
  bits,
  bytes,
  type Datasec,
  type Enum,
  encodeBtf,
  type Int,
  type Struct,
  type Type,
  type Union,
  type Var,
} from "@rbgen/btf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };

/** Names that BTF can hold and C cannot, those that mean something to the command line, and some of C. */
const name = fc.oneof(
  fc.constantFrom(
    "event",
    "a.b",
    "a,b",
    "struct event",
    "enum a",
    "x[3]",
    "[1][1]",
    "*",
    "?",
    "[",
    "]",
    "[a-",
    "!",
    "-",
    "--",
    "-t",
    "=",
    "a=b",
    " ",
    "a b",
    "\n",
    "\t",
    "\\",
    '"',
    "'",
    "`",
    "*/",
    "/*",
    "//",
    "@",
    "#",
    "%s",
    "<",
    ">",
    "&",
    "\u202e",
    "é",
    "😀",
    "__proto__",
    "constructor",
    "int",
    "1",
    "0x",
    "rbgen:record=a",
    ".",
    "..",
    "/",
    "a/b",
    "\x7f",
    "\x1b[31m",
  ),
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 4 }).map((text) => text.replaceAll("\0", "0")),
);

const enumeration = fc
  .tuple(
    name,
    fc.constantFrom(1, 2, 4, 8),
    fc.boolean(),
    fc.array(fc.tuple(name, fc.bigInt({ min: -3n, max: 300n })), { maxLength: 3 }),
  )
  .map(
    ([name, size, signed, values]): Enum => ({
      kind: "enum",
      name,
      size: bytes(size),
      signed,
      values: values.map(([name, value]) => ({ name, value: signed || value > 0n ? value : -value })),
    }),
  );

const composite = fc
  .tuple(
    fc.constantFrom("struct" as const, "union" as const),
    name,
    fc.array(fc.tuple(name, fc.nat(3)), { maxLength: 3 }),
    enumeration,
    fc.nat(2),
  )
  .map(([kind, name, members, chosen, hole]): Struct | Union => {
    const empty: Struct = { kind: "struct", name: `${name}0`, size: bytes(0), members: [] };
    const types: readonly (readonly [Type, number])[] = [
      [int, 4],
      [empty, 0],
      [chosen, chosen.size],
      [{ kind: "array", element: empty, count: 5 }, 0],
    ];
    let at = 0;
    const placed = members.map(([name, which]) => {
      const [type, size] = types[which]!;
      const align = Math.max(1, size);
      at = kind === "union" ? 0 : Math.ceil(at / align) * align;
      const member = { name, type, bitOffset: bits(at * 8) };
      at += size;
      return member;
    });
    const size = kind === "union" ? Math.max(0, ...members.map(([, which]) => types[which]![1])) : at;
    return { kind, name, size: bytes(size + (size === 0 ? 0 : hole * 4)), members: placed };
  });

const section = fc
  .tuple(
    fc.constantFrom(".kconfig", ".ksyms", ".data", ".rodata.x", ".maps", ".struct_ops", ".data.*/"),
    fc.array(fc.tuple(name, fc.nat(7)), { maxLength: 4 }),
    composite,
  )
  .map(([name, variables, held]): Datasec => {
    const types: readonly Type[] = [
      int,
      held,
      { kind: "void" } as Type,
      { kind: "array", element: int, count: 0xffff_ffff },
      { kind: "ptr", target: held },
      { kind: "fwd", of: "struct", name: `${held.name}f` } as Type,
      { kind: "array", element: held, count: 0 },
      { kind: "int", name: "_Bool", size: bytes(1), signed: false, char: false, bool: true } as Type,
    ];
    return {
      kind: "datasec",
      name,
      size: bytes(64),
      variables: variables.map(([name, which], index) => ({
        variable: { kind: "var", name, type: types[which]!, linkage: index % 2 === 0 ? "extern" : "global" } as Var,
        offset: bytes(index * 8),
        size: bytes(4),
      })),
    };
  });

const object = fc
  .tuple(
    fc.array(composite, { minLength: 1, maxLength: 3 }),
    fc.array(enumeration, { maxLength: 2 }),
    fc.array(section, { maxLength: 2 }),
  )
  .map(([composites, enums, sections]) => ({
    bytes: encodeBtf([...composites, ...enums, ...sections], { endian: "little" }),
    names: [...composites, ...enums].map(({ name }) => name),
  }));

test.each([
  ["layout"],
  ["layout", "--json", "--leaves"],
  ["list"],
  ["list", "--json"],
  ["diff"],
  ["annotate"],
  ["", "--all"],
  ["", "--json"],
])(
  "types of any name, without size, and in any section are read or refused: rbgen %s %s",
  async (command, ...flags) => {
    await fc.assert(
      fc.asyncProperty(object, fc.option(name), fc.nat(9), async ({ bytes, names }, other, pick) => {
        const host = new MemoryHost({ files: { "/w/a.btf": bytes, "/w/b.btf": bytes } });
        const inputs = command === "diff" ? ["a.btf", "b.btf"] : ["a.btf"];
        const wanted = other ?? names[pick % names.length]!;
        const types = command === "annotate" || pick > 6 ? [] : [`--type=${wanted}`];
        const code = await runCommand([...(command === "" ? [] : [command!]), ...inputs, ...flags, ...types], host);
        expect([0, 1, 3], host.err).toContain(code);
        expect(host.err).not.toContain("bug in rbgen");
        if (flags.includes("--json")) JSON.parse(host.out);
      }),
      { numRuns: Number(process.env["RBGEN_RUNS"] ?? 60) },
    );
  },
);
