import { describe, expect, test } from "vitest";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const header = "struct event { unsigned long long ts; unsigned int pid; };\n";

async function rbgen(args: string, machine: MemoryMachine = {}): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  const code = await runCommand(args.split(" "), host);
  return Object.assign(host, { code });
}

describe("a file that is as it would be written", () => {
  test("is not written again, and is said to be unchanged", async () => {
    const host = new MemoryHost({ files: { "/w/a.h": header } });
    expect(await runCommand(["a.h"], host)).toBe(0);
    expect(await runCommand(["a.h"], host)).toBe(0);
    expect(host.written).toEqual(["/w/a.gen.ts"]);
    expect(host.err).toMatch(/^a\.h → a\.gen\.ts {2}1 record, unchanged, \d+ ms$/m);
  });

  test("is written where one byte differs, and --json says which", async () => {
    const host = new MemoryHost({ files: { "/w/a.h": header } });
    const changes: string[] = [];
    const run = async (): Promise<void> => {
      host.out = "";
      await runCommand(["a.h", "--json"], host);
      changes.push(JSON.parse(host.out).files[0].change);
    };
    await run();
    await run();
    host.contents.set("/w/a.h", new TextEncoder().encode(header.replace("pid", "tid")));
    await run();
    expect(changes).toEqual(["new", "unchanged", "changed"]);
  });
});

describe("--dry-run", () => {
  test("writes nothing, and says what would become of each output", async () => {
    const host = new MemoryHost({ files: { "/w/a.h": header, "/w/b.h": header, "/w/c.h": header } });
    await runCommand(["a.h", "b.h"], host);
    host.contents.set("/w/b.h", new TextEncoder().encode(header.replace("pid", "tid")));
    host.written.length = 0;
    host.err = "";
    expect(await runCommand(["--dry-run", "a.h", "b.h", "c.h", "-q"], host)).toBe(0);
    expect(host.err).toBe("");
    expect(await runCommand(["--dry-run", "a.h", "b.h", "c.h"], host)).toBe(0);
    expect(host.err.split("\n")).toEqual([
      "a.h → a.gen.ts  1 record, unchanged",
      "b.h → b.gen.ts  1 record, would be changed",
      "c.h → c.gen.ts  1 record, would be made",
      "",
    ]);
    expect(host.written).toEqual([]);
  });

  test("tells of what could not be written over, as a run would", async () => {
    const run = await rbgen("a.h --dry-run", { files: { "/w/a.h": header, "/w/a.gen.ts": "mine" } });
    expect(run.code).toBe(1);
    expect(run.err).toContain("RB5006");
  });

  test.each([
    ["a.h --dry-run -o -", "--dry-run says what becomes of files: give -o FILE"],
    ["a.h --dry-run --check", "--check writes nothing by itself: leave --dry-run out"],
    ["a.h --dry-run --depfile a.d", "--depfile is written, and --dry-run writes nothing"],
    ["a.h --check --depfile a.d", "--depfile is written, and --check writes nothing"],
    ["a.h -o - --depfile a.d", "--depfile says what a file was made of: give -o FILE"],
    ["a.h --json --diagnostics json", "--json has diagnostics in its document: leave --diagnostics out"],
  ])("`%s` is refused: %s", async (args, message) => {
    const run = await rbgen(args, { files: { "/w/a.h": header } });
    expect([run.code, run.err.split("\n")[0]]).toEqual([2, `error: ${message}`]);
    expect(run.written).toEqual([]);
  });
});

describe("--quiet", () => {
  test("leaves diagnostics, and what was asked for", async () => {
    const files = { "/w/a.h": `${header}struct odd { nosuch x; };\n`, "/w/ok.h": header };
    const bad = await rbgen("a.h -q", { files });
    expect(bad.err).toContain("RB2");
    const fine = await rbgen("ok.h -o - -q -Wall", { files });
    expect([fine.code, fine.err]).toEqual([0, ""]);
    expect(fine.out).toContain("decodeEvent");
    expect((await rbgen("list ok.h -q", { files })).out).toContain("event");
  });
});

describe("progress", () => {
  const many = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`/w/inc${index}.h`, `struct s${index} { int x; };\n`]),
  );
  const top = Object.keys(many).map((path) => `#include "${path.slice(3)}"\n`);
  const files = { ...many, "/w/a.h": `${top.join("")}${header}` };

  test("is told on a terminal once work takes half a second, in one line that is gone at the end", async () => {
    const run = await rbgen("a.h", { files, terminal: true, env: { NO_COLOR: "1" } });
    const lines = run.err.split("\r\u001b[2K");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines[1]).toMatch(/^a\.h: reading \/w\/inc\d+\.h {2}0\.5 s$/);
    // Taken away before what stays.
    expect(lines.at(-1)).toMatch(/^a\.h → a\.gen\.ts/);
  });

  test("is told nowhere else, and not of work that is short", async () => {
    expect((await rbgen("a.h", { files })).err).not.toContain("\u001b[2K");
    expect((await rbgen("a.h -q", { files, terminal: true })).err).not.toContain("\u001b[2K");
    expect((await rbgen("a.h", { files, terminal: true, env: { TERM: "dumb" } })).err).not.toContain("\u001b[2K");
    const short = await rbgen("b.h", { files: { "/w/b.h": header }, terminal: true });
    expect(short.err).not.toContain("\u001b[2K");
  });
});
