import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** One output of the command. */
export interface OutputStream {
  readonly isTTY: boolean;
  readonly columns: number;
  /** Resolves when there is room for more: who reads a pipe slowly is waited for. */
  write(text: string): Promise<void>;
}

/** Everything of the process that the command touches: the real one, or one that a test makes. */
export interface Machine {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Version of this package. */
  readonly version: string;
  /** Aborts when the command is asked to end. */
  readonly signal: AbortSignal;
  /** Imports a package as a module in `cwd` would, else as this package would; undefined where it is not installed. */
  importPackage(name: string): Promise<unknown>;
}

const requireHere: NodeJS.Require = createRequire(import.meta.url);

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? 100,
    write: (text) =>
      stream.write(text) ? Promise.resolve() : new Promise((resolve) => stream.once("drain", () => resolve())),
  };
}

/** What `name` resolves to from `folder`, or from this package. */
function resolvePackage(name: string, folder: string): string | undefined {
  for (const from of [createRequire(pathToFileURL(`${folder}/package.json`)), requireHere]) {
    try {
      return from.resolve(name);
    } catch {
      // the next one
    }
  }
  return undefined;
}

/** The process that this runs in. */
export function realMachine(): Machine {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    // once: a second one ends the process at once, as it always does
    process.once(name, () => stop.abort());
  }
  const { version } = requireHere("@rbgen/relay/package.json") as { readonly version: string };
  const cwd = process.cwd();
  return {
    cwd,
    env: process.env,
    stdout: outputStream(process.stdout),
    stderr: outputStream(process.stderr),
    version,
    signal: stop.signal,
    async importPackage(name) {
      const path = resolvePackage(name, cwd);
      return path === undefined ? undefined : import(pathToFileURL(path).href);
    },
  };
}
