import { bits, bytes, encodeBtf, type Int, type Struct } from "@rbgen/btf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const int: Int = { kind: "int", name: "unsigned int", size: bytes(4), signed: false, char: false, bool: false };
const inner: Struct = {
  kind: "struct",
  name: "inner",
  size: bytes(4),
  members: [{ name: "x", type: int, bitOffset: bits(0) }],
};
const event: Struct = {
  kind: "struct",
  name: "event",
  size: bytes(24),
  members: [
    { name: "inner", type: inner, bitOffset: bits(0) },
    { name: "flags", type: int, bitOffset: bits(32), bitSize: bits(3) },
    { name: "list", type: { kind: "array", element: inner, count: 3 }, bitOffset: bits(64) },
    { name: "next", type: { kind: "ptr", target: inner }, bitOffset: bits(160) },
  ],
};
const sound = encodeBtf([event], { endian: "little" });

/** Sound BTF with some of its bytes changed, or cut short. */
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: sound.length >> 1, max: sound.length }),
  )
  .map(([changes, length]) => {
    const image = sound.slice();
    for (const [at, value] of changes) image[at] = value;
    return image.subarray(0, length);
  });

const words = [
  "struct",
  "union",
  "enum",
  "typedef",
  "a",
  "b",
  "int",
  "unsigned",
  "char",
  "{",
  "}",
  ";",
  "*",
  "[",
  "]",
  "4",
  ":",
  ",",
  "(",
  ")",
];
const text = fc
  .array(
    fc.constantFrom(
      ...words,
      "#define a",
      '\n#include "a.h"\n',
      "#if 1\n",
      "__attribute__((packed))",
      "\u001b",
      "0",
      "1",
    ),
    { maxLength: 40 },
  )
  .map((parts) => new TextEncoder().encode(parts.join(" ")));

const input = fc.oneof(damaged, damaged, text, text, fc.uint8Array({ maxLength: 200 }));
const command = fc.constantFrom(
  ["layout", "a.h"],
  ["layout", "a.h", "--json", "--leaves"],
  ["layout", "a.h", "-t", "*e*"],
  ["list", "a.h"],
  ["list", "a.h", "--json"],
  ["a.h", "-o", "-", "--all"],
  ["a.h", "-t", "event"],
  ["diff", "a.h", "b.h"],
  ["schema", "a.h", "--all"],
  ["annotate", "a.h"],
  ["layout", "a.h", "--svg"],
);

/** Every way to ask for all that an input holds. */
const commands = [
  ["layout", "a.h"],
  ["layout", "a.h", "--json", "--leaves"],
  ["layout", "a.h", "-t", "*", "-v"],
  ["list", "a.h"],
  ["list", "a.h", "--json"],
  ["a.h", "-o", "-", "--all"],
  ["diff", "a.h", "b.h"],
  ["diff", "b.h", "a.h", "--json"],
  ["layout", "a.h", "--svg"],
  ["schema", "a.h", "--all"],
  ["annotate", "a.h"],
];

test("whatever an input holds, the command ends with a status of its own and never with a bug", async () => {
  await fc.assert(
    fc.asyncProperty(command, input, input, async (args, one, other) => {
      const host = new MemoryHost({ files: { "/w/a.h": one, "/w/b.h": other } });
      const code = await runCommand(args, host);
      if (code === 70) throw new Error(host.err);
      expect([0, 1, 3]).toContain(code);
      // Nothing of an input reaches a terminal as it is.
      expect(host.err.includes("\u001b")).toBe(false);
      if (code === 1) expect(host.err + host.out).toMatch(/RB\d{4}/);
    }),
    { numRuns: 1500 },
  );
});

test("BTF with any of its bytes changed ends every command with a status of its own, and a document whole", async () => {
  for (let at = 24; at < sound.length; at += 1) {
    for (const value of [0x00, 0x01, 0xff, 0x80]) {
      const image = sound.slice();
      if (image[at] === value) continue;
      image[at] = value;
      for (const args of commands) {
        const host = new MemoryHost({ files: { "/w/a.h": image, "/w/b.h": sound } });
        const code = await runCommand(args, host);
        if (code === 70) throw new Error(`byte ${at} as ${value}, ${args.join(" ")}: ${host.err}`);
        if (args.includes("--json")) expect(() => JSON.parse(host.out)).not.toThrow();
      }
    }
  }
});
