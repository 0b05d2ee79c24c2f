import type { Machine } from "../cli/machine.ts";
import { runCommand } from "../cli/program.ts";

/** What a run of the command left. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A run of `rbgen-relay` in this process. */
export class CommandRun {
  readonly #stop: AbortController = new AbortController();
  readonly #done: Promise<number>;
  out = "";
  err = "";

  constructor(
    args: readonly string[],
    {
      cwd = "/",
      packages = {},
      terminal = false,
    }: { cwd?: string; packages?: Readonly<Record<string, unknown>>; terminal?: boolean } = {},
  ) {
    const stream = (add: (text: string) => void) => ({
      isTTY: terminal,
      columns: 100,
      write: async (text: string) => add(text),
    });
    const machine: Machine = {
      cwd,
      env: {},
      stdout: stream((text) => {
        this.out += text;
      }),
      stderr: stream((text) => {
        this.err += text;
      }),
      version: "1.2.3",
      signal: this.#stop.signal,
      importPackage: async (name) => packages[name],
    };
    this.#done = runCommand(args, machine);
  }

  /** Resolves when it has written what `pattern` finds; fails if it ends before. */
  async wrote(pattern: RegExp): Promise<void> {
    let ended = false;
    void this.#done.then(() => {
      ended = true;
    });
    while (!pattern.test(this.out + this.err)) {
      if (ended) throw new Error(`it ended: ${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Asks it to end, as SIGINT does. */
  stop(): Promise<Run> {
    this.#stop.abort();
    return this.ended();
  }

  async ended(): Promise<Run> {
    return { code: await this.#done, out: this.out, err: this.err };
  }
}
