import { expect, test } from "vitest";
import { readHeader } from "../front-end.ts";
import { characterValue } from "./literal.ts";

test.each([
  ["L'\\xffffffff'", -1n],
  ["L'\\x80000000'", -0x8000_0000n],
  ["L'\\x7fffffff'", 0x7fff_ffffn],
  ["L'\u20ac'", 0x20acn],
  ["U'\\xffffffff'", 0xffff_ffffn],
  ["u'\\xffff'", 0xffffn],
  ["u8'\\xff'", 0xffn],
  ["'\\xff'", -1n],
  ["L''", undefined],
  ["L'ab'", undefined],
  ["L'\\x1ffffffff'", undefined],
  ["u'\\x10000'", undefined],
  ["'\\x100000041'", undefined],
  ["'\\x00000041'", 0x41n],
])("the value of %s is %s, as its type has it", (text, value) => {
  expect(characterValue(text)).toBe(value);
});

test("a wide character is an int in conditions and enumerators", () => {
  const said: string[] = [];
  const text = `#if L'\\xffffffff' < 0 && L'\\x80000000' == -2147483648 && U'\\xffffffff' > 0
enum e { A = L'\\xffffffff', B = L'\\x80000000' };
#endif
`;
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const module = readHeader(
    { name: "t.h", text },
    "t.h",
    { read: () => undefined },
    { endian: "little", ...options },
    ({ message }) => said.push(message),
  );
  expect(said).toEqual([]);
  expect(module.find("e")).toMatchObject([
    {
      kind: "enum",
      values: [
        { name: "A", value: -1n },
        { name: "B", value: -0x8000_0000n },
      ],
    },
  ]);
});
