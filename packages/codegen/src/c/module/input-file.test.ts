import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { type HeaderOptions, readHeader } from "../front-end.ts";

const text = '#ifndef A_H\n#define A_H\n#include "b.h"\n#define LIMIT 4\nstruct a { int x; };\n#endif\n';
const files: Readonly<Record<string, string>> = { "a.h": text, "all.h": '#include "a.h"\n', "b.h": '#include "a.h"\n' };

function read(options: Partial<HeaderOptions> = {}, path = "a.h") {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "a.h", text },
    path,
    { read: (file) => files[file] },
    {
      endian: "little",
      includePaths: [],
      systemPaths: [],
      forcedIncludes: [],
      defines: [],
      undefines: [],
      ...options,
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  return {
    types: [...module.types()].map(({ name }) => name),
    constants: module.constants.map(({ name }) => name),
    codes: diagnostics.map(({ code }) => code),
  };
}

test.each<[string, Partial<HeaderOptions>, string]>([
  ["by itself", {}, "a.h"],
  ["first through a file before it", { forcedIncludes: ["all.h"] }, "a.h"],
  ["with a path from here", { forcedIncludes: ["all.h"] }, "./a.h"],
  ["in a circle of includes", { forcedIncludes: ["b.h"] }, "a.h"],
])("a header's structs and constants are its own, however it is reached: %s", (_, options, path) => {
  const { types, constants, codes } = read(options, path);
  expect([types, constants.filter((name) => name === "LIMIT"), codes]).toEqual([["a"], ["LIMIT"], []]);
});
