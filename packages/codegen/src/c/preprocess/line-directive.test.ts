import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

function membersOf(text: string): { names: string[]; codes: string[] } {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "types.h", text },
    "types.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const names = module
    .find("s")
    .flatMap((type) => (type.kind === "struct" ? type.members.map(({ name }) => name) : []));
  return { names, codes: diagnostics.map(({ code }) => code) };
}

const paste = "#define PASTE_(a, b) a##b\n#define PASTE(a, b) PASTE_(a, b)\n";

test("#line counts the lines behind it from its number on", () => {
  const text = `${paste}struct s {\n#line 70\n  int PASTE(m, __LINE__);\n  int PASTE(m, __LINE__);\n};\n`;
  expect(membersOf(text)).toEqual({ names: ["m70", "m71"], codes: [] });
});

test("#line takes its number and its name from macros, and a later one counts", () => {
  const text = `${paste}#define N 7\n#line N "a.y"\nstruct s {\n#line 900\n  int PASTE(m, __LINE__); char name[sizeof(__FILE__) == 4 ? 1 : -1];\n};\n`;
  expect(membersOf(text)).toEqual({ names: ["m900", "name"], codes: [] });
});

test("a macro's uses count where they stand, not where it is defined", () => {
  const text = `${paste}#define HERE PASTE(m, __LINE__)\n#line 500\nstruct s {\n  int HERE;\n};\n`;
  expect(membersOf(text)).toEqual({ names: ["m501"], codes: [] });
});

test.each(["#line", "#line seven", '#line 7 "a" 8', "#line 7 a", "#line 99999999999"])("%s is refused", (directive) => {
  expect(membersOf(`${directive}\nstruct s { int a; };\n`)).toEqual({ names: ["a"], codes: ["RB1016"] });
});
