import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { findProgram } from "../tools.ts";
import { blocksOf } from "./documents.ts";
import { ofOwnChildren } from "./own-children.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

/** Where Debian has cilium/ebpf. */
const goPath = "/usr/share/gocode";
const hasGo = findProgram("go") !== undefined && existsSync(join(goPath, "src/github.com/cilium/ebpf"));
const flags = "-O2 -g -target bpf -I/usr/include/$(gcc -print-multiarch)";

/** The programs of docs/moving.md, before and after, each with the compiled object: all tell the same. */
export function testMoving(packages: () => PublishedPackages): void {
  let user: UserFolder;

  /** What a program tells of a command that is started, once it has been attached. */
  async function told(...command: readonly [string, ...string[]]): Promise<string> {
    const starting = setInterval(() => execFileSync("uname", { stdio: "ignore" }), 100);
    try {
      return await user.firstLine(...command);
    } finally {
      clearInterval(starting);
    }
  }
  const line = /^\d+ uname$/;

  beforeAll(async () => {
    user = packages().folder("moved");
    user.write("package.json", '{ "type": "module" }');
    for (const { name, text } of blocksOf(readFileSync(join(root, "docs/moving.md"), "utf8"))) {
      if (name !== undefined) user.write(name, name === "probe.bpf.c" ? ofOwnChildren(text) : text);
    }
    await user.run("npm", "install", "rbgen", "tsx", "@rbgen/runtime", "@rbgen/native");
    await user.shell(`npx rbgen probe.bpf.c; clang ${flags} -c probe.bpf.c -o probe.bpf.o`);
  });

  test("moved, it tells what was started", async () => {
    expect(await told("node_modules/.bin/tsx", "after.ts")).toMatch(line);
  });

  test("before, in C with libbpf, it told the same", async () => {
    await user.shell("bpftool gen skeleton probe.bpf.o > probe.skel.h; cc -Wall -Werror -o before before.c -lbpf");
    expect(await told("stdbuf", "-oL", "./before")).toMatch(line);
  });

  test.skipIf(!hasGo)(
    `before, in Go with cilium/ebpf, it told the same${hasGo ? "" : " [needs golang-github-cilium-ebpf-dev]"}`,
    async () => {
      await user.shell(`GOPATH=${goPath} GO111MODULE=off GOFLAGS= GOCACHE=$PWD/go go build -o before-go before.go`);
      expect(await told("./before-go")).toMatch(line);
    },
  );
}
