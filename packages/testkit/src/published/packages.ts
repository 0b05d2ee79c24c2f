import { execFileSync, spawn } from "node:child_process";
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
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Registry } from "./registry.ts";

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../../../..", import.meta.url));

/** Folders of packages, from the root. */
const workspaceFolders: readonly string[] = ["packages", "apps"].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(folder, name)),
);

/** Folders of the packages that are published, from the root. */
export const publishedFolders: readonly string[] = workspaceFolders.filter(
  (folder) => manifestOf(join(root, folder)).private !== true,
);

/** What a test asks of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** What a program did. */
export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of a user. */
export class UserFolder {
  readonly path: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(path: string, env: NodeJS.ProcessEnv) {
    mkdirSync(path);
    this.path = path;
    this.#env = env;
  }

  /** A new folder below it. */
  folder(name: string): UserFolder {
    return new UserFolder(join(this.path, name), this.#env);
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** Runs a program to its end. */
  try(program: string, ...args: readonly string[]): Promise<Done> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: this.path, env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, err }));
    });
  }

  /** Runs a program that must end well. */
  async run(program: string, ...args: readonly string[]): Promise<Done> {
    const done = await this.try(program, ...args);
    if (done.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.code}\n${done.out}${done.err}`);
    return done;
  }

  /** The first line that a program prints, which is ended then. */
  async firstLine(program: string, ...args: readonly string[]): Promise<string> {
    // A group of its own: what `npx` starts ends with it.
    const child = spawn(program, args, {
      cwd: this.path,
      env: this.#env,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    try {
      for await (const line of createInterface({ input: child.stdout })) return line;
      throw new Error(`${program} ${args.join(" ")} printed nothing`);
    } finally {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  }

  /** Runs a line as it is printed in a document. */
  shell(line: string): Promise<Done> {
    return this.run("sh", "-ec", line);
  }
}

/** All packages with their next version, published as the release does it to a registry of this machine. */
export class PublishedPackages {
  readonly registry: Registry;
  readonly version: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, registry: Registry, version: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.registry = registry;
    this.version = version;
    this.#env = env;
  }

  static async publish(): Promise<PublishedPackages> {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-published-"));
    const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
    const registry = await Registry.start(upstream);
    const pnpm = readdirSync(join(root, ".tools")).find((name) => name.startsWith("pnpm-")) ?? "";
    const env: NodeJS.ProcessEnv = {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_OPTIONS|NODE_PATH|VITEST)/i.test(name)),
      ),
      NO_COLOR: "1",
      PATH: [join(root, ".tools", pnpm, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      npm_config_registry: registry.url,
      // Caches of this run alone: `npx` takes what an earlier run left under the same version for what it was asked for.
      npm_config_cache: join(folder, "npm-cache"),
      XDG_CACHE_HOME: join(folder, "cache"),
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
      npm_config_yes: "true",
      npm_config_fund: "false",
    };
    const copy = copyWorkspace(join(folder, "copy"), env);
    await copy.run(process.execPath, "scripts/version.mjs");
    copy.write(".npmrc", `registry=${registry.url}\n${registry.url.replace("http:", "")}:_authToken=any\n`);
    await new UserFolder(join(folder, "release"), { ...env, RBGEN_RELEASE: "1" }).run(
      "pnpm",
      ...["--dir", copy.path, "--recursive", "publish", "--access=public", "--no-git-checks"],
    );
    const { version } = manifestOf(join(copy.path, "packages/runtime"));
    return new PublishedPackages(folder, registry, version, env);
  }

  /** A new and empty folder. */
  folder(name: string): UserFolder {
    return new UserFolder(join(this.#folder, name), this.#env);
  }

  /** The copy of the repository that was published. */
  get copy(): string {
    return join(this.#folder, "copy");
  }

  async close(): Promise<void> {
    await this.registry.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The workspace without sources, with what is built. */
function copyWorkspace(path: string, env: NodeJS.ProcessEnv): UserFolder {
  const copy = new UserFolder(path, env);
  const files = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", ".changeset", "scripts", "docs", "LICENSE"];
  for (const name of files) cpSync(join(root, name), join(path, name), { recursive: true });
  mkdirSync(join(path, ".tools"));
  symlinkSync(join(root, "node_modules"), join(path, "node_modules"));
  for (const name of [...readdirSync(join(root, "packages")).map((each) => join("packages", each)), "apps/demo"]) {
    cpSync(join(root, name), join(path, name), {
      recursive: true,
      filter: (each) => !/\/(?:node_modules|src|addon)$/.test(each),
    });
  }
  for (const name of ["bench", "fuzz", ...readdirSync(join(root, "apps")).map((each) => join("apps", each))]) {
    if (name !== "apps/demo") cpSync(join(root, name, "package.json"), join(path, name, "package.json"));
  }
  for (const name of publishedFolders) {
    const cwd = join(path, name);
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifestOf(cwd);
    // As an install would link them, for pnpm to read their versions.
    for (const [each, range] of Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })) {
      if (!range.startsWith("workspace:") || existsSync(join(cwd, "node_modules", each))) continue;
      mkdirSync(dirname(join(cwd, "node_modules", each)), { recursive: true });
      const own = workspaceFolders.find((folder) => manifestOf(join(root, folder)).name === each);
      if (own === undefined) throw new Error(`${name} needs ${each}, which is no package of the workspace`);
      symlinkSync(join(path, own), join(cwd, "node_modules", each));
    }
  }
  return copy;
}
