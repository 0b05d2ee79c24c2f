import { expect, test } from "vitest";
import { MemoryHost } from "../cli/host/memory-host.ts";
import { runCommand } from "../cli/program.ts";

const round: unknown[] = [];
round.push(round);

/** Values that a configuration in JavaScript may hold, by what they are. */
const values: Readonly<Record<string, unknown>> = {
  null: null,
  "a number": 1,
  "not a number": Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  "a negative number": -1,
  "a bigint": 10n,
  "a boolean": true,
  "a string": "x",
  "an empty string": "",
  "a NUL": "\0",
  "characters that turn text around": "a\u202eb\x1b[31m\u2028\x85\ufeff",
  "half of a pair": "\ud800",
  "a long string": "x".repeat(5000),
  "the name of the prototype": "__proto__",
  "a symbol": Symbol("a\x1b[31m"),
  "a function": () => 1,
  "a list of nothing": [],
  "a list of null": [null],
  "a list with a hole": new Array(2),
  "a list of a list": [["x"]],
  "a list of a NUL": ["\0"],
  "a list of an object": [{}],
  "a list of objects of wrong kinds": [{ path: 1, output: {}, types: "x", maps: [] }],
  "a list that holds itself": round,
  "an object": {},
  "an object without a prototype": Object.assign(Object.create(null), { x: "y" }),
  "an object with a hostile name": { "a\x1b[31m\u202e": "x", __proto__: null },
  "an object of null": { x: null },
  "an object of a symbol": { x: Symbol("x") },
  "an object of lists": { x: ["a", 1] },
  "a symbol's property": { [Symbol("x")]: 1 },
  "a date": new Date(0),
  "an invalid date": new Date(Number.NaN),
  "a map": new Map([["x", "y"]]),
  "a regular expression": /x/,
  "a promise": Promise.resolve(1),
  "an object that throws": new Proxy(
    {},
    {
      get() {
        throw new Error("no \x1b[31m");
      },
      ownKeys() {
        throw new Error("no");
      },
      getOwnPropertyDescriptor() {
        throw new Error("no");
      },
    },
  ),
  "a getter that throws": {
    get x() {
      throw new Error("no");
    },
  },
  "a value that throws a string": {
    get x() {
      throw "no";
    },
  },
};

const keys = [
  "inputs",
  "endian",
  "base",
  "typesFrom",
  "quotePaths",
  "includePaths",
  "systemPaths",
  "forcedIncludes",
  "defines",
  "sysroot",
  "vmlinux",
  "frontend",
  "limits",
  "types",
  "all",
  "maps",
  "int64",
  "case",
  "annotations",
  "unheardOf",
  "__proto__",
];

const turning = [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff];
const unsafe = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${String.fromCharCode(...turning)}]`, "u");

async function run(config: unknown, ...args: string[]) {
  const host = new MemoryHost({
    files: { "/w/a.h": "struct a { int x; };", "/w/rbgen.config.ts": "" },
    configs: { "/w/rbgen.config.ts": config },
  });
  const code = await runCommand(args, host);
  return { code, out: host.out, err: host.err };
}

test.each(keys)("whatever %s is, it is taken or told", async (key) => {
  for (const [what, value] of Object.entries(values)) {
    const config = Object.defineProperty({}, key, { value, enumerable: true });
    for (const args of [
      ["a.h", "--json"],
      ["list", "a.h"],
    ]) {
      const { code, out, err } = await run(config, ...args);
      const at = `${key}: ${what}, ${args.join(" ")}: ${err}${out}`;
      expect([0, 1, 2, 3], at).toContain(code);
      expect(unsafe.exec(err + out), at).toBeNull();
      if (args.includes("--json")) JSON.parse(out);
      else if (code !== 0) expect(err, at).toMatch(/error RB\d{4}/);
    }
  }
});

test.each(Object.entries(values))("the whole being %s is told", async (what, value) => {
  const { code, err, out } = await run(value, "a.h");
  expect([0, 1, 2], `${what} ${err} ${out}`).toContain(code);
  expect(unsafe.exec(err)).toBeNull();
});

test.each(["types", "annotations", "maps", "limits", "defines", "inputs"])(
  "in an input of its own, whatever %s is",
  async (key) => {
    for (const [what, value] of Object.entries(values)) {
      const { code, out, err } = await run({ inputs: [{ path: "a.h", [key]: value }] });
      expect([0, 1, 2], `${key}: ${what}: ${err}${out}`).toContain(code);
      expect(unsafe.exec(err + out), what).toBeNull();
    }
  },
);
