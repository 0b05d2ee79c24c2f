import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  type FSWatcher,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  watch,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TsMorph } from "../../emit/source-file.ts";
import type { Import } from "./config-evaluation.ts";
import { loadConfig } from "./config-loading.ts";
import { type End, errorCode, type FileSystem, type Host, type OutputStream, type ProgramResult } from "./host.ts";

const requireHere: NodeJS.Require = createRequire(import.meta.url);

/** Bytes of one file that are read. */
const readLimit = 512 * 1024 * 1024;

function endless(): Error {
  return Object.assign(new Error(`it holds more than ${readLimit} bytes`), { code: "EFBIG" });
}

/** To the end, whatever size the file claims: those of /proc claim none, and some have no end. */
function readWhole(file: number): Uint8Array {
  const claimed = fstatSync(file).size;
  if (claimed > readLimit) throw endless();
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(claimed + 1 - length, 1 << 16));
    const count = readSync(file, chunk);
    if (count === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, count));
    length += count;
    if (length > readLimit) throw endless();
  }
}

/** No file has a NUL in its path: the system would end it there, and name another file. */
function checkPath(path: string): void {
  if (path.includes("\0")) throw Object.assign(new Error("its path holds a NUL character"), { code: "ENOENT" });
}

function read(path: string): Uint8Array {
  checkPath(path);
  // A pipe is waited for, as shells hand over what a command prints; a file that is none (/proc/kmsg) is not.
  const waits = statSync(path).isFile() ? constants.O_NONBLOCK : 0;
  const file = openSync(path, constants.O_RDONLY | waits);
  try {
    return readWhole(file);
  } finally {
    closeSync(file);
  }
}

/** Codes of paths that lead to nothing. */
const nowhere = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);

/** What is at `path`; undefined for nothing. */
function statusOf(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    checkPath(path);
    return look(path);
  } catch (error) {
    if (nowhere.has(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

function readRegular(path: string): Uint8Array | undefined {
  // Looked at before it is opened: an include must not wait for a pipe.
  return statusOf(path, statSync)?.isFile() === true ? read(path) : undefined;
}

/** Where a file at `path` would be: what a link leads to is written, though it is not there yet, and the link stays. */
function beyondLinks(path: string): string {
  let at = path;
  // as many as Linux follows
  for (let count = 0; count < 40; count += 1) {
    if (statusOf(at, lstatSync)?.isSymbolicLink() !== true) return at;
    at = resolve(realpathSync(dirname(at)), readlinkSync(at));
  }
  return path;
}

function write(path: string, text: string): void {
  checkPath(path);
  // A pipe or device (/dev/stdout) is written as it is: a rename would replace it.
  const present = statSync(path, { throwIfNoEntry: false });
  const whole = present === undefined || present.isFile();
  const real = present === undefined ? beyondLinks(path) : realpathSync(path);
  const target = whole ? join(dirname(real), `.${basename(real)}.${process.pid}.tmp`) : path;
  const mode = present === undefined ? 0o666 : present.mode & 0o777;
  const file = openSync(target, whole ? "wx" : "w", mode);
  try {
    try {
      const bytes = Buffer.from(text);
      let done = 0;
      while (done < bytes.length) done += writeSync(file, bytes, done);
      // What it may be read by stays as it was, whatever this process' mask is.
      if (whole && present !== undefined) fchmodSync(file, mode);
    } finally {
      closeSync(file);
    }
    if (whole) renameSync(target, real);
  } catch (error) {
    if (whole) unlinkSync(target);
    throw error;
  }
}

const files: FileSystem = {
  read,
  readRegular,
  isDirectory: (path) => statusOf(path, statSync)?.isDirectory() === true,
  isPlainDirectory: (path) => statusOf(path, lstatSync)?.isDirectory() === true,
  exists: existsSync,
  linkTarget: (path) => (statusOf(path, lstatSync)?.isSymbolicLink() === true ? readlinkSync(path) : undefined),
  stamp(path) {
    try {
      checkPath(path);
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
    } catch {
      return undefined;
    }
  },
  globFolders(pattern, folder) {
    const { globSync } = requireHere("tinyglobby") as typeof import("tinyglobby");
    const parts = pattern.split("/").slice(0, -1);
    const fixed = parts.findIndex((part) => /[*?[{]/.test(part));
    const above = fixed < 0 ? parts.length : fixed;
    const found = [resolve(folder, parts.slice(0, above).join("/") || (pattern.startsWith("/") ? "/" : "."))];
    const ignore = ["**/node_modules/**", "**/.git/**"];
    for (let count = above + 1; count <= parts.length; count += 1) {
      const each = parts.slice(0, count).join("/");
      found.push(
        ...globSync(each, { cwd: folder, onlyDirectories: true, expandDirectories: false, ignore, absolute: true }),
      );
    }
    return found;
  },
  glob(pattern, folder) {
    const { globSync } = requireHere("tinyglobby") as typeof import("tinyglobby");
    return globSync(pattern, { cwd: folder, expandDirectories: false, ignore: "**/node_modules/**" });
  },
  write,
  makeFolder(path) {
    checkPath(path);
    mkdirSync(path, { recursive: true });
  },
  withFolder(use) {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-"));
    try {
      return use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? 100,
    write: (text) => void stream.write(text),
  };
}

async function stdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function resolveFrom(name: string, folder: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve(name);
  } catch {
    return undefined;
  }
}

/** This package, found by its own name, wherever bundling put this module. */
function ownPackage(): Pick<Host, "version" | "includeFolder" | "diagnosticsFolder"> {
  const { version } = requireHere("rbgen/package.json") as { readonly version: string };
  const folder = dirname(requireHere.resolve("rbgen/package.json"));
  return {
    version,
    includeFolder: join(folder, "include"),
    diagnosticsFolder: join(folder, "dist", "diagnostics"),
  };
}

/** By require: before an import() of CommonJS, Node reads all of it in search of names to export. */
async function loadTsMorph(): Promise<TsMorph> {
  return requireHere("ts-morph") as TsMorph;
}

function run(program: string, args: readonly string[]): ProgramResult {
  const done = spawnSync(program, args, { maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "pipe"] });
  return {
    status: done.error === undefined ? (done.status ?? undefined) : undefined,
    stdout: done.stdout ?? new Uint8Array(),
    stderr: done.stderr?.toString() ?? "",
  };
}

async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import("node:readline/promises");
  const asker = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await asker.question(`${question} [y/N] `)).trim());
  } finally {
    asker.close();
  }
}

/** Milliseconds between two looks at a folder of which the system tells nothing. */
const lookAgain = 1000;

/** By the system's events; where it has none for the folder (too many are watched, a file system without), by looking. */
function watchFolder(folder: string, onEvent: () => void): () => void {
  let looking: NodeJS.Timeout | undefined;
  const look = (): void => {
    looking ??= setInterval(onEvent, lookAgain);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: true }, onEvent);
    watcher.on("error", () => {
      watcher?.close();
      look();
      onEvent();
    });
  } catch {
    look();
  }
  return () => {
    watcher?.close();
    clearInterval(looking);
  };
}

function after(milliseconds: number, then: () => void): () => void {
  const timer = setTimeout(then, milliseconds);
  return () => clearTimeout(timer);
}

const endings = ["SIGINT", "SIGTERM"] as const;

function untilEnd(): End {
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  for (const signal of endings) process.on(signal, reach);
  return {
    reached,
    forget() {
      for (const signal of endings) process.off(signal, reach);
    },
  };
}

function endBySignal(code: number): () => void {
  const end = () => process.exit(code);
  for (const signal of endings) process.on(signal, end);
  return () => {
    for (const signal of endings) process.off(signal, end);
  };
}

/** The machine that this process runs on. */
export function realHost(load: Import = (specifier) => import(specifier)): Host {
  return {
    cwd: process.cwd(),
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    stdout: outputStream(process.stdout),
    stderr: outputStream(process.stderr),
    files,
    stdin,
    now: () => performance.now(),
    ...ownPackage(),
    resolveFrom,
    importPath: (path) => load(pathToFileURL(path).href),
    loadTsMorph,
    loadConfig: (path) => loadConfig(path, load),
    run,
    confirm,
    watchFolder,
    after,
    untilEnd,
    endBySignal,
  };
}
