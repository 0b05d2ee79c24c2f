// Makes the workspace ready on a machine that has only Node and npm: the pinned pnpm, the dependencies of the lock file,
// a build. Each step is skipped when what it depends on has not changed, so a second run is quick and needs no network.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools");
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.replace(/^pnpm@/, "");
const pnpmHome = join(tools, `pnpm-${pnpmVersion}`);
const pnpmBin = join(pnpmHome, "node_modules", ".bin");

/** Prints what happens next; to stderr, so that stdout belongs to the command. */
export function say(text) {
  process.stderr.write(
    `${process.stderr.isTTY ? "\u001b[2m" : ""}» ${text}${process.stderr.isTTY ? "\u001b[0m" : ""}\n`,
  );
}

/** The environment of every step: pinned pnpm first on PATH, no telemetry, no prompts. */
export function environment(extra = {}) {
  return {
    ...process.env,
    PATH: [pnpmBin, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
    npm_config_yes: "true",
    ...extra,
  };
}

/** Runs a program with our output; its stdout goes to stderr unless `stdout` is "inherit". Returns the exit code. */
export function run(command, args, { stdout = "stderr", env = {}, cwd = root } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    env: environment(env),
    stdio: ["inherit", stdout === "inherit" ? "inherit" : 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

function must(command, args, options) {
  const code = run(command, args, options);
  if (code !== 0) {
    say(`failed (${code}): ${command} ${args.join(" ")}`);
    process.exit(code);
  }
}

function bootstrapPnpm() {
  if (existsSync(join(pnpmBin, process.platform === "win32" ? "pnpm.cmd" : "pnpm"))) return;
  say(`installing pnpm ${pnpmVersion} into .tools`);
  mkdirSync(pnpmHome, { recursive: true });
  writeFileSync(join(pnpmHome, "package.json"), '{ "private": true }\n');
  must(
    "npm",
    ["install", "--yes", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", `pnpm@${pnpmVersion}`],
    {
      cwd: pnpmHome,
    },
  );
}

/** Changes whenever an install could give something else. */
function installKey() {
  const hash = createHash("sha256").update(process.version).update(process.arch).update(pnpmVersion);
  const manifests = [
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "bench/package.json",
    "fuzz/package.json",
  ];
  for (const folder of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, folder)).sort()) manifests.push(join(folder, name, "package.json"));
  }
  for (const file of manifests) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function install() {
  const stamp = join(tools, "installed");
  const key = installKey();
  if (existsSync(join(root, "node_modules")) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  say("installing dependencies from the lock file");
  must("pnpm", ["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"]);
  writeFileSync(stamp, key);
}

/** Folders of the packages that are published, from the root. */
export function publishedFolders() {
  return ["packages", "apps"]
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
    .filter((folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).private !== true)
    .sort();
}

/** Brings pnpm and the dependencies. */
export function prepare() {
  mkdirSync(tools, { recursive: true });
  bootstrapPnpm();
  install();
}

/** Builds the named packages and what they depend on (all when none is named); cached by content. */
export function build(...names) {
  say(names.length === 0 ? "building every package" : `building ${names.join(", ")}`);
  const filters = names.map((name) => `--filter=${name}...`);
  must("turbo", ["run", "build", "--output-logs=errors-only", ...filters]);
}
