import { expect, test } from "vitest";
import { noteTypePath } from "../diagnostics/type-path.ts";
import { describeBug } from "./bug.ts";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { outputFor } from "./outputs.ts";
import { runCommand } from "./program.ts";

const header = "struct event { unsigned long long ts; unsigned int pid; };\n";

const mapped = `${header}struct { int (*type)[27]; } events __attribute__((section(".maps")));\n`;

const hashed = 'struct { int (*type)[1]; int *key; struct event *value; } flows __attribute__((section(".maps")));\n';

async function rbgen(args: string, machine: MemoryMachine = {}): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  const code = await runCommand(
    args.split(" ").filter((word) => word !== ""),
    host,
  );
  return Object.assign(host, { code });
}

const installed: MemoryMachine["packages"] = { "@rbgen/runtime/package.json": "/m/package.json" };
const runtime = { "/m/package.json": '{"version":"1.2.3"}' };

test.each([
  ["types.h", "types.gen.ts"],
  ["./types.h", "types.gen.ts"],
  ["include/types.h", "include/types.gen.ts"],
  ["/a/b/probe.bpf.o", "/a/b/probe.gen.ts"],
  ["probe.bpf.c", "probe.gen.ts"],
  ["a.b.h", "a.b.gen.ts"],
  ["/sys/kernel/btf/vmlinux", "vmlinux.gen.ts"],
  ["/proc/self/fd/3", "3.gen.ts"],
  [".hidden", ".hidden.gen.ts"],
  ["-", "-"],
])("the output of %s is %s", (input, output) => {
  expect(outputFor(input, "/w")).toBe(output);
});

test("--check does not call a file stale that another input made, and names that one", async () => {
  const host = new MemoryHost({ files: { "/w/x.h": header, "/w/x.bpf.c": header } });
  expect(await runCommand(["x.h"], host)).toBe(0);
  expect(await runCommand(["--check", "x.h"], host)).toBe(0);
  expect(await runCommand(["--check", "x.bpf.c", "--all"], host)).toBe(1);
  expect(host.err).toContain("its output x.gen.ts is there already, generated from x.h");
  expect(host.err).not.toContain("stale");
});

test("a header becomes a file beside it, told of in one line", async () => {
  const run = await rbgen("inc/types.h", { files: { "/w/inc/types.h": header, ...runtime }, packages: installed });
  expect(run.err).toMatch(/^inc\/types\.h → inc\/types\.gen\.ts {2}1 record, \d+ ms\n$/);
  expect(run.code).toBe(0);
  expect(run.written).toEqual(["/w/inc/types.gen.ts"]);
  expect(run.text("/w/inc/types.gen.ts")).toContain("export function decodeEvent");
  expect(run.out).toBe("");
});

test("a file's name does not drive the terminal that it is shown on", async () => {
  const run = await rbgen("a\u001b[31m.h", { files: { "/w/a\u001b[31m.h": header, ...runtime }, packages: installed });
  expect(run.err).toMatch(/^a\\x1b\[31m\.h → a\\x1b\[31m\.gen\.ts {2}1 record/);
});

test("an argument without text is refused, wherever it stands", async () => {
  for (const args of [[""], ["types.h", "-o", ""], ["layout", ""]]) {
    const host = new MemoryHost({ files: { "/w/types.h": header } });
    expect([await runCommand(args, host), host.err.split("\n")[0]]).toEqual([2, "error: an argument is empty"]);
  }
});

test("the same input gives the same bytes in any folder", async () => {
  const a = await rbgen("types.h", { files: { "/w/types.h": header } });
  const b = await rbgen("../x/types.h -o out.ts", { files: { "/x/types.h": header } });
  expect(a.text("/w/types.gen.ts")).toBe(b.text("/w/out.ts"));
  expect(a.text("/w/types.gen.ts")).toBeDefined();
});

test("a command that is misspelt is no input, and nothing is written for what follows it", async () => {
  const files = { "/w/a.h": header };
  const run = await rbgen("lst a.h", { files });
  expect([run.code, run.written]).toEqual([2, []]);
  expect(run.err).toMatch(/^error: there is no command or file "lst": did you mean "list"\?\n/);
  // A file of that name is one, and what is near to no command is a file that is missing.
  expect((await rbgen("lst", { files: { "/w/lst": header } })).code).toBe(0);
  expect((await rbgen("nothing", { files })).err).toContain("RB5001");
});

test("--base is told to be without effect on a header, and not where a configuration has it", async () => {
  const files = { "/w/a.h": header };
  const run = await rbgen("layout a.h --base vmlinux", { files });
  expect(run.code).toBe(0);
  expect(run.err).toContain("a.h: warning RB5014: --base has no effect on C source: it is for split BTF");
  const configs = { "/w/rbgen.config.ts": { base: "vmlinux" } };
  const configured = await rbgen("layout a.h", { files: { ...files, "/w/rbgen.config.ts": "" }, configs });
  expect([configured.code, configured.err]).toEqual([0, ""]);
});

test("several inputs have an output each", async () => {
  const run = await rbgen("a.h b.h", { files: { "/w/a.h": header, "/w/b.h": header } });
  expect(run.written).toEqual(["/w/a.gen.ts", "/w/b.gen.ts"]);
});

test("--typed-arrays, and typedArrays of a configuration, make typed arrays of arrays of numbers", async () => {
  const files = { "/w/a.h": "struct event { unsigned long long stack[4]; };" };
  expect((await rbgen("a.h -o - --typed-arrays", { files })).out).toContain("readonly stack: BigUint64Array;");
  const configs = { "/w/rbgen.config.ts": { typedArrays: true } };
  const configured = { ...files, "/w/rbgen.config.ts": "" };
  expect((await rbgen("a.h -o -", { files: configured, configs })).out).toContain("readonly stack: BigUint64Array;");
  expect((await rbgen("a.h -o -", { files })).out).toContain("readonly stack: readonly bigint[];");
});

test("--columns, and columns of a configuration, add them to codecs", async () => {
  const files = { "/w/a.h": header };
  const configs = { "/w/rbgen.config.ts": { columns: true } };
  expect((await rbgen("a.h -o -", { files })).out).not.toContain("EventColumns");
  expect((await rbgen("a.h -o - --columns", { files })).out).toContain("export type EventColumns = ");
  const configured = await rbgen("a.h -o -", { files: { ...files, "/w/rbgen.config.ts": "" }, configs });
  expect(configured.out).toContain("export type EventColumns = ");
});

test("--only, and only of a configuration, leave out what is not named", async () => {
  const files = { "/w/a.h": header };
  const whole = await rbgen("a.h -o -", { files });
  const own = await rbgen("a.h -o - --only json,decode", { files });
  for (const text of ["export function encodeEvent", "class EventViewClass", "EventWriter"]) {
    expect(whole.out).toContain(text);
    expect(own.out).not.toContain(text);
  }
  expect(own.out).toContain("fromJSON:");
  const config = { ...files, "/w/rbgen.config.ts": "" };
  const configured = await rbgen("a.h -o -", {
    files: config,
    configs: { "/w/rbgen.config.ts": { only: ["decode", "json"] } },
  });
  expect(configured.out).toBe(own.out);
  const columns = await rbgen("a.h -o - --only decode --columns", { files });
  expect(columns.out).toBe((await rbgen("a.h -o - --only decode,columns", { files })).out);
});

test("--only of what is no part, or without decode, says what there is", async () => {
  const files = { "/w/a.h": header };
  const unknown = await rbgen("a.h -o - --only decode,view", { files });
  expect([unknown.code, unknown.err]).toEqual([
    2,
    expect.stringContaining('there is no part "view" (did you mean "views"?): parts are decode, '),
  ]);
  const without = await rbgen("a.h -o - --only views", { files });
  expect([without.code, without.err]).toEqual([2, expect.stringContaining("decode is not among them")]);
  const configs = { "/w/rbgen.config.ts": { only: ["views"] } };
  const configured = await rbgen("a.h -o -", { files: { ...files, "/w/rbgen.config.ts": "" }, configs });
  expect(configured.err).toContain("only: error RB5008: decode is not among them");
});

test("standard input goes to standard output, and nothing else does", async () => {
  const run = await rbgen("-", { stdin: header });
  expect(run.code).toBe(0);
  expect(run.out).toMatch(/^\/\/ Generated by rbgen 1\.2\.3 from /);
  expect(run.err).toMatch(/^<stdin> → standard output/);
  expect(run.written).toEqual([]);
});

test("-o - writes to standard output, -o FILE to that file", async () => {
  const files = { "/w/a.h": header };
  expect((await rbgen("a.h -o -", { files })).out).toContain("export function decodeEvent");
  expect((await rbgen("a.h -o b/c.ts", { files: { ...files, "/w/b/x": "" } })).written).toEqual(["/w/b/c.ts"]);
});

test("the runtime is asked for where it is missing or of another version", async () => {
  const files = { "/w/a.h": header };
  expect((await rbgen("a.h", { files })).err).toContain("hint: the generated code imports @rbgen/runtime");
  const other = await rbgen("a.h", {
    files: { ...files, "/m/package.json": '{"version":"9.9.9"}' },
    packages: installed,
  });
  expect(other.err).toContain("@rbgen/runtime is 9.9.9 here, and rbgen is 1.2.3");
  const broken = await rbgen("a.h", { files: { ...files, "/m/package.json": "{" }, packages: installed });
  expect(broken.err).toContain("package.json cannot be read");
  expect(broken.code).toBe(0);
});

test.each([
  ["missing.h", {}, /^missing\.h: error RB5001: cannot read missing\.h: there is no such file\n/],
  ["dir", { files: { "/w/dir/x.h": "" } }, /error RB5001: cannot read dir: it is a directory, not a file\n {2}hint: /],
  ["a.h", { files: { "/w/a.h": header }, faults: { "/w/a.h": "EACCES" } }, /error RB5001: .*permission denied/],
  ["a.h", { files: { "/w/a.h": "" } }, /^a\.h: error RB5002: the input is empty/],
  ["-", {}, /^<stdin>: error RB5002: /],
  [
    "a.h",
    { files: { "/w/a.h": Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1, 2) } },
    /error RB5003: .*\n {2}note: it starts with the bytes 89 50 4e 47 00 01 02\n/,
  ],
  ["a.o", { files: { "/w/a.o": Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1) } }, /^a\.o: error RB3001: /],
  ["a.btf", { files: { "/w/a.btf": Uint8Array.of(0x9f, 0xeb, 1, 0) } }, /^a\.btf: error RB3001: /],
  [
    "a.h -o no/such/out.ts",
    { files: { "/w/a.h": header } },
    /error RB5005: cannot write no\/such\/out\.ts: its folder does not exist/,
  ],
  [
    "a.h -o out.ts",
    { files: { "/w/a.h": header }, faults: { "/w/out.ts": "EACCES" } },
    /error RB5005: .*permission denied/,
  ],
  [
    "a.h --map evnts=event",
    { files: { "/w/a.h": mapped } },
    /error RB5009: .*"evnts"\n {2}hint: did you mean "events"\?/,
  ],
  [
    "a.h --map flows=event",
    { files: { "/w/a.h": `${mapped}${hashed}` } },
    /error RB5009: "flows" is a hash and carries no records\n {2}hint: maps that carry records: events\n/,
  ],
  [
    "a.h --map flows=event",
    { files: { "/w/a.h": `${header}${hashed}` } },
    /error RB5009: "flows" is a hash .*\n {2}hint: what its keys and values are, its definition tells: /,
  ],
  [
    "a.h",
    {
      files: { "/w/a.h": `${mapped}${hashed}`, "/w/rbgen.config.json": '{ "maps": { "flows": "event" } }' },
    },
    /error RB5009: "flows" is a hash and carries no records/,
  ],
  ["a.h -o ./a.h", { files: { "/w/a.h": header } }, /error RB5005: cannot write \.\/a\.h: it is the input a\.h,/],
  ["a.h --map __proto__=event", { files: { "/w/a.h": mapped } }, /error RB5009: .*"__proto__"/],
  ["a.h a.c", { files: { "/w/a.h": header, "/w/a.c": header } }, /RB5006: its output a\.gen\.ts is that of a\.h too/],
  ["a.o --base no.btf", { files: { "/w/a.o": Uint8Array.of(0x9f, 0xeb, 1) } }, /^no\.btf: error RB5001: /],
  ["a.h --vmlinux no.btf", { files: { "/w/a.h": header } }, /^no\.btf: error RB5001: /],
] satisfies [string, MemoryMachine, RegExp][])("rbgen %s is an input error", async (args, machine, expected) => {
  const run = await rbgen(args, machine);
  expect(run.err).toMatch(expected);
  expect(run.code).toBe(1);
  if (!args.endsWith("a.h a.c")) expect(run.written).toEqual([]);
});

test.each([
  ["", /no input/],
  ["a.h b.h -o c.ts", /-o names one output, and there are 2 inputs/],
  ["a.h --nonsense", /unknown option '--nonsense'/],
  ["a.h --int64 float", /Allowed choices are bigint, number/],
  ["a.h --map events", /Write MAP=RECORD/],
  ["a.h --json -o -", /--json and the generated text/],
  ["- --check", /--check compares with a file/],
  ["layout", /no input: name a header, an object or BTF/],
  ["layout a.h --leaves", /--leaves is for --json/],
])("rbgen %s is a usage error", async (args, expected) => {
  const run = await rbgen(args, { files: { "/w/a.h": header, "/w/b.h": header }, stdin: header });
  expect(run.err).toMatch(expected);
  expect(run.code).toBe(2);
  expect(run.written).toEqual([]);
});

test("--check says one word and is 0 while the output is fresh, and shows a diff and 3 when it is stale or missing", async () => {
  const fresh = await rbgen("a.h", { files: { "/w/a.h": header } });
  const text = fresh.text("/w/a.gen.ts")!;
  const same = await rbgen("a.h --check", { files: { "/w/a.h": header, "/w/a.gen.ts": text } });
  expect([same.code, same.out, same.err]).toEqual([0, "", "a.gen.ts is fresh\n"]);
  const stale = await rbgen("a.h --check", { files: { "/w/a.h": header, "/w/a.gen.ts": text.replace("pid", "tid") } });
  expect(stale.code).toBe(3);
  expect(stale.out).toMatch(/^--- a\.gen\.ts\n\+\+\+ a\.gen\.ts\n@@ /);
  expect(stale.out).toMatch(/^-.*tid/m);
  expect(stale.written).toEqual([]);
  const missing = await rbgen("a.h --check", { files: { "/w/a.h": header } });
  expect(missing.code).toBe(3);
  expect(missing.out).toMatch(/^--- \/dev\/null\n/);
  expect(missing.err).toContain("a.gen.ts is missing");
});

test("the difference is coloured on a terminal", async () => {
  const machine = {
    files: { "/w/a.h": header, "/w/a.gen.ts": "// Generated by rbgen 0 from a.h. Do not edit.\nold\u001b[5m\n" },
    terminal: true,
    env: { TERM: "xterm" },
  };
  const { out } = await rbgen("a.h --check", machine);
  expect(out).toContain("\u001b[1m--- a.gen.ts\u001b[22m\n");
  expect(out).toContain("\u001b[31m-old\\x1b[5m\u001b[39m\n");
  expect(out).toContain("\u001b[32m+// Generated by rbgen 1.2.3");
});

test.each(["-o gen/", "-o gen/deep/", "-o there"])(
  "several inputs go into the folder that %s names",
  async (option) => {
    const files = { "/w/inc/a.h": header, "/w/b.bpf.c": header, "/w/there/x": "" };
    const run = await rbgen(`inc/a.h b.bpf.c --all ${option}`, { files });
    const folder = `/w/${option.slice(3).replace(/\/$/, "")}`;
    expect([run.code, run.written]).toEqual([0, [`${folder}/a.gen.ts`, `${folder}/b.gen.ts`]]);
  },
);

test("a folder for outputs that cannot be made, and standard input without a name, are told", async () => {
  const files = { "/w/a.h": header, "/w/gen": "a file" };
  expect(await rbgen("a.h -o gen/", { files })).toMatchObject({ code: 1, written: [] });
  expect((await rbgen("a.h -o gen/", { files })).err).toContain("RB5005: cannot write gen/a.gen.ts: ");
  const stdin = await rbgen("- -o gen/", { stdin: header });
  expect(stdin).toMatchObject({ code: 2, written: [] });
  expect(stdin.err).toContain("standard input has no name to be written under in gen/");
});

test("a configuration's output may be a folder", async () => {
  const configs = { "/w/rbgen.config.ts": { inputs: [{ path: "a.h", output: "out/" }] } };
  const run = await rbgen("", { files: { "/w/a.h": header, "/w/rbgen.config.ts": "" }, configs });
  expect(run.written).toEqual(["/w/out/a.gen.ts"]);
});

test("a file that rbgen did not write goes only by --force, and an empty one goes", async () => {
  const files = { "/w/a.h": header, "/w/mine.ts": "export const mine = 1;\n", "/w/empty.ts": "" };
  for (const line of ["a.h -o mine.ts", "a.h -o mine.ts --check"]) {
    const refused = await rbgen(line, { files });
    expect(refused).toMatchObject({ code: 1, written: [] });
    expect(refused.err).toContain("error RB5006: its output mine.ts is there already, and rbgen did not write it\n");
  }
  expect((await rbgen("a.h -o mine.ts --force", { files })).written).toEqual(["/w/mine.ts"]);
  expect((await rbgen("a.h -o empty.ts", { files })).written).toEqual(["/w/empty.ts"]);
});

test.each([
  ["a.h.gz", [0x1f, 0x8b, 8, 0, 0], "compressed by gzip", "gunzip -c a.h.gz | rbgen -"],
  ["a.xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0], "compressed by xz", "xz -dc a.xz | rbgen -"],
  ["a.h", [0xff, 0xfe, 0x73, 0, 0x74, 0], "text in UTF-16", "iconv -f UTF-16 -t UTF-8 a.h | rbgen -"],
  ["a.h", [0x73, 0, 0x74, 0, 0x72, 0], "text in UTF-16", "iconv -f UTF-16LE -t UTF-8 a.h | rbgen -"],
  ["a.h", [0, 0x73, 0, 0x74, 0, 0x72], "text in UTF-16", "iconv -f UTF-16BE -t UTF-8 a.h | rbgen -"],
  ["$&.zst", [0x28, 0xb5, 0x2f, 0xfd, 0], "compressed by zstd", "zstd -dc $&.zst | rbgen -"],
])("%s is called what it is", async (name, bytes, what, hint) => {
  const run = await rbgen(name, { files: { [`/w/${name}`]: Uint8Array.from(bytes) } });
  expect(run.code).toBe(1);
  expect(run.err).toContain(`error RB5003: the input is ${what}\n`);
  expect(run.err).toContain(hint);
});

test.each([
  "namespace a {\nstruct event { int x; };\n}\n",
  "template <class T> struct event { T x; };\n",
  'extern "C" {\nstruct event { int x; };\n}\n',
  "class event : base {\n  int x;\n};\n",
])("C++ is called so: %j", async (text) => {
  const run = await rbgen("a.hpp", { files: { "/w/a.hpp": text } });
  expect(run.code).toBe(1);
  expect(run.err).toContain("a.hpp: error RB5003: the input is C++, and rbgen reads C\n");
});

test("C that hides its C++ is no C++, and neither is C with a mistake", async () => {
  for (const text of ["#ifdef __cplusplus\nnamespace a {\n#endif\nnosuch x;\n", "struct event { nosuch x; };\n"]) {
    const run = await rbgen("a.h", { files: { "/w/a.h": text } });
    expect(run.code).toBe(1);
    expect(run.err).not.toContain("RB5003");
  }
});

test.each(["/w", "/w/packages/app"])(
  "the configuration of a repository is found from %s, up to its root",
  async (cwd) => {
    const files = {
      "/w/.git/HEAD": "",
      "/w/packages/app/x": "",
      "/w/a.h": header,
      "/w/rbgen.config.json": '{"inputs":["a.h"]}',
    };
    const run = await rbgen("", { files, cwd });
    expect([run.code, run.err.split("\n")[0]?.split(" ")[0]]).toEqual([0, cwd === "/w" ? "a.h" : "../../a.h"]);
    expect(run.contents.has("/w/a.gen.ts")).toBe(true);
  },
);

test("a configuration above the repository, or outside of one, is another's", async () => {
  const config = { "/rbgen.config.json": "{}", "/w/app/x": "" };
  for (const files of [config, { ...config, "/w/.git/HEAD": "" }]) {
    expect((await rbgen("", { files, cwd: "/w/app" })).err).toContain("no input");
  }
});

test("JSON of a configuration that is wrong is told", async () => {
  const files = { "/w/a.h": header, "/w/rbgen.config.json": '{"input":["a.h"]}' };
  expect((await rbgen("", { files })).err).toMatch(/rbgen\.config\.json: .*RB5008: .*\n?.*"inputs"/);
  expect((await rbgen("", { files: { ...files, "/w/rbgen.config.json": "{" } })).err).toContain("error RB5007");
});

test("help, help COMMAND and explain answer as they are asked", async () => {
  expect((await rbgen("help")).out).toBe((await rbgen("--help")).out);
  expect((await rbgen("help layout")).out).toBe((await rbgen("layout --help")).out);
  expect((await rbgen("explain")).out).toMatch(/^RB1001 {2}/);
  const page = "# RB2002: a title\n\nWhy.\n\n## What to do\n\nThat.\n";
  const files = { "/rbgen/diagnostics/RB2002.md": page };
  for (const code of ["RB2002", "rb2002", "2002"]) {
    const run = await rbgen(`explain ${code}`, { files });
    expect([run.code, run.out]).toEqual([0, "RB2002: a title\n\nWhy.\n\nWhat to do\n\nThat.\n"]);
  }
  expect(await rbgen("explain RB9999", { files })).toMatchObject({ code: 2, out: "" });
  expect(await rbgen("include")).toMatchObject({ code: 0, out: "/rbgen/include\n" });
});

test("--json gives one document with files and diagnostics", async () => {
  const run = await rbgen("a.h missing.h --json", { files: { "/w/a.h": header } });
  expect(run.code).toBe(1);
  expect(run.err).toBe("");
  expect(JSON.parse(run.out)).toEqual({
    schema: 1,
    files: [{ input: "a.h", output: "a.gen.ts", records: ["event"], change: "new" }],
    diagnostics: [
      {
        code: "RB5001",
        severity: "error",
        message: "cannot read missing.h: there is no such file",
        at: "missing.h",
      },
    ],
  });
});

test.each(["-DN=4", "-D N=4", "-DN -UN -DN=4", "-DN=1 -DN=4"])("macros of the command line count: %s", async (args) => {
  const run = await rbgen(`layout a.h --json ${args}`, { files: { "/w/a.h": "struct a { char c[N]; };" } });
  expect(JSON.parse(run.out).types[0]).toMatchObject({ name: "a", size: 4 });
});

test.each(["-Iinc", "-I inc", "-isystem inc", "-isysteminc", "-iquote inc", "--include inc/t.h", "-include inc/t.h"])(
  "includes are found with %s",
  async (args) => {
    const text = args.includes("include") ? "struct a { t x; };" : '#include "t.h"\nstruct a { t x; };';
    const run = await rbgen(`layout a.h --json ${args}`, {
      files: { "/w/a.h": text, "/w/inc/t.h": "typedef short t;\n" },
    });
    expect(JSON.parse(run.out)).toMatchObject({ types: [{ name: "a", size: 2 }], diagnostics: [] });
  },
);

test("a header's error is shown with its line, and nothing is written", async () => {
  const run = await rbgen("a.h", { files: { "/w/a.h": "struct a {\n\tnosuch x;\n};\n" } });
  expect(run.code).toBe(1);
  expect(run.err).toMatch(/^a\.h:2:2: error RB\d{4}: .*nosuch/);
  expect(run.err).toMatch(/ {4}2 \| {9}nosuch x;\n {6}\| {9}\^~~~~~\n/);
  expect(run.written).toEqual([]);
});

test("colours are for terminals, and NO_COLOR turns them off", async () => {
  const coloured = await rbgen("missing.h", { terminal: true, env: { TERM: "xterm" } });
  expect(coloured.err).toContain("\u001b[31m");
  for (const env of [{ TERM: "xterm", NO_COLOR: "1" }, { TERM: "dumb" }]) {
    expect((await rbgen("missing.h", { terminal: true, env })).err).not.toContain("\u001b");
  }
  expect((await rbgen("missing.h", { env: { FORCE_COLOR: "1" } })).err).toContain("\u001b[31m");
});

test("--version and --help answer on standard output", async () => {
  expect(await rbgen("--version")).toMatchObject({ code: 0, out: "1.2.3\n" });
  const help = await rbgen("--help");
  expect(help.code).toBe(0);
  for (const text of ["rbgen layout", "rbgen list", "rbgen doctor", "Exit codes:", "70  a bug of rbgen"]) {
    expect(help.out).toContain(text);
  }
});

test("a bug is told with the type that shows it", () => {
  const error = new TypeError("boom");
  noteTypePath(error, "event.comm");
  noteTypePath(error, "event");
  expect(describeBug(error, "1.2.3")).toMatch(
    /^rbgen 1\.2\.3: this is a bug in rbgen, not in your input: at event\.comm\n/,
  );
  expect(describeBug("thrown text\u001b", "1.2.3")).toContain("thrown text\\x1b");
});

test("an error that should not be is told as a bug, with the way to report it", async () => {
  const broken = new MemoryHost({ files: { "/w/a.h": header } });
  Object.assign(broken.files, {
    write() {
      throw new TypeError("boom");
    },
  });
  expect(await runCommand(["a.h"], broken)).toBe(70);
  expect(broken.err).toMatch(/^rbgen 1\.2\.3: this is a bug in rbgen.*\n {2}TypeError: boom\n/);
  expect(broken.err).toContain("npm bugs rbgen");
});

test("doctor prints what @rbgen/native says, and says how to get it", async () => {
  expect(await rbgen("doctor")).toMatchObject({
    code: 1,
    err: expect.stringContaining("npm install @rbgen/native@1.2.3"),
  });
  const packages = { "@rbgen/native": "/n/index.js" };
  const report = { text: "ringbuf: yes\n", data: { ringBuf: true } };
  const modules = { "/n/index.js": { doctor: async () => report } };
  const found = await rbgen("doctor", { packages, modules });
  expect(found).toMatchObject({ code: 0, out: "ringbuf: yes\n" });
  expect(await rbgen("doctor --json", { packages, modules })).toMatchObject({
    code: 0,
    out: '{\n  "ringBuf": true\n}\n',
  });
  const old = await rbgen("doctor", { packages, modules: { "/n/index.js": {} } });
  expect(old).toMatchObject({ code: 1, err: expect.stringContaining("has no doctor()") });
  const broken = await rbgen("doctor", { packages, modules: { "/n/index.js": new Error("no addon") } });
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining("cannot be loaded: no addon") });
});

test("doctor --json is JSON where @rbgen/native is missing, broken or old", async () => {
  const packages = { "@rbgen/native": "/n/index.js" };
  const cases = [
    [{}, "@rbgen/native is not installed", "npm install @rbgen/native@1.2.3"],
    [{ packages, modules: { "/n/index.js": new Error("no addon") } }, "cannot be loaded: no addon", undefined],
    [{ packages, modules: { "/n/index.js": {} } }, "has no doctor()", "npm install @rbgen/native@1.2.3"],
  ] as const;
  for (const [machine, error, hint] of cases) {
    const run = await rbgen("doctor --json", machine);
    expect(run).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(run.out)).toEqual({
      error: expect.stringContaining(error),
      ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
    });
  }
});

test("an output that was generated from another input is left alone until it is named", async () => {
  const files = { "/w/x.h": "struct a { int x; };\n", "/w/x.bpf.c": "struct b { int x; };\n" };
  const host = new MemoryHost({ files });
  expect(await runCommand(["x.h"], host)).toBe(0);
  expect(await runCommand(["x.h"], host)).toBe(0);
  expect(await runCommand(["x.bpf.c", "--all"], host)).toBe(1);
  expect(host.err).toContain("its output x.gen.ts is there already, generated from x.h");
  expect(host.text("/w/x.gen.ts")).toContain("from x.h.");
  expect(await runCommand(["x.bpf.c", "--all", "-o", "x.gen.ts"], host)).toBe(0);
  expect(await runCommand(["x.h", "--force"], host)).toBe(0);
  expect(await runCommand(["x.bpf.c", "--all", "--force"], host)).toBe(0);
  expect(host.text("/w/x.gen.ts")).toContain("from x.bpf.c.");
});
