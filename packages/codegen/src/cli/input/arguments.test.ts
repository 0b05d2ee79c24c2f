import { expect, test } from "vitest";
import { MemoryHost } from "../host/memory-host.ts";
import { parseDefine, parseLimit } from "./arguments.ts";
import { inputKind } from "./input-bytes.ts";
import { inputSettings } from "./settings.ts";
import { systemIncludePaths } from "./system-paths.ts";

test.each([
  ["A", { name: "A", value: "1" }],
  ["A=", { name: "A", value: "" }],
  ["A=b=c", { name: "A", value: "b=c" }],
  ["F(x)=x+1", { name: "F(x)", value: "x+1" }],
])("-D %s defines %j", (text, expected) => {
  expect(parseDefine(text)).toEqual(expected);
});

test.each([
  ["nesting=300", { name: "nesting", value: 300 }],
  ["tokens=0000001", { name: "tokens", value: 1 }],
])("--limit %s is %j", (text, expected) => {
  expect(parseLimit(text)).toEqual(expected);
});

test.each([
  ["nesting", "Write NAME=NUMBER."],
  ["nesting=", "Write NAME=NUMBER."],
  ["=3", "Write NAME=NUMBER."],
  ["nesting=1e3", "Write NAME=NUMBER."],
  ["nesting=-1", "Write NAME=NUMBER."],
  ["nesting=99999999999999999999", "Write NAME=NUMBER."],
  ["nesting=0", "For nesting a whole number from 1 to 500 is wanted."],
  ["nesting=501", "For nesting a whole number from 1 to 500 is wanted."],
  ["nestin=5", 'There is no such limit: did you mean "nesting"?'],
  ["__proto__=5", "There is no such limit: there are includeDepth, includes, characters,"],
])("--limit %s is refused with a reason", (text, message) => {
  expect(() => parseLimit(text)).toThrow(message);
});

const nothing = {
  includePaths: [],
  quotePaths: [],
  systemPaths: [],
  forcedIncludes: [],
  macros: [],
  limits: {},
  verbose: false,
  json: false,
};

test("of several -D and -U for a name the last one counts, and the command line comes after the configuration", () => {
  const macros = ["A", "B=2", "A=3"].map(parseDefine);
  const settings = inputSettings(
    { ...nothing, macros: [...macros, { name: "B", value: undefined }, { name: "C", value: undefined }] },
    { macros: [parseDefine("C=1"), parseDefine("D=4")] },
  );
  expect(settings.defines).toEqual(["D=4", "A=3"]);
  expect(settings.undefines).toEqual(["B", "C"]);
});

test("the command line's folders come before the configuration's", () => {
  const settings = inputSettings({ ...nothing, includePaths: ["a"] }, { includePaths: ["b"], endian: "big" });
  expect(settings).toMatchObject({ includePaths: ["a", "b"], endian: "big", frontend: "builtin" });
});

test("limits of the command line win over those of the configuration, one by one", () => {
  const settings = inputSettings({ ...nothing, limits: { nesting: 9 } }, { limits: { nesting: 8, tokens: 7 } });
  expect(settings.limits).toEqual({ nesting: 9, tokens: 7 });
});

test("the system's folders are those that exist, under the root that was given", () => {
  const host = new MemoryHost({
    files: {
      "/usr/include/stdio.h": "",
      "/usr/include/x86_64-linux-gnu/asm/types.h": "",
      "/root/usr/include/stdio.h": "",
      "/rbgen/include/rbgen.h": "",
    },
  });
  expect(systemIncludePaths(host, undefined)).toEqual([
    "/usr/include/x86_64-linux-gnu",
    "/usr/include",
    "/rbgen/include",
  ]);
  expect(systemIncludePaths(host, "/root/")).toEqual(["/root/usr/include", "/rbgen/include"]);
});

test.each([
  ["btf", Uint8Array.of(0x9f, 0xeb, 1)],
  ["btf", Uint8Array.of(0xeb, 0x9f, 1)],
  ["elf", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46)],
  ["text", new TextEncoder().encode("struct a { int x; }; // é 漢\r\n\t\f")],
  ["text", Uint8Array.of(0xef, 0xbb, 0xbf, 0x69)],
  ["text", Uint8Array.of(0x2f, 0x2f, 0xe9, 0xe8)],
  ["binary", Uint8Array.of(0x1f, 0x8b, 8, 0)],
  ["binary", Uint8Array.from({ length: 64 }, (_, index) => index % 8)],
])("bytes are told to be %s by what they hold", (kind, bytes) => {
  expect(inputKind(bytes)).toBe(kind);
});
