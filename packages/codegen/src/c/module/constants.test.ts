import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

test("a macro that nothing uses, and that doubles over and over, is left out with a warning, and nothing else is", () => {
  const diagnostics: Diagnostic[] = [];
  const doubling = Array.from({ length: 30 }, (_, i) => `#define D${i + 1} D${i} D${i}`).join("\n");
  const { constants } = readHeader(
    {
      name: "a.h",
      text: `#define D0 x++;\n${doubling}\n#define NEXT (D0 1)\n#define LAST 3\nstruct s { int a[LAST]; };`,
    },
    "a.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  expect(constants.map(({ name, value }) => [name, value])).toEqual([["LAST", 3n]]);
  expect(diagnostics).toMatchObject([{ code: "RB1013", severity: "warning" }]);
  expect(diagnostics[0]?.message).toContain("macro 'D12'");
});
