import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, engineProgram } from "../engines.ts";

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, "../../../native");

/** How a child process ended. */
export interface ChildResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a child: environment to add, arguments of Node, time until it is ended, which a test that hangs takes and no other. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
  readonly timeoutMs?: number;
  /** A command, with its arguments, that starts the process in its place. */
  readonly wrapper?: readonly string[];
  /** What Deno permits; everything unless told. */
  readonly permissions?: readonly string[];
  /** Node unless told. */
  readonly engine?: Engine | "node" | undefined;
}

/** The command that runs `script`, or runs what it reads when that says so. */
function commandOf(script: string, options: ChildOptions): { readonly command: string[]; readonly input: string } {
  const conditions = "--conditions=@rbgen/source";
  const { engine = "node", nodeArguments = [] } = options;
  if (engine === "bun") {
    return { command: [engineProgram("bun") ?? "bun", "--expose-gc", conditions, "-e", script], input: "" };
  }
  if (engine === "deno") {
    const { permissions = ["--allow-all"] } = options;
    const flags = ["run", ...permissions, "--quiet", "--no-lock", conditions, "--v8-flags=--expose-gc", "-"];
    return { command: [engineProgram("deno") ?? "deno", ...flags], input: script };
  }
  const hooks = `--import=${join(here, "typescript-hooks.mjs")}`;
  const flags = ["--expose-gc", conditions, "--no-warnings", hooks, ...nodeArguments];
  return { command: [process.execPath, ...flags, "--input-type=module", "--eval", script], input: "" };
}

/**
 * Runs `script`, an ES module, in a process of its own with `gc()` at hand and the packages' sources importable by
 * name. A child that outlives its time is killed, and shows a signal.
 */
export function runChild(script: string, options: ChildOptions = {}): Promise<ChildResult> {
  const { command, input } = commandOf(script, options);
  const [program = process.execPath, ...rest] = [...(options.wrapper ?? []), ...command];
  const child = spawn(program, rest, {
    cwd: native,
    env: { ...process.env, NODE_OPTIONS: "", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 600_000);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
