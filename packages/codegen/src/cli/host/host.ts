import type { TsMorph } from "../../emit/source-file.ts";

/** One output of the command. */
export interface OutputStream {
  readonly isTTY: boolean;
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number;
  write(text: string): void;
}

/** What a program that ran left. */
export interface ProgramResult {
  /** Exit status; undefined where the program could not be started. */
  readonly status: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Files of the machine. Paths are absolute. Failures are Node's system errors. */
export interface FileSystem {
  /** The whole of a file, also of a pipe or device up to a limit. */
  read(path: string): Uint8Array;
  /** The whole of a regular file, up to a limit; undefined for anything else or nothing. Never waits. */
  readRegular(path: string): Uint8Array | undefined;
  isDirectory(path: string): boolean;
  /** Whether it is a folder, and no link to one. */
  isPlainDirectory(path: string): boolean;
  exists(path: string): boolean;
  /** What a link holds, as it stands there; undefined for what is no link. */
  linkTarget(path: string): string | undefined;
  /** Text that changes with whatever is at a path; undefined where nothing is, or nothing that may be seen. */
  stamp(path: string): string | undefined;
  /** Files that a pattern of paths (`*`, `**`, `?`, `[a-z]`, `{a,b}`) means, seen from `folder`; those of dependencies are left out. */
  glob(pattern: string, folder: string): readonly string[];
  /** Folders in which a file may come to be that the pattern means, as far as they are there. */
  globFolders(pattern: string, folder: string): readonly string[];
  /** Writes a file whole or not at all: nobody ever sees half of it. */
  write(path: string, text: string): void;
  /** Makes a folder, and those above it, where there is none. */
  makeFolder(path: string): void;
  /** Runs `use` with a fresh folder that is removed afterwards. */
  withFolder<T>(use: (folder: string) => T): T;
}

/** Tells of events in a folder, its own end included; gives what ends that. A folder that cannot be watched is looked at again and again. */
export type FolderEvents = (folder: string, onEvent: () => void) => () => void;

/** What tells a process to end. */
export interface End {
  /** Is fulfilled when it was told. */
  readonly reached: Promise<void>;
  /** Lets signals end the process by themselves again. */
  forget(): void;
}

/** Everything of the machine that the command touches: the real one, or one that a test makes. */
export interface Host {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** `process.arch`. */
  readonly arch: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly files: FileSystem;
  /** All of standard input. */
  stdin(): Promise<Uint8Array>;
  /** Milliseconds that only grow. */
  now(): number;
  /** Version of this package. */
  readonly version: string;
  /** Where this package keeps `rbgen.h`. */
  readonly includeFolder: string;
  /** Where this package keeps the pages of diagnostics. */
  readonly diagnosticsFolder: string;
  /** Path of what a module in `folder` would get for `name`; undefined where it would get nothing. */
  resolveFrom(name: string, folder: string): string | undefined;
  /** Imports the module at `path`. */
  importPath(path: string): Promise<unknown>;
  /** What prints TypeScript. */
  loadTsMorph(): Promise<TsMorph>;
  /** Evaluates a configuration file and gives its default export. */
  loadConfig(path: string): Promise<unknown>;
  run(program: string, args: readonly string[]): ProgramResult;
  /** Asks a person, whose answer is yes or no; undefined where nobody is there to be asked. */
  confirm(question: string): Promise<boolean | undefined>;
  readonly watchFolder: FolderEvents;
  /** Calls `then` in so many milliseconds; gives what prevents that. */
  after(milliseconds: number, then: () => void): () => void;
  /** Catches SIGINT and SIGTERM from this call on, by which the process does not end then. */
  untilEnd(): End;
  /** Has SIGINT and SIGTERM end the process with this exit code from this call on; gives what ends that. */
  endBySignal(code: number): () => void;
}

/** The code of a system error ("ENOENT"), or undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  try {
    const { code } = error as { readonly code?: unknown };
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the operating system refused: Node's own errors (ERR_…) and ours have codes too. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(errorCode(error) ?? "");
}

/** The message of whatever was thrown: code of a configuration may throw anything. */
export function errorMessage(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "what was thrown has no form as text";
  }
}
