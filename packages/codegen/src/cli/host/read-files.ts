import { basename, normalize } from "node:path";
import type { FileSystem, Host } from "./host.ts";
import { packageMark, repositoryMark } from "./project-marks.ts";

/** What was asked of one path. */
interface Asked {
  /** As it was when it was asked for the first time: later changes are told by comparing. */
  readonly stamp: string | undefined;
  /** Its contents were read: what depends on them changes with it, and not only with whether it is there. */
  readonly read: boolean;
  /** Looked for as a file, whose contents would be read. */
  readonly file: boolean;
}

/** The files of a machine, with memory of what was read of them, and of what was looked for. */
export class ReadFiles implements FileSystem {
  readonly #files: FileSystem;
  readonly #onRead: (path: string) => void;
  readonly #asked = new Map<string, Asked>();
  readonly #globs = new Map<string, { readonly pattern: string; readonly folder: string; readonly found: string }>();
  #current: Set<string> | undefined;

  /** @param onRead is told of each file before it is read */
  constructor(files: FileSystem, onRead: (path: string) => void = () => undefined) {
    this.#files = files;
    this.#onRead = onRead;
  }

  /** Paths, as they were asked for, of the files whose contents were read since `collect` was called last. */
  collect(): ReadonlySet<string> {
    this.#current = new Set();
    return this.#current;
  }

  /** A file that was read before, and is used again. */
  use(path: string): void {
    this.#current?.add(path);
  }

  read(path: string): Uint8Array {
    this.#noteRead(path);
    return this.#files.read(path);
  }

  readRegular(path: string): Uint8Array | undefined {
    const stamp = this.#files.stamp(path);
    const bytes = this.#files.readRegular(path);
    if (bytes === undefined) this.#note(path, stamp, false);
    else {
      this.#onRead(path);
      this.#current?.add(path);
      this.#note(path, stamp, true);
    }
    return bytes;
  }

  isDirectory(path: string): boolean {
    this.#note(path, this.#files.stamp(path), false, false);
    return this.#files.isDirectory(path);
  }

  isPlainDirectory(path: string): boolean {
    this.#note(path, this.#files.stamp(path), false, false);
    return this.#files.isPlainDirectory(path);
  }

  exists(path: string): boolean {
    this.#note(path, this.#files.stamp(path), false);
    return this.#files.exists(path);
  }

  linkTarget(path: string): string | undefined {
    return this.#files.linkTarget(path);
  }

  stamp(path: string): string | undefined {
    return this.#files.stamp(path);
  }

  glob(pattern: string, folder: string): readonly string[] {
    const found = this.#files.glob(pattern, folder);
    this.#globs.set(`${folder}\0${pattern}`, { pattern, folder, found: listText(found) });
    return found;
  }

  globFolders(pattern: string, folder: string): readonly string[] {
    return this.#files.globFolders(pattern, folder);
  }

  write(path: string, text: string): void {
    this.#files.write(path, text);
  }

  makeFolder(path: string): void {
    this.#files.makeFolder(path);
  }

  withFolder<T>(use: (folder: string) => T): T {
    return this.#files.withFolder(use);
  }

  /** Paths on which the result depends: what is there, and what is not. */
  get paths(): Iterable<string> {
    return this.#asked.keys();
  }

  /** Those of them that were looked for as files, where nothing is; without what only tells where a project ends. */
  missing(): readonly string[] {
    const marks = [repositoryMark, packageMark];
    return [...this.#asked].flatMap(([path, { stamp, file }]) =>
      stamp === undefined && file && !marks.includes(basename(path)) ? [path] : [],
    );
  }

  /** Folders in which files may come to be that a pattern means. */
  folders(): readonly string[] {
    return [...this.#globs.values()].flatMap(({ pattern, folder }) => this.#files.globFolders(pattern, folder));
  }

  /** How many files were read. */
  get count(): number {
    let count = 0;
    for (const { read } of this.#asked.values()) if (read) count += 1;
    return count;
  }

  /** A path, or a pattern, that would give something else now; undefined where nothing changed. */
  changed(): string | undefined {
    for (const [path, { stamp, read }] of this.#asked) {
      const now = this.#files.stamp(path);
      if (read ? now !== stamp : (now === undefined) !== (stamp === undefined)) return path;
    }
    for (const { pattern, folder, found } of this.#globs.values()) {
      if (listText(this.#files.glob(pattern, folder)) !== found) return pattern;
    }
    return undefined;
  }

  #noteRead(path: string): void {
    this.#onRead(path);
    this.#current?.add(path);
    this.#note(path, this.#files.stamp(path), true);
  }

  #note(given: string, stamp: string | undefined, read: boolean, file = true): void {
    const path = normalize(given);
    const before = this.#asked.get(path);
    if (before === undefined) this.#asked.set(path, { stamp, read, file });
    else if ((read && !before.read) || (file && !before.file)) {
      this.#asked.set(path, { stamp: before.stamp ?? stamp, read: read || before.read, file: file || before.file });
    }
  }
}

function listText(paths: readonly string[]): string {
  return [...paths].sort().join("\0");
}

/** `host` with other files. */
export function withFiles(host: Host, files: FileSystem): Host {
  return {
    cwd: host.cwd,
    env: host.env,
    platform: host.platform,
    arch: host.arch,
    stdout: host.stdout,
    stderr: host.stderr,
    files,
    stdin: () => host.stdin(),
    now: () => host.now(),
    version: host.version,
    includeFolder: host.includeFolder,
    diagnosticsFolder: host.diagnosticsFolder,
    resolveFrom: (name, folder) => host.resolveFrom(name, folder),
    importPath: (path) => host.importPath(path),
    loadTsMorph: () => host.loadTsMorph(),
    loadConfig: (path) => host.loadConfig(path),
    run: (program, args) => host.run(program, args),
    confirm: (question) => host.confirm(question),
    watchFolder: (folder, onEvent) => host.watchFolder(folder, onEvent),
    after: (milliseconds, then) => host.after(milliseconds, then),
    untilEnd: () => host.untilEnd(),
    endBySignal: (code) => host.endBySignal(code),
  };
}
