import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { githubCommand } from "../diagnostics/github.ts";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { Invocation } from "./invocation.ts";
import { runCommand } from "./program.ts";

async function rbgen(args: string, machine: MemoryMachine = {}): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  const code = await runCommand(args.split(" "), host);
  return Object.assign(host, { code });
}

const bad = "#include <linux/types.h>\nstruct event {\n  nosuch x;\n};\n";

test.each(["text", "json", "github"] as const)("as %s, what a run tells twice is printed once", (diagnostics) => {
  const host = new MemoryHost({});
  const invocation = new Invocation(host, { quiet: false, diagnostics });
  invocation.report({ code: "RB5023", severity: "warning", message: "sooner" });
  expect(invocation.printDiagnostics()).toBe(0);
  invocation.report({ code: "RB5021", severity: "error", message: "later" });
  expect(invocation.printDiagnostics()).toBe(1);
  expect(invocation.printDiagnostics()).toBe(1);
  expect(host.err.match(/sooner|later/g)).toEqual(["sooner", "later"]);
});

describe("--diagnostics json", () => {
  test("is a line for each, with the place and the code, and nothing else on standard error", async () => {
    const run = await rbgen("a.h b.h --diagnostics json", {
      files: { "/w/a.h": bad, "/w/b.h": "struct event { int x; };\n" },
    });
    expect(run.code).toBe(1);
    const lines = run.err
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { schema: 1, severity: "error", place: { file: "a.h", line: 3, column: 3, endLine: 3, endColumn: 9 } },
    ]);
    expect(lines[0].code).toMatch(/^RB\d{4}$/);
  });

  test("is of every command that reads inputs", async () => {
    const run = await rbgen("layout a.h --diagnostics json", { files: { "/w/a.h": bad } });
    expect(JSON.parse(run.err.split("\n")[0]!)).toMatchObject({ schema: 1, severity: "error" });
  });
});

describe("--diagnostics github", () => {
  test("is a workflow command at the line, seen from the root of the repository", async () => {
    const run = await rbgen("a.h --diagnostics github", {
      files: { "/w/a.h": bad },
      env: { GITHUB_WORKSPACE: "/" },
    });
    expect(run.code).toBe(1);
    expect(run.err.split("\n")[0]).toMatch(
      /^::error file=w\/a\.h,line=3,endLine=3,col=3,endColumn=8,title=rbgen RB\d{4}::.*'?nosuch/,
    );
  });

  test("names a file outside of the repository as it was given", async () => {
    const run = await rbgen("a.h --diagnostics github", {
      files: { "/w/a.h": bad },
      env: { GITHUB_WORKSPACE: "/other" },
    });
    expect(run.err).toMatch(/^::error file=a\.h,line=3/);
  });

  test("shows an output that is stale, or missing, at the file", async () => {
    const files = { "/w/a.h": "struct event { int x; };\n" };
    const run = await rbgen("a.h --check --diagnostics github", { files, env: { GITHUB_WORKSPACE: "/" } });
    expect(run.code).toBe(3);
    expect(run.err).toBe("::error file=w/a.gen.ts,title=rbgen::a.gen.ts is missing: run rbgen without --check\n");
  });

  // As actions/runner reads a line: `::name key=value,…::data`, with these escapes and no others.
  const unescapeData = (text: string): string =>
    text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
  const unescapeProperty = (text: string): string =>
    text
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");

  test("is read by a runner as what was said, whatever a name or a message holds", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "%", ":", ",", "\n", "0A", "2C", "::", " ", "é") });
    fc.assert(
      fc.property(text, text, text, (file, message, hint) => {
        fc.pre(!/^\s*$/.test(file) && !file.includes("\n"));
        const source = { name: file, text: "struct a\n" };
        const command = githubCommand(
          { code: "RB2002", severity: "warning", message, hint, span: { source, start: 0, end: 6 } },
          (path) => path,
        );
        expect(command.endsWith("\n")).toBe(true);
        const [, properties = "", data = ""] = /^::warning ([^\n]*?)::([^\n]*)\n$/.exec(command) ?? [];
        const read = new Map(
          properties.split(",").map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]),
        );
        expect(unescapeProperty(read.get("file") ?? "")).toBe(file);
        expect(unescapeData(data)).toBe(`${message}\nhint: ${hint}`);
      }),
    );
  });
});
