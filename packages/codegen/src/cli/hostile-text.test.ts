import { bits, bytes, encodeBtf, type Int, type Struct } from "@rbgen/btf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const codes = [0x01, 0x1b, 0x7f, 0x85, 0x9b, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202e, 0x2066, 0xfeff];
/** What a terminal obeys or shows elsewhere; a line's end and a tab are ours. */
const forbidden = new RegExp(
  `[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${String.fromCharCode(...codes.slice(5))}]`,
  "u",
);

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...codes).map((code) => String.fromCharCode(code)),
      fc.constantFrom("a", "b", "*/", "/*"),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => `n${parts.join("")}`);

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };

/** A struct with the name in every place of BTF that has one. */
function objectOf(name: string): Uint8Array {
  const value: Struct = {
    kind: "struct",
    name,
    size: bytes(4),
    members: [{ name, type: { kind: "typedef", name, target: int }, bitOffset: bits(0) }],
  };
  return encodeBtf([value], { endian: "little" });
}

/** A header with the text in every place that is not a name: names of files, comments, strings. */
function headerOf(text: string): string {
  const line = text.replace(/[\r\n]|\*\//g, "");
  return `#define M "${line}"\n#include "${line}.h"\n#error ${line}\n/* ${line} */\nstruct s { int x; /* ${line} */ ${line} };\n`;
}

test.each([
  ["layout", "a.h"],
  ["layout", "a.h", "--json"],
  ["layout", "a.h", "-t", "nosuch"],
  ["list", "a.h"],
  ["list", "a.h", "--json"],
  ["diff", "a.h", "b.h"],
  ["diff", "a.h", "b.h", "--json"],
  ["a.h", "--all", "--json", "-v", "-o", "out.ts"],
])("nothing of an input drives the terminal, or shows other than it says: rbgen %s %s %s", async (...args) => {
  await fc.assert(
    fc.asyncProperty(hostile, fc.boolean(), async (name, object) => {
      const first = object ? objectOf(name) : headerOf(name);
      const host = new MemoryHost({ files: { "/w/a.h": first, "/w/b.h": objectOf(`${name}x`) } });
      const code = await runCommand([...args], host);
      expect([0, 1, 3]).toContain(code);
      expect(forbidden.exec(host.out + host.err)).toBeNull();
      if (args.includes("--json")) JSON.parse(host.out);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["a.h", "--map"],
  ["a.h", "--int64"],
  ["a.h", "--limit"],
  ["a.h", "--type"],
  ["layout", "a.h", "--endian"],
  ["diff", "a.h"],
  ["list"],
  ["a.h", "--config"],
  ["a.h", "--output"],
])("nothing of an argument does either: rbgen %s %s %s", async (...args) => {
  await fc.assert(
    fc.asyncProperty(hostile, fc.constantFrom("", "-", "--", "x="), async (text, before) => {
      const host = new MemoryHost({ files: { "/w/a.h": "struct a { int x; };" } });
      const words = args.filter((word) => word !== undefined);
      await runCommand([...words, `${before}${text}`], host);
      expect(forbidden.exec(host.err + host.out)).toBeNull();
    }),
    { numRuns: 8 },
  );
});
