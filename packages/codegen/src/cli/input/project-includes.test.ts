import { expect, test } from "vitest";
import { MemoryHost } from "../host/memory-host.ts";
import { runCommand } from "../program.ts";
import { foldersOfDatabase } from "./compile-commands.ts";

const event = "struct event { int pid; };\n";

async function rbgen(
  args: string,
  files: Readonly<Record<string, string>>,
  cwd = "/p/src",
): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost({ files, cwd });
  const code = await runCommand(args.split(" "), host);
  return Object.assign(host, { code });
}

test.each([
  ["include", "../include"],
  ["headers", "../headers"],
  ["vmlinux", "../vmlinux"],
  ["src/common", "common"],
  ["", ".."],
])("a file in %s of the project is found there, in one line", async (folder, shown) => {
  const path = ["/p", folder, "event.h"].filter((part) => part !== "").join("/");
  const run = await rbgen("layout a.h", {
    "/p/.git/HEAD": "",
    "/p/src/a.h": "#include <event.h>\nstruct a { struct event e; };\n",
    [path]: event,
  });
  expect([run.code, run.err]).toEqual([0, `-I ${shown}: found event.h there\n`]);
  expect(run.out).toContain("struct a {");
});

test("a folder that is found is searched for the rest, as one that is given", async () => {
  const files = {
    "/p/.git/HEAD": "",
    "/p/src/a.h": '#include "one.h"\n#include "two.h"\n',
    "/p/include/one.h": event,
    "/p/include/two.h": "struct two { char c; };",
  };
  const run = await rbgen("list a.h --json", files);
  expect(run.err).toBe("-I ../include: found one.h there\n");
  const given = await rbgen("list a.h --json -I ../include", files);
  expect([given.err, given.out]).toEqual(["", run.out]);
});

test("several places are an error that lists them", async () => {
  const run = await rbgen("list a.h", {
    "/p/.git/HEAD": "",
    "/p/src/a.h": '#include "event.h"\n',
    "/p/include/event.h": event,
    "/p/headers/event.h": event,
  });
  expect(run.code).toBe(1);
  expect(run.err).toContain("error RB1001: 'event.h' is in none of the folders searched");
  expect(run.err).toContain("several folders of the project have it: ../include, ../headers");
  expect(run.err).toContain("say which is meant: -I ../include or -I ../headers");
});

test("what lies beside the input, or in a folder that is given, is taken as ever", async () => {
  const files = {
    "/p/.git/HEAD": "",
    "/p/src/a.h": '#include "event.h"\n',
    "/p/src/event.h": event,
    "/p/include/event.h": "#error\n",
  };
  expect((await rbgen("list a.h", files)).err).toBe("");
});

test.each([
  ["outside of the repository", { "/p/src/.git/HEAD": "", "/p/include/event.h": event }],
  ["above an input that is in none", { "/p/include/event.h": event }],
])("nothing is looked for %s", async (_, files) => {
  const run = await rbgen("list a.h", { ...files, "/p/src/a.h": '#include "event.h"\n' });
  expect(run.err).toContain("RB1001");
});

test("a name that leaves its folder is not looked for", async () => {
  const run = await rbgen("list a.h", {
    "/p/.git/HEAD": "",
    "/p/src/a.h": '#include "../../../event.h"\n',
    "/event.h": event,
    "/p/x/y/event.h": event,
    "/p/a/include/x": "",
  });
  expect(run.err).not.toContain("found");
});

test("a project's vmlinux.h goes before what is built in or the kernel's", async () => {
  const files = {
    "/p/.git/HEAD": "",
    "/p/src/a.h": '#include "vmlinux.h"\nstruct a { struct mine m; };\n',
    "/p/vmlinux/vmlinux.h": "struct mine { long x; };\n",
  };
  const run = await rbgen("layout a.h", files);
  expect([run.code, run.err]).toEqual([0, "-I ../vmlinux: found vmlinux.h there\n"]);
});

test("folders of a compilation database are searched first", async () => {
  const database = JSON.stringify([
    { directory: "/p/build", file: "../src/a.h", arguments: ["clang", "-I../deep/er", "-c", "../src/a.h"] },
  ]);
  const files = {
    "/p/.git/HEAD": "",
    "/p/build/compile_commands.json": database,
    "/p/src/a.h": '#include "event.h"\n',
    "/p/deep/er/event.h": event,
    "/p/include/event.h": "#error\n",
  };
  const run = await rbgen("list a.h", files);
  expect([run.code, run.err]).toEqual([0, "-I ../deep/er: found event.h there, by ../build/compile_commands.json\n"]);
});

test.each(["{", "7", '[{"file": 1}]', "[null]"])("a database that is none is a warning: %s", async (text) => {
  const run = await rbgen("list a.h", {
    "/p/.git/HEAD": "",
    "/p/compile_commands.json": text,
    "/p/src/a.h": '#include "event.h"\n',
    "/p/include/event.h": event,
  });
  expect(run.code).toBe(0);
  expect(run.err).toContain("../compile_commands.json: warning RB5017");
  expect(run.err).toContain("-I ../include: found event.h there");
});

test("a command is taken apart as a shell does", () => {
  const command = `clang -I inc -I"with blank" -isystem '/sys dir' -iquote=q -I\\ x -DA="-Ino" a.c`;
  expect(foldersOfDatabase(JSON.stringify([{ directory: "/d", file: "a.c", command }]), "/", "/d/a.c")).toEqual([
    "/d/inc",
    "/d/with blank",
    "/sys dir",
    "/d/=q",
    "/d/ x",
  ]);
});

test("a file that the database does not compile gets the folders of all", () => {
  const entries = [
    { directory: "b", file: "a.c", arguments: ["cc", "-Ione"] },
    { directory: "b", file: "c.c", arguments: ["cc", "-Itwo"] },
  ];
  expect(foldersOfDatabase(JSON.stringify(entries), "/p", "/p/b/c.c")).toEqual(["/p/b/two"]);
  expect(foldersOfDatabase(JSON.stringify(entries), "/p", "/p/x.h")).toEqual(["/p/b/one", "/p/b/two"]);
});

test.each([
  [
    "an argument that is a list",
    `[{"directory":"/","file":"x","arguments":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}]`,
  ],
  ["lists of lists", "[".repeat(100_000)],
])("%s, however deep, is told of for what it is", async (_, text) => {
  const run = await rbgen("list a.h", {
    "/p/.git/HEAD": "",
    "/p/compile_commands.json": text,
    "/p/src/a.h": '#include "event.h"\n',
  });
  expect(run.err).toMatch(/RB5017: .*: (?:the arguments of a command are a list of strings|it is no JSON)\n/);
});

test("a command of one endless word is a word", () => {
  const command = `cc -I${"a\\b'c'\"d\"".repeat(1_000_000)}`;
  const [folder] = foldersOfDatabase(JSON.stringify([{ directory: "/d", file: "a.c", command }]), "/", "/d/a.c");
  expect(folder).toHaveLength("/d/".length + 4_000_000);
});

test.each([
  [`cc -I"a\\"b\\\\\\c" -I'x'"y"z "" -I"open end`, ['a"b\\\\c', "xyz", "open end"]],
  ["cc -I a\\ b -Ic\\", ["a b", "c"]],
])("quotes and backslashes of %s", (command, folders) => {
  const found = foldersOfDatabase(JSON.stringify([{ directory: "/", file: "a.c", command }]), "/", "/a.c");
  expect(found).toEqual(folders.map((folder) => `/${folder}`));
});

/** A host on which all folders are there and nothing in them, that counts what it is asked. */
function counting(files: Readonly<Record<string, string>>, isDirectory: (path: string) => boolean) {
  const host = new MemoryHost({ files, cwd: "/p/src" });
  let questions = 0;
  const counted = {
    ...host.files,
    exists: (path: string) => {
      questions += 1;
      return host.contents.has(path) || isDirectory(path);
    },
    isDirectory: (path: string) => {
      questions += 1;
      return isDirectory(path);
    },
  };
  return { host: Object.assign(host, { files: counted }), questions: () => questions };
}

const missing = Array.from({ length: 60 }, (_, index) => `#include "missing${index}.h"\n`).join("");
const database = JSON.stringify([
  { directory: "/p", file: "src/a.h", arguments: Array.from({ length: 100_000 }, (_, index) => `-Id${index}`) },
]);

function told(host: MemoryHost): string {
  const { diagnostics } = JSON.parse(host.out) as { diagnostics: { code: string; at?: string; message: string }[] };
  return diagnostics.map(({ code, at, message }) => `${at} ${code} ${message}\n`).join("");
}

test("of a database that names more folders than a project has only the first are searched, and a warning says so", async () => {
  const files = { "/p/.git/HEAD": "", "/p/compile_commands.json": database, "/p/src/a.h": missing };
  const { host, questions } = counting(files, (path) => path === "/p" || path === "/p/.git");
  expect(await runCommand(["list", "a.h", "--json"], host)).toBe(1);
  expect(told(host)).toContain(
    "../compile_commands.json RB5018 it names 100000 folders of includes: only the first 4096 are",
  );
  expect(questions()).toBeLessThan(10_000);
});

test("folders that are all there are asked so many times, and a warning names the file for which no more are", async () => {
  const files = { "/p/.git/HEAD": "", "/p/compile_commands.json": database, "/p/src/a.h": missing };
  const { host, questions } = counting(files, (path) => /^\/p(?:\/(?:src|d\d+|\.git))?$/.test(path));
  expect(await runCommand(["list", "a.h", "--json"], host)).toBe(1);
  expect(told(host)).toMatch(/a\.h RB5018 .* asked 200000 times .* not asked for 'missing\d+\.h' and those after it/);
  expect(told(host).match(/asked 200000/g)).toHaveLength(1);
  expect(questions()).toBeLessThan(210_000);
});

test("a file that is missing is looked for once, however often the input is read anew", async () => {
  const found = Array.from({ length: 8 }, (_, index) => `#include "h${index}.h"\n`).join("");
  const files = {
    "/p/.git/HEAD": "",
    "/p/src/a.h": missing + found,
    ...Object.fromEntries(
      ["include", "inc", "headers", "bpf", "common", "lib", "types", "vendor"].map((folder, index) => [
        `/p/${folder}/h${index}.h`,
        "",
      ]),
    ),
  };
  const folders = new Set(
    Object.keys(files)
      .map((path) => path.slice(0, path.lastIndexOf("/")))
      .concat("/p"),
  );
  const { host, questions } = counting(files, (path) => folders.has(path));
  await runCommand(["list", "a.h"], host);
  expect(host.err.match(/found h\d\.h there/g)).toHaveLength(8);
  // Ten folders that there are, for each name once.
  expect(questions()).toBeLessThan(1000);
});

test("a tree of 100000 folders that are called include costs no more than those beside the input's path", async () => {
  const files = { "/p/.git/HEAD": "", "/p/src/a.h": missing };
  const { host, questions } = counting(files, (path) => /^\/p$|^\/p\/\.git$|\/include$/.test(path));
  await runCommand(["list", "a.h"], host);
  expect(questions()).toBeLessThan(2000);
});
