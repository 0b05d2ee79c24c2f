import { readFileSync, statSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { assertions } from "@rbgen/testkit/c/assertions";
import { compile, systemFolders } from "@rbgen/testkit/c/clang";
import { cornerCases } from "@rbgen/testkit/c/corner-cases";
import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { readHeader } from "./front-end.ts";

const host = {
  read(path: string): string | undefined {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? readFileSync(path, "utf8") : undefined;
  },
};

describeWith(["clang"], "corner cases of C", () => {
  test.each(cornerCases)("%s: sizes, alignments, offsets and values are clang's", async (title, text) => {
    const diagnostics: Diagnostic[] = [];
    const module = readHeader(
      { name: "case.h", text },
      "case.h",
      host,
      {
        endian: "little",
        includePaths: [],
        systemPaths: systemFolders,
        forcedIncludes: [],
        defines: [],
        undefines: [],
      },
      (diagnostic) => diagnostics.push(diagnostic),
    );
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const types = [...module.types()];
    expect(types.length + module.constants.length).toBeGreaterThan(0);
    const flags = title.startsWith("c23") ? ["-std=c2x", "-fdouble-square-bracket-attributes"] : [];
    const claims = assertions(types, module.constants);
    const { messages } = await compile(`${text}\n${claims}\n`, "little", [...flags, "-fsyntax-only"]);
    expect(messages).toBe("");
  });
});
