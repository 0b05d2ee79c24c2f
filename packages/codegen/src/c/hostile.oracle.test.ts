import fc from "fast-check";
import { describe, test } from "vitest";
import { readHeader } from "./front-end.ts";

function read(text: string): void {
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const module = readHeader(
    { name: "t.h", text },
    "t.h",
    { read: () => undefined },
    { endian: "little", ...options },
    () => {},
  );
  for (const type of module.types()) void type.name;
  void module.constants.length;
}

describe("arbitrary text", () => {
  test("any text ends in a module", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        read(text);
      }),
      { numRuns: 10_000 },
    );
  });

  test("any run of C's own words ends in a module", () => {
    const words = [
      "struct",
      "union",
      "enum",
      "typedef",
      "s",
      "t",
      "{",
      "}",
      "(",
      ")",
      "[",
      "]",
      ";",
      ",",
      ":",
      "*",
      "=",
      "3",
      "0x",
      "'a'",
      '"s"',
      "int",
      "unsigned",
      "long",
      "char",
      "const",
      "__attribute__((packed))",
      "__attribute__((aligned(8)))",
      "sizeof",
      "typeof",
      "_Static_assert",
      "_Alignas",
      "?",
      "+",
      "-",
      "<<",
      "#define A",
      "#if A",
      "#else",
      "#endif",
      "\n",
      "#include <x.h>",
      "A",
      "__VA_ARGS__",
      "#",
      "##",
      "\\\n",
      "/*",
      "*/",
      "//",
      "static",
      "inline",
      "asm",
      "#pragma pack(push, 1)\n",
      '_Pragma("pack()")',
      "__uint(type, 27)",
      'SEC(".maps")',
      "_Generic",
      "__builtin_offsetof",
      "[[",
      "]]",
      "#define F(x, ...) #x __VA_OPT__(,) x##__VA_ARGS__\n",
      "F(",
      "__has_include(",
      "defined",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (tokens) => {
        read(tokens.join(" "));
      }),
      { numRuns: 20_000 },
    );
  });
});
