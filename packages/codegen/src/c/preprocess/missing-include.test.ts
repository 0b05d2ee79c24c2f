import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

test.each([
  ["#include <no/such.h>", "<no/such.h>"],
  ['#include "such.h"', '"such.h"'],
  ["#define WHICH <such.h>\n#include WHICH", "WHICH"],
])("the caret of %s covers the name of the file", (text, covered) => {
  const diagnostics: Diagnostic[] = [];
  readHeader(
    { name: "types.h", text: `${text}\n` },
    "types.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  expect(diagnostics.map(({ code, span }) => [code, span?.source.text.slice(span.start, span.end)])).toEqual([
    ["RB1001", covered],
  ]);
});
