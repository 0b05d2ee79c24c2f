import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "../../../native");

/** How a child process ended. */
export interface ChildResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a child: environment to add, arguments of Node, time until it is ended. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
  readonly timeoutMs?: number;
  /** A command, with its arguments, that starts the process in its place. */
  readonly wrapper?: readonly string[];
}

/**
 * Runs `script`, an ES module in TypeScript, in a Node process of its own with `gc()` at hand and the packages'
 * sources importable by name. A child that outlives its time is killed, and shows a signal.
 */
export function runChild(script: string, options: ChildOptions = {}): Promise<ChildResult> {
  const hooks = join(here, "typescript-hooks.mjs");
  const args = ["--expose-gc", "--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`];
  const node = [process.execPath, ...args, ...(options.nodeArguments ?? []), "--input-type=module", "--eval", script];
  const [command = process.execPath, ...rest] = [...(options.wrapper ?? []), ...node];
  const child = spawn(command, rest, {
    cwd: native,
    env: { ...process.env, NODE_OPTIONS: "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
