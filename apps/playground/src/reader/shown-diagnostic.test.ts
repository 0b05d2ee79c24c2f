import { expect, test } from "vitest";
import { drawSource } from "../source/read-source.ts";
import { shownDiagnostics } from "./shown-diagnostic.ts";

test("the place of a diagnostic is its line and column, whichever line ends stand before it", () => {
  const text = "struct a {\n\tint b;\n\tunknown_t c;\n};\n";
  const { first, errors } = shownDiagnostics(drawSource("a.h", text).diagnostics, "a.h");
  expect(first[0]).toMatchObject({ code: "RB2002", place: "a.h:3:2" });
  expect(text.slice(first[0]?.range?.from, first[0]?.range?.to)).toBe("unknown_t");
  expect(errors).toBe(1);
});

test("characters that reorder text are escapes in all that is shown", () => {
  const text = 'struct a { int b; };\n#include "x\u202e\u2066y\u200b.h"\n';
  const shown = JSON.stringify(shownDiagnostics(drawSource("n\u202eame.h", text).diagnostics, "n\u202eame.h"));
  expect(shown).not.toMatch(/[\u202e\u2066\u200b]/);
  expect(shown).toContain("x\\\\u202e\\\\u2066y\\\\u200b.h");
  expect(shown).toContain("n\\\\u202eame.h:2:");
});

test("a hint that names an option says that it is the command's; others stand as they are", () => {
  const hintOf = (text: string) => shownDiagnostics(drawSource("a.h", text).diagnostics, "a.h").first[0]?.hint;
  expect(hintOf('#include "there.h"\n')).toMatch(/^this page reads one file[^\n]*\nwith the command: .*-I/);
  expect(hintOf("struct a { flaot b; };\n")).not.toMatch(/^[^\n]*--?[a-z]/i);
});

test("a type that is not complete is to be defined above, as one that is unknown", () => {
  const { first } = shownDiagnostics(drawSource("a.h", "struct a { struct gone b; };\n").diagnostics, "a.h");
  expect(first[0]).toMatchObject({ code: "RB2004" });
  expect(first[0]?.hint).toMatch(/^this page reads one file: define the type above/);
});

test("no folder is named on a page that has none", () => {
  const { first } = shownDiagnostics(drawSource("a.h", '#include "there.h"\n').diagnostics, "a.h");
  expect(first[0]).toMatchObject({
    code: "RB1001",
    message: "'there.h' is none of the headers that rbgen brings",
    notes: [],
  });
  expect(first[0]?.hint?.split("\n")[0]).not.toContain("folder");
});

test("of more than a page can show, the number is told", () => {
  const text = Array.from({ length: 500 }, (_, index) => `struct s${index} { gone_t a; };`).join("\n");
  const { first, more, errors } = shownDiagnostics(drawSource("a.h", text).diagnostics, "a.h");
  expect(first.length + more).toBe(errors);
  expect(first.length).toBeLessThanOrEqual(200);
});
