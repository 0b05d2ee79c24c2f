import { chmodSync, lstatSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { findProgram } from "../tools.ts";
import type { Done, PublishedPackages, UserFolder } from "./packages.ts";

const header = "struct event { unsigned long long ts; unsigned int pid; char comm[16]; };\n";

/** The installed command, as someone uses it who has only now met it. */
export function testCommand(packages: () => PublishedPackages): void {
  let user: UserFolder;
  const rbgen = (...args: readonly string[]): Promise<Done> =>
    user.try(process.execPath, "node_modules/rbgen/bin/rbgen.mjs", ...args);

  beforeAll(async () => {
    user = packages().folder("command");
    user.write("package.json", "{}");
    await user.run("npm", "install", "rbgen", "@rbgen/runtime");
    user.write("types.h", header);
  });

  test("helps, explains and says where its header is", async () => {
    expect((await rbgen("help", "layout")).out).toContain("Usage: rbgen layout");
    expect((await rbgen("explain", "RB2002")).out).toMatch(/^RB2002: .*[\s\S]*What to do/);
    const folder = (await rbgen("include")).out.trim();
    expect(statSync(join(folder, "rbgen.h")).isFile()).toBe(true);
  });

  test("takes what a Makefile gives its compiler, patterns and a folder for the outputs", async () => {
    user.write("bpf/a.h", header);
    user.write("bpf/b.h", header);
    const flags = ["-Wall", "-O2", "-g", "-std=gnu11", "--target=bpf", "-Ibpf", "-DX=1"];
    const first = await rbgen("bpf/*.h", ...flags, "-o", "gen/");
    expect(first).toMatchObject({ code: 0, err: expect.stringContaining("left to the compiler: -Wall -O2 -g") });
    expect(["gen/a.gen.ts", "gen/b.gen.ts"].filter((name) => !user.has(name))).toEqual([]);
    expect(await rbgen("bpf/a.h", "-o", "gen/", "--", "-weird", "-Wno-x")).toMatchObject({ code: 0 });
    expect(await rbgen("bpf/a.h", "-fpack-struct")).toMatchObject({ code: 2 });
  });

  test("names what it cannot read, and says how it could", async () => {
    const told = async (name: string, bytes: Uint8Array | string): Promise<string> => {
      user.write(name, bytes);
      const done = await rbgen(name);
      expect(done.code).toBe(1);
      return done.err;
    };
    expect(await told("a.h.gz", gzipSync(header))).toContain(
      "compressed by gzip\n  hint: unpack it first: gunzip -c a.h.gz",
    );
    expect(await told("wide.h", Buffer.from(`\ufeff${header}`, "utf16le"))).toContain("text in UTF-16");
    expect(await told("wider.h", Buffer.from(header, "utf16le"))).toContain("iconv -f UTF-16LE");
    expect(await told("a.hpp", "#include <cstdint>\nclass event { std::uint32_t x; };\n")).toContain(
      "the input is C++",
    );
    if (findProgram("xz") === undefined) return;
    await user.shell("xz -k types.h");
    expect((await rbgen("types.h.xz")).err).toContain("compressed by xz\n  hint: unpack it first: xz -dc types.h.xz");
  });

  test("leaves alone what it did not write, and keeps modes and links of what it did", async () => {
    user.write("types.gen.ts", "// mine\n");
    const refused = await rbgen("types.h");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("--force") });
    expect(user.read("types.gen.ts")).toBe("// mine\n");
    chmodSync(join(user.path, "types.gen.ts"), 0o640);
    symlinkSync("types.gen.ts", join(user.path, "link.ts"));
    expect(await rbgen("types.h", "-o", "link.ts", "--force")).toMatchObject({ code: 0 });
    expect(statSync(join(user.path, "types.gen.ts")).mode & 0o777).toBe(0o640);
    expect(lstatSync(join(user.path, "link.ts")).isSymbolicLink()).toBe(true);
    expect(user.read("types.gen.ts")).toContain("decodeEvent");
  });

  test("says in a word that an output is fresh, and shows the difference, in colour on a terminal alone", async () => {
    await rbgen("types.h", "-o", "checked.ts");
    expect(await rbgen("types.h", "-o", "checked.ts", "--check")).toEqual({
      ...{ code: 0, out: "" },
      err: "checked.ts is fresh\n",
    });
    user.write("types.h", header.replace("pid", "tid"));
    const stale = await rbgen("types.h", "-o", "checked.ts", "--check");
    user.write("types.h", header);
    expect(stale).toMatchObject({ code: 3, err: "checked.ts is stale: run rbgen without --check\n" });
    expect(stale.out).toMatch(/^--- checked\.ts\n\+\+\+ checked\.ts\n@@[\s\S]*^-.*pid[\s\S]*^\+.*tid/m);
    expect(stale.out).not.toContain("\u001b");
    // `script` gives it a terminal.
    const command = `${process.execPath} node_modules/rbgen/bin/rbgen.mjs types.h --int64 number -o checked.ts --check`;
    const coloured = await user.try("env", "-u", "NO_COLOR", "script", "-qc", command, "/dev/null");
    expect(coloured.out).toContain("\u001b[31m-");
  });

  test("finds its configuration from below, up to the root of the repository", async () => {
    user.write("project/rbgen.config.json", '{ "inputs": ["bpf/*.h"] }');
    user.write("project/bpf/events.h", header);
    user.write("project/src/deep/x.ts", "");
    await user.shell("git init -q project");
    await user.shell("cd project/src/deep && node ../../../node_modules/rbgen/bin/rbgen.mjs");
    expect(user.has("project/bpf/events.gen.ts")).toBe(true);
  });

  test("hints keep the path that was given, and none speaks of C where the kernel is asked", async () => {
    const { err } = await rbgen("/sys/kernel/btf/vmlinux", "--type", "task_strut", "-o", "-");
    expect(err).toContain(
      '/sys/kernel/btf/vmlinux: error RB5004: there is no type "task_strut"\n  hint: did you mean "task_struct"',
    );
    expect(err).not.toContain("unused_");
    const none = await rbgen("/sys/kernel/btf/vmlinux", "-o", "-");
    expect(none.err).toContain("hint: name them: rbgen /sys/kernel/btf/vmlinux --type ");
    expect(none.err).not.toContain("unused_");
  });

  test("asks whether something else was meant only where it may have been", async () => {
    expect((await rbgen("layuot", "types.h")).err).toContain('did you mean "layout"?');
    expect((await rbgen("typs.h")).err).toContain('did you mean "types.h"');
    expect((await rbgen("nothing-like-it.h")).err).not.toMatch(/mean/i);
    expect((await rbgen("types.h", "--type", "zzzzzzzz", "-o", "-")).err).not.toMatch(/mean/i);
  });
}
