import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));
const header = "struct event { unsigned long long ts; unsigned int pid; char comm[16]; };\n";
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-loading-"));
  writeFileSync(join(folder, "types.h"), header);
  // Says which CommonJS modules a run loaded.
  writeFileSync(
    join(folder, "probe.cjs"),
    'process.on("exit", () => process.stderr.write(["loaded", ...Object.keys(require.cache)].join(" ") + "\\n"));\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function rbgen(args: readonly string[], env: NodeJS.ProcessEnv, flags: readonly string[] = []): Run {
  const done = spawnSync(process.execPath, [...flags, bin, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** What a run from a cache in `root` gives, but for the time that it says. */
function generate(root: string): Run {
  const run = rbgen(["types.h", "-o", "-"], { XDG_CACHE_HOME: root });
  return { ...run, err: run.err.replace(/\d+ ms/, "") };
}

function filesOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Of all files with their names: the same only where nothing was written again. */
function stateOf(root: string): string {
  const hash = createHash("sha256");
  for (const path of filesOf(root)) hash.update(`${path} ${statSync(path).mtimeMs} `).update(readFileSync(path));
  return hash.digest("hex");
}

function freshRoot(name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  return root;
}

const withBuild = describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all");

withBuild("compiled code that is kept between runs", () => {
  let expected: Run;
  let kept = "";
  beforeAll(() => {
    expected = generate(join(folder, "probe.cjs"));
    expect(expected).toMatchObject({ code: 0, out: expect.stringContaining("decodeEvent") });
    kept = freshRoot("kept");
    expect(generate(kept)).toEqual(expected);
  });

  /** A folder in which a first run left what it compiled. */
  function keptRoot(name: string): string {
    const root = join(folder, name);
    cpSync(kept, root, { recursive: true });
    return root;
  }

  test("is written by the first run, for this user alone, and taken by the next", () => {
    const files = filesOf(kept);
    expect(files.some((path) => statSync(path).size > 1_000_000)).toBe(true);
    expect(statSync(join(kept, "rbgen")).mode & 0o777).toBe(0o700);
    const state = stateOf(kept);
    expect(generate(kept)).toEqual(expected);
    expect(stateOf(kept)).toBe(state);
  });

  test.each<[string, (path: string) => void]>([
    ["cut in half", (path) => truncateSync(path, statSync(path).size >> 1)],
    ["empty", (path) => truncateSync(path, 0)],
    [
      "damaged in the middle",
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 64);
        writeFileSync(path, bytes);
      },
    ],
    // Whole by its CRC-32, but nothing that V8 made: what another V8 made looks no better to it.
    ["of another engine", (path) => writeFileSync(path, Buffer.from([0x1c, 0xdf, 0x44, 0x21, 0, 0, 0, 0]))],
  ])("is made anew where it is %s", (name, damage) => {
    const root = keptRoot(name);
    for (const path of filesOf(root)) damage(path);
    const damaged = stateOf(root);
    expect(generate(root)).toEqual(expected);
    expect(stateOf(root)).not.toBe(damaged);
    const repaired = stateOf(root);
    expect(generate(root)).toEqual(expected);
    expect(stateOf(root)).toBe(repaired);
  });

  test("is made anew for a Node with other flags of V8", () => {
    const root = keptRoot("flags");
    const before = stateOf(root);
    const run = rbgen(["types.h", "-o", "-"], { XDG_CACHE_HOME: root }, ["--no-lazy-feedback-allocation"]);
    expect(run).toMatchObject({ code: 0, out: expected.out });
    expect(stateOf(root)).not.toBe(before);
  });

  test("is whole when two runs write it at once", async () => {
    const root = freshRoot("two");
    const env = { PATH: process.env["PATH"], XDG_CACHE_HOME: root };
    const one = () => promisify(execFile)(process.execPath, [bin, "types.h", "-o", "-"], { cwd: folder, env });
    for (const { stdout } of await Promise.all([one(), one(), one()])) expect(stdout).toBe(expected.out);
    expect(filesOf(root).filter((path) => path.endsWith(".tmp"))).toEqual([]);
    const state = stateOf(root);
    expect(generate(root)).toEqual(expected);
    expect(stateOf(root)).toBe(state);
  });

  test("leaves import() of configurations and of @rbgen/native as it is", () => {
    const root = freshRoot("imports");
    const cwd = join(root, "project");
    const native = join(cwd, "node_modules/@rbgen/native");
    mkdirSync(native, { recursive: true });
    writeFileSync(join(native, "package.json"), '{"type":"module","exports":"./index.js"}');
    writeFileSync(join(native, "index.js"), 'export const doctor = async () => ({ text: "well\\n", data: {} });\n');
    writeFileSync(join(cwd, "types.h"), header);
    writeFileSync(
      join(cwd, "rbgen.config.ts"),
      'import { defineConfig } from "rbgen";\nexport default defineConfig({ inputs: ["types.h"], types: ["event"] });\n',
    );
    const env = { PATH: process.env["PATH"], XDG_CACHE_HOME: root };
    for (const [args, said] of [
      [[], /^types\.h → types\.gen\.ts {2}1 record/],
      [["doctor"], /^$/],
    ] as const) {
      for (const time of ["first", "second"]) {
        const done = spawnSync(process.execPath, [bin, ...args], { cwd, env, encoding: "utf8" });
        expect([time, done.status, done.stderr.split("\n")[0]]).toEqual([time, 0, expect.stringMatching(said)]);
        expect(done.stdout).toBe(args.length === 0 ? "" : "well\n");
      }
    }
  });

  test("is neither read nor written where others may write, or where it is turned off", () => {
    const shared = freshRoot("shared");
    mkdirSync(join(shared, "rbgen"));
    chmodSync(join(shared, "rbgen"), 0o777);
    expect(generate(shared)).toEqual(expected);
    expect(filesOf(shared)).toEqual([]);
    const off = freshRoot("off");
    const run = rbgen(["types.h", "-o", "-"], { XDG_CACHE_HOME: off, NODE_DISABLE_COMPILE_CACHE: "1" });
    expect(run).toMatchObject({ code: 0, out: expected.out });
    expect(filesOf(off)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)("is neither read nor written where the folder is another user's", () => {
    const root = freshRoot("another");
    const done = spawnSync("chown", ["65534", root]);
    expect(done.status).toBe(0);
    expect(generate(root)).toEqual(expected);
    expect(filesOf(root)).toEqual([]);
  });
});

withBuild("a run loads no more than it needs", () => {
  const kernelBtf = "/sys/kernel/btf/vmlinux";
  const all = ["ts-morph", "front-end.cjs", "generate.cjs", "clang-frontend.cjs", "layout.cjs", "list.cjs", "jiti"];

  test.each<readonly [readonly string[], readonly string[]]>([
    [["--version"], []],
    [["--help"], []],
    [
      ["layout", "types.h"],
      ["front-end.cjs", "layout.cjs"],
    ],
    [
      ["list", "types.h"],
      ["front-end.cjs", "list.cjs"],
    ],
    ...(existsSync(kernelBtf) ? [[["layout", kernelBtf, "--type", "pid"], ["layout.cjs"]] as const] : []),
    [
      ["types.h", "-o", "-"],
      ["front-end.cjs", "generate.cjs", "ts-morph"],
    ],
    [
      ["broken.h", "-o", "-"],
      ["front-end.cjs", "generate.cjs"],
    ],
  ])("rbgen %j loads %j", (args, expected) => {
    writeFileSync(join(folder, "broken.h"), "struct a { nosuch x; };\n");
    const { err } = rbgen(args, { XDG_CACHE_HOME: folder }, ["--require", join(folder, "probe.cjs")]);
    const loaded = /^loaded (.*)$/m.exec(err)?.[1] ?? "";
    expect(loaded).toContain("main.cjs");
    expect(all.filter((name) => loaded.includes(name)).sort()).toEqual([...expected].sort());
  });
});
