import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";
import { annotationMacros } from "../parse/prelude.ts";

test.each(["\u00a0", "\u201c", "\u2013", "\ufffd"])("%j is part of no name", (character) => {
  const said: string[] = [];
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  readHeader(
    { name: "t.h", text: `struct s { int a${character}b; };` },
    "t.h",
    { read: () => undefined },
    { endian: "little", ...options },
    ({ message }) => said.push(message),
  );
  expect(said).toEqual([`expected ';' after the member, but '${character}' stands here`]);
});

test.each([
  ["unsinged int x;", "RB2002", "did you mean 'unsigned'?"],
  ["struct s { cahr b; };", "RB2002", "did you mean 'char'?"],
  ["struct s { sturct q { int z; } d; };", "RB2002", "did you mean 'struct'?"],
  ["typdef int t;", "RB2002", "did you mean 'typedef'?"],
  ["enmu e { A };", "RB2002", "did you mean 'enum'?"],
  ["cosnt int z = 3;", "RB2002", "did you mean 'const'?"],
  ["struct s { __u46 a; };", "RB2002", "did you mean '__u64'?"],
  ["typedef int event_kind_t; struct s { evnt_kind_t a; };", "RB2002", "did you mean 'event_kind_t'?"],
  ["struct event { int a; }; struct s { event a; };", "RB2002", "did you mean 'struct event'?"],
  ['static_assert(1, "");', "RB2002", "#include <assert.h> defines it"],
  ["struct { __uint(type, 27); } m;", "RB2002", "#include <bpf/bpf_helpers.h> defines it"],
  ["static __always_inline int f(void) { return 0; }", "RB2002", "#include <bpf/bpf_helpers.h> defines it"],
  ["struct s { int n; char text[] RB_LENGHT(n); };", "RB2001", "did you mean 'RB_LENGTH'?"],
  ["struct s { int n; char text[] RB_LENGTH(n); };", "RB2001", "#include <rbgen.h> defines it"],
  ["struct s { RB_SKIPP int n; };", "RB2002", "did you mean 'RB_SKIP'?"],
  ["#inclde <linux/types.h>\n", "RB1015", "did you mean '#include'?"],
  ["#elsif 1\n", "RB1015", "did you mean '#elif'?"],
])("what %s means is suggested", (text, code, hint) => {
  const diagnostics: Diagnostic[] = [];
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  readHeader({ name: "t.h", text }, "t.h", { read: () => undefined }, { endian: "little", ...options }, (diagnostic) =>
    diagnostics.push(diagnostic),
  );
  expect(diagnostics[0]).toMatchObject({ code, hint });
});

test("the macros that annotate are those of rbgen.h", () => {
  const header = readFileSync(new URL("../../../include/rbgen.h", import.meta.url), "utf8");
  const defined = [...header.matchAll(/^#\s*define (RB_\w+)/gm)].map(([, name = ""]) => name);
  const inner = ["RB_TAG", "RB_TEXT", "RB_TEXT_", "RB_CONCAT", "RB_CONCAT_"];
  expect([...annotationMacros].sort()).toEqual([...new Set(defined)].filter((name) => !inner.includes(name)).sort());
});
