import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PrivateBpffs } from "../native/private-bpffs.ts";
import { blocksOf } from "./documents.ts";
import { ofOwnChildren } from "./own-children.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

/** Users that are nobody's, with nothing but what they are given. */
const loader = 61_001;
const reader = 61_002;
const documented = "/sys/fs/bpf/probe";

/** What starts a program as a user with these capabilities and no others. */
function as(user: number, ...capabilities: readonly string[]): readonly string[] {
  const kept = capabilities.map((name) => `+${name}`).join(",");
  const only = kept === "" ? "-all" : `-all,${kept}`;
  return [
    "setpriv",
    ...[`--reuid=${user}`, `--regid=${user}`, "--clear-groups", `--inh-caps=${only}`, `--ambient-caps=${only}`],
    ...[`--bounding-set=${only}`, "--no-new-privs"],
  ];
}

/** docs/deployment.md at the kernel: with the privileges that it names, without those that it does not. */
export function testDeployment(packages: () => PublishedPackages): void {
  let user: UserFolder;
  let bpffs: PrivateBpffs;
  const tsx = "node_modules/.bin/tsx";

  beforeAll(async () => {
    bpffs = new PrivateBpffs();
    user = packages().folder("deployed");
    // The users are to read what is installed here.
    chmodSync(dirname(user.path), 0o755);
    user.write("package.json", '{ "type": "module" }');
    for (const { name, text } of blocksOf(readFileSync(join(root, "docs/deployment.md"), "utf8"))) {
      if (name === undefined) continue;
      user.write(name, name === "probe.bpf.c" ? ofOwnChildren(text) : text.replaceAll(documented, bpffs.path("probe")));
    }
    await user.run("npm", "install", "rbgen", "tsx", "@rbgen/runtime", "@rbgen/native");
    const flags = "-O2 -g -target bpf -I/usr/include/$(gcc -print-multiarch)";
    await user.shell(`npx rbgen probe.bpf.c; clang ${flags} -c probe.bpf.c -o probe.bpf.o`);
  });
  afterAll(() => bpffs.close());

  test.each([
    ["CAP_BPF alone", "bpf"],
    ["CAP_PERFMON alone", "perfmon"],
  ])("the loader is refused with %s, and told what it lacks", async (_, capability) => {
    const done = await user.try(...(as(loader, capability) as [string]), tsx, "loader.ts");
    expect(done.code).not.toBe(0);
    expect(done.err).toContain(capability === "bpf" ? "CAP_PERFMON" : "CAP_BPF");
    rmSync(bpffs.path("probe"), { recursive: true, force: true });
  });

  test("the loader pins with CAP_BPF and CAP_PERFMON, and the reader reads with no capability", async () => {
    await user.run(...(as(loader, "bpf", "perfmon") as [string]), tsx, "loader.ts");
    expect(readdirSync(bpffs.path("probe")).sort()).toEqual(["events", "link-0"]);
    const alien = await user.try(...(as(reader) as [string]), tsx, "reader.ts");
    expect(alien.err).toContain("EACCES");
    chownSync(bpffs.path("probe/events"), reader, reader);
    const starting = setInterval(() => execFileSync("true"), 100);
    try {
      const line = await user.firstLine(...(as(reader) as [string]), tsx, "reader.ts");
      expect(line).toMatch(/^\d+$/);
    } finally {
      clearInterval(starting);
    }
  });

  test("a reader in namespaces of its own reads what is bound into them, and ids of processes are those of the host", async () => {
    const isolated = [
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--mount-proc",
      "--ipc",
      "--uts",
      "--net",
      ...as(reader),
    ];
    const started = new Set<string>();
    const starting = setInterval(() => started.add(String(spawn("true").pid)), 100);
    const [program = "", ...args] = [...isolated, tsx, "reader.ts"];
    const child = spawn(program, args, { cwd: user.path, stdio: ["ignore", "pipe", "inherit"], detached: true });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let found = false;
    for await (const line of createInterface({ input: child.stdout })) {
      // Before it there is what started the reader itself.
      found = started.has(line);
      if (found) break;
    }
    clearInterval(starting);
    if (child.exitCode === null) process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(found).toBe(true);
  });

  test("where the links are removed, the tracing ends", async () => {
    const links = (): number => JSON.parse(execFileSync("bpftool", ["-j", "link"], { encoding: "utf8" })).length;
    const before = links();
    rmSync(bpffs.path("probe/link-0"));
    expect(links()).toBe(before - 1);
  });
}
