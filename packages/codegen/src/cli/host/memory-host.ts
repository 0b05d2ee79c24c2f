import { dirname, join, normalize, relative } from "node:path";
import type { TsMorph } from "../../emit/source-file.ts";
import { globMatcher } from "../../glob.ts";
import type { End, FileSystem, Host, ProgramResult } from "./host.ts";

/** What a test gives the command to work on. */
export interface MemoryMachine {
  /** Contents by absolute path; folders are implied. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly terminal?: boolean;
  /** Errors that reading, or writing, a path gives: `{ "/a.h": "EACCES" }`. */
  readonly faults?: Readonly<Record<string, string>>;
  readonly configs?: Readonly<Record<string, unknown>>;
  /** Paths that packages resolve to, by name. */
  readonly packages?: Readonly<Record<string, string>>;
  readonly modules?: Readonly<Record<string, unknown>>;
  /** What a person answers, in order; absent where nobody is there. */
  readonly answers?: boolean[];
  readonly run?: (program: string, args: readonly string[]) => ProgramResult;
}

/** A machine in memory, and what the command left on it. */
export class MemoryHost implements Host {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform = "linux";
  readonly arch = "x64";
  readonly version = "1.2.3";
  readonly includeFolder = "/rbgen/include";
  readonly diagnosticsFolder = "/rbgen/diagnostics";
  out = "";
  err = "";
  /** Files that were written, in order. */
  readonly written: string[] = [];
  readonly contents: Map<string, Uint8Array>;
  readonly stdout: Host["stdout"];
  readonly stderr: Host["stderr"];
  readonly files: FileSystem;
  readonly #machine: MemoryMachine;
  readonly #folders = new Set<string>();
  #clock = 0;

  constructor(machine: MemoryMachine = {}) {
    this.#machine = machine;
    this.cwd = machine.cwd ?? "/w";
    this.env = machine.env ?? {};
    const isTTY = machine.terminal === true;
    this.stdout = { isTTY, columns: 100, write: (text) => this.#print("out", text) };
    this.stderr = { isTTY, columns: 100, write: (text) => this.#print("err", text) };
    this.contents = new Map(
      Object.entries(machine.files ?? {}).map(([path, content]) => [
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ]),
    );
    this.files = {
      read: (path) => this.#read(path),
      readRegular: (given) => {
        // Without links, `..` leads to the folder above.
        const path = normalize(given);
        if (this.#isDirectory(path) || !this.contents.has(path)) return undefined;
        this.#fault(path);
        return this.contents.get(path);
      },
      isDirectory: (path) => this.#isDirectory(path),
      isPlainDirectory: (path) => this.#isDirectory(path),
      exists: (path) => this.contents.has(path) || this.#isDirectory(path),
      linkTarget: () => undefined,
      glob: (pattern, folder) => {
        const parts = pattern.split("/").map(globMatcher);
        const paths = [...this.contents.keys()].map((path) => relative(folder, path));
        return paths.filter((path) => {
          const names = path.split("/");
          return names.length === parts.length && names.every((name, index) => parts[index]!(name));
        });
      },
      stamp: (path) => {
        const bytes = this.contents.get(path);
        if (bytes === undefined) return this.#isDirectory(path) ? "folder" : undefined;
        return [...bytes].join(" ");
      },
      globFolders: (pattern, folder) => [join(folder, dirname(pattern))],
      write: (path, text) => {
        this.#fault(path);
        if (!this.#isDirectory(dirname(path))) throw systemError("ENOENT");
        if (this.#isDirectory(path)) throw systemError("EISDIR");
        this.contents.set(path, new TextEncoder().encode(text));
        this.written.push(path);
      },
      makeFolder: (path) => {
        this.#fault(path);
        if (this.contents.has(path)) throw systemError("EEXIST");
        for (let at = path; at !== dirname(at); at = dirname(at)) this.#folders.add(at);
      },
      withFolder: (use) => use("/tmp/rbgen-test"),
    };
  }

  text(path: string): string | undefined {
    const bytes = this.contents.get(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  #print(stream: "out" | "err", text: string): void {
    this[stream] += text;
  }

  #isDirectory(path: string): boolean {
    if (path === this.cwd || this.#folders.has(path)) return true;
    const prefix = path.endsWith("/") ? path : `${path}/`;
    for (const file of this.contents.keys()) if (file.startsWith(prefix)) return true;
    return false;
  }

  #fault(path: string): void {
    const code = this.#machine.faults?.[path];
    if (code !== undefined) throw systemError(code);
  }

  #read(path: string): Uint8Array {
    this.#fault(path);
    if (this.#isDirectory(path)) throw systemError("EISDIR");
    const bytes = this.contents.get(path);
    if (bytes === undefined) throw systemError("ENOENT");
    return bytes;
  }

  async stdin(): Promise<Uint8Array> {
    const text = this.#machine.stdin ?? "";
    return typeof text === "string" ? new TextEncoder().encode(text) : text;
  }

  now(): number {
    this.#clock += 5;
    return this.#clock;
  }

  resolveFrom(name: string): string | undefined {
    return this.#machine.packages?.[name];
  }

  async importPath(path: string): Promise<unknown> {
    const module = this.#machine.modules?.[path];
    if (module instanceof Error) throw module;
    return module;
  }

  loadTsMorph(): Promise<TsMorph> {
    return import("ts-morph");
  }

  async loadConfig(path: string): Promise<unknown> {
    const config = this.#machine.configs?.[path];
    if (config instanceof Error) throw config;
    return config;
  }

  async confirm(question: string): Promise<boolean | undefined> {
    if (this.#machine.answers === undefined) return undefined;
    this.err += `${question}\n`;
    return this.#machine.answers.shift() ?? false;
  }

  watchFolder(): () => void {
    return () => undefined;
  }

  after(): () => void {
    return () => undefined;
  }

  /** It is told to end at once. */
  untilEnd(): End {
    return { reached: Promise.resolve(), forget: () => undefined };
  }

  endBySignal(): () => void {
    return () => undefined;
  }

  run(program: string, args: readonly string[]): ProgramResult {
    return (
      this.#machine.run?.(program, args) ?? { status: undefined, stdout: new Uint8Array(), stderr: "no such program" }
    );
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}
