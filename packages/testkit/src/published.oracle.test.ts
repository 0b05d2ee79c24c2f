import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "./tools.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const published = ["btf", "codegen", "native", "relay", "runtime", "vm"];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** The packages as `pnpm publish` would send them, with the versions that the changesets give. */
describeWith(["registry"], "the packages as they are published", () => {
  let folder: string;
  /** Where each package's tarball is, by name. */
  const tarballs = new Map<string, string>();
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_OPTIONS: "" };

  function run(cwd: string, program: string, ...args: string[]): SpawnSyncReturns<string> {
    const done = spawnSync(program, args, { cwd, env, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done;
  }

  /** A fresh package as `npm init -y` makes it, with modules as Node has them, in which `names` are installed. */
  function app(name: string, names: readonly string[]): string {
    const made = join(folder, name);
    mkdirSync(made);
    run(made, "npm", "init", "-y");
    run(made, "npm", "pkg", "set", "type=module");
    const files = names.map((each) => tarballs.get(each) ?? each);
    run(made, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", ...files);
    return made;
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-published-"));
    const copy = join(folder, "copy");
    for (const name of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ".changeset", "scripts", ".tools"]) {
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes("engines") });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const name of readdirSync(join(root, "packages"))) {
      cpSync(join(root, "packages", name), join(copy, "packages", name), {
        recursive: true,
        filter: (path) => !/\/(?:node_modules|src|addon)$/.test(path),
      });
    }
    for (const name of ["bench", "fuzz", ...readdirSync(join(root, "apps")).map((each) => join("apps", each))]) {
      cpSync(join(root, name, "package.json"), join(copy, name, "package.json"));
    }
    run(copy, process.execPath, "scripts/version.mjs");
    const pnpm = readdirSync(join(root, ".tools")).find((name) => name.startsWith("pnpm-")) ?? "";
    env["PATH"] = [join(root, ".tools", pnpm, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
    for (const name of published) {
      const cwd = join(copy, "packages", name);
      const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifestOf(cwd);
      // as an install would link them, for pnpm to read their versions
      for (const [each, range] of Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })) {
        const link = join(cwd, "node_modules", each);
        if (!range.startsWith("workspace:") || existsSync(link)) continue;
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(join(copy, "packages", each === "rbgen" ? "codegen" : each.slice("@rbgen/".length)), link);
      }
      const { filename } = JSON.parse(run(cwd, "pnpm", "pack", "--json", "--pack-destination", folder).stdout) as {
        filename: string;
      };
      tarballs.set(manifestOf(cwd).name, filename);
    }
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("have one version, and ranges in the place of what the workspace has", () => {
    const made = app("ranges", [...tarballs.keys()]);
    const manifests = [...tarballs.keys()].map((name) => manifestOf(join(made, "node_modules", name)));
    const [{ version } = { version: "" }] = manifests;
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(version).not.toBe("0.0.0");
    for (const manifest of manifests) {
      expect(manifest.version).toBe(version);
      const { dependencies = {}, peerDependencies = {} } = manifest;
      for (const [name, range] of Object.entries(dependencies)) {
        if (tarballs.has(name)) expect(range).toBe(version);
      }
      expect(
        Object.entries({ ...dependencies, ...peerDependencies }).filter(([, range]) => range.includes(":")),
      ).toEqual([]);
      if (manifest.name === "rbgen" || manifest.name === "@rbgen/btf" || manifest.name === "@rbgen/runtime") continue;
      expect(peerDependencies["@rbgen/runtime"]).toBe(`^${version}`);
    }
    for (const name of tarballs.keys()) expect(existsSync(join(made, "node_modules", name, "CHANGELOG.md"))).toBe(true);
  });

  test("give an app of one header: generated, compiled by a plain tsc, and run", () => {
    const made = app("app", ["rbgen", "@rbgen/btf", "@rbgen/runtime"]);
    writeFileSync(
      join(made, "events.h"),
      "struct event { unsigned long long ts; unsigned int pid; char comm[16]; };\n",
    );
    run(made, "npx", "rbgen", "events.h");
    writeFileSync(
      join(made, "read.ts"),
      `import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { event } from "./events.gen.ts";
const kernel = new EmulatedKernel();
const ring = kernel.createRingBuf({ name: "events", maxEntries: 65536 });
const bytes = new Uint8Array(event.size);
event.encode({ ts: 5n, pid: 7, comm: "sh" }, new DataView(bytes.buffer));
kernel.loadProgram({ type: "tracepoint", run: (bpf) => bpf.ringbufOutput(ring, bytes, 0) }).run();
new RingBufReader(ring, event).consume(({ ts, pid, comm }) => console.log(ts, pid, comm));
`,
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    run(made, process.execPath, tsc, "--init", "--rewriteRelativeImportExtensions");
    run(made, process.execPath, tsc, "-p", ".");
    expect(run(made, process.execPath, "read.js").stdout).toBe("5n 7 sh\n");
  });

  test("have one runtime where an app's is a patch newer than what asks for it", () => {
    const next = join(folder, "next");
    mkdirSync(next);
    run(next, "tar", "xzf", tarballs.get("@rbgen/runtime") ?? "");
    const manifest = manifestOf(join(next, "package"));
    const newer = manifest.version.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
    writeFileSync(join(next, "package/package.json"), JSON.stringify({ ...manifest, version: newer }));
    run(next, "tar", "czf", "runtime.tgz", "package");
    const made = app("skew", [join(next, "runtime.tgz"), "@rbgen/btf", "@rbgen/native", "@rbgen/vm", "@rbgen/relay"]);
    const found = readdirSync(join(made, "node_modules"), { recursive: true, encoding: "utf8" });
    expect(found.filter((path) => path.endsWith("@rbgen/runtime"))).toEqual(["@rbgen/runtime"]);
    expect(manifestOf(join(made, "node_modules/@rbgen/runtime")).version).toBe(newer);
  });

  test("are published by the release alone", () => {
    for (const name of published) {
      const cwd = join(folder, "copy/packages", name);
      const refused = spawnSync("npm", ["run", "--silent", "prepublishOnly"], { cwd, env, encoding: "utf8" });
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("npm run release")]);
    }
  });
});
