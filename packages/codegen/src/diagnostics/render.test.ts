import { expect, test } from "vitest";
import type { Diagnostic, SourceText } from "./diagnostic.ts";
import { displayLine, displayWidth, printable, printableJson } from "./display-text.ts";
import { diagnosticToJson } from "./json.ts";
import { DiagnosticLog } from "./log.ts";
import { positionOf } from "./position.ts";
import { plain, renderDiagnostic } from "./render.ts";

const options = { paint: plain, columns: 100 };
const source: SourceText = { name: "types.h", text: "#define FIELD u46 x\nstruct a {\n\tFIELD;\r\n};\n" };
const at = (text: string, from: SourceText = source) => {
  const start = from.text.indexOf(text);
  return { source: from, start, end: start + text.length };
};

test("a diagnostic shows place, line, caret range, trace, note and hint", () => {
  const diagnostic: Diagnostic = {
    code: "RB5004",
    severity: "error",
    message: 'no type "u46"',
    span: at("FIELD;"),
    trace: [{ message: 'in expansion of macro "FIELD"', span: at("u46") }],
    notes: ["a note"],
    hint: 'did you mean "u64"?',
  };
  expect(renderDiagnostic(diagnostic, options)).toBe(
    [
      'types.h:3:2: error RB5004: no type "u46"',
      "    3 |         FIELD;",
      "      |         ^~~~~~",
      '  in expansion of macro "FIELD" (types.h:1:15)',
      "    1 | #define FIELD u46 x",
      "      |               ^~~",
      "  note: a note",
      '  hint: did you mean "u64"?',
      "",
    ].join("\n"),
  );
});

test("without a span the path stands in its place, and control characters cannot reach the terminal", () => {
  const text = renderDiagnostic(
    { code: "RB3001", severity: "warning", message: "bad \u001b[31mname\u202e", at: "a.o\u0007" },
    options,
  );
  expect(text).toBe("a.o\\x07: warning RB3001: bad \\x1b[31mname\\u202e\n");
});

test("wide characters push the caret by two columns, combining ones by none", () => {
  const wide: SourceText = { name: "w.h", text: "/* 漢字 e\u0301 😀 */ bad;" };
  const lines = renderDiagnostic(
    { code: "RB5004", severity: "error", message: "m", span: at("bad", wide) },
    options,
  ).split("\n");
  const code = lines[1]!.slice(8);
  const caret = lines[2]!.slice(8);
  expect(caret.indexOf("^")).toBe(displayWidth(code.slice(0, code.indexOf("bad"))));
  expect(caret.trim()).toBe("^~~");
});

test("a long line is clipped around the range, on both sides", () => {
  const long = `${"a".repeat(5000)}TARGET${"b".repeat(5000)}`;
  const shown = displayLine(long, 5000, 5006, 80);
  expect(displayWidth(shown.text)).toBeLessThanOrEqual(80);
  expect(shown.text.startsWith("…") && shown.text.endsWith("…")).toBe(true);
  expect([...shown.text].slice(shown.from, shown.to).join("")).toBe("TARGET");
});

test.each([
  [0, 4],
  [4996, 5000],
  [5000, 5000],
  [0, 5000],
])("clipping keeps the caret inside the window for the range %d to %d", (start, end) => {
  const shown = displayLine("x".repeat(5000), start, end, 60);
  expect(displayWidth(shown.text)).toBeLessThanOrEqual(60);
  expect(shown.from).toBeGreaterThanOrEqual(0);
  expect(shown.to).toBeGreaterThan(shown.from);
  expect(shown.to).toBeLessThanOrEqual(61);
});

test("a line of millions of characters is shown at once", () => {
  const huge: SourceText = { name: "h.h", text: "x".repeat(4_000_000) };
  const span = { source: huge, start: 3_000_000, end: 4_000_000 };
  expect(renderDiagnostic({ code: "RB5004", severity: "error", message: "m", span }, options).length).toBeLessThan(400);
});

test("positions past the end of a source are on its last line", () => {
  expect(positionOf({ source, start: 10_000, end: 10_001 })).toMatchObject({ file: "types.h", line: 5 });
});

test("printable leaves text alone and escapes the rest", () => {
  expect(printable("é漢😀\n\t\0\ud800")).toBe("é漢😀\\n\\t\\x00\\ud800");
});

test.each([
  ["\u061c", "\\u061c"],
  ["\u200b", "\\u200b"],
  ["\u{e0041}", "\\u{e0041}"],
  ["\x9b", "\\x9b"],
  ["\udc00", "\\udc00"],
])("what cannot be seen is an escape of JavaScript, and of JSON: %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(new Function(`return "${shown}"`)()).toBe(text);
  expect(printableJson({ text })).toMatch(/^[ -~]*$/);
  expect(JSON.parse(printableJson({ text }))).toEqual({ text });
});

test("JSON carries positions of start and end, and leaves out what is absent", () => {
  const json = diagnosticToJson({ code: "RB5004", severity: "error", message: "m", span: at("FIELD;") });
  expect(json).toEqual({
    code: "RB5004",
    severity: "error",
    message: "m",
    place: { file: "types.h", line: 3, column: 2, endLine: 3, endColumn: 8 },
  });
  expect(diagnosticToJson({ code: "RB5004", severity: "error", message: "m", at: "a.b" })).toEqual({
    code: "RB5004",
    severity: "error",
    message: "m",
    at: "a.b",
  });
});

test("a log holds each diagnostic once, sorted within its source, errors counted", () => {
  const log = new DiagnosticLog();
  const later: Diagnostic = { code: "RB5004", severity: "error", message: "later", span: at("};") };
  const sooner: Diagnostic = { code: "RB5004", severity: "warning", message: "sooner", span: at("struct") };
  for (const diagnostic of [later, sooner, later]) log.report(diagnostic);
  expect(log.sorted().map((diagnostic) => diagnostic.message)).toEqual(["sooner", "later"]);
  expect([log.errors, log.warnings]).toEqual([1, 1]);
});

test("what was taken of a log is not taken again, and what comes later is", () => {
  const log = new DiagnosticLog();
  const warning: Diagnostic = { code: "RB5023", severity: "warning", message: "before" };
  const error: Diagnostic = { code: "RB5021", severity: "error", message: "later" };
  log.report(warning);
  expect(log.take()).toEqual({ diagnostics: [warning], dropped: 0 });
  log.report(warning);
  expect(log.take()).toEqual({ diagnostics: [], dropped: 0 });
  log.report(error);
  expect(log.take()).toEqual({ diagnostics: [error], dropped: 0 });
  for (let i = 0; i < 1002; i += 1) log.report({ code: "RB5004", severity: "warning", message: `w${i}` });
  expect(log.take().dropped).toBe(3);
  expect(log.take()).toEqual({ diagnostics: [], dropped: 0 });
  expect(log.sorted()).toHaveLength(1001);
});

test("a log prints so many, errors before warnings, and counts the rest", () => {
  const log = new DiagnosticLog();
  for (let i = 0; i < 3000; i += 1) log.report({ code: "RB5004", severity: "warning", message: `w${i}` });
  log.report({ code: "RB5004", severity: "error", message: "the error" });
  const text = log.render(options, 10);
  expect(text.split("\n").filter((line) => line.includes("RB5004"))).toHaveLength(10);
  expect(text).toContain("error RB5004: the error");
  expect(text).toContain("… and 2991 more");
  expect(log.dropped).toBe(2000);
  expect(log.errors).toBe(1);
});
