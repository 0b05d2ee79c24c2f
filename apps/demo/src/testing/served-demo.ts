import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Whether there is a built demo to run. */
export const isBuilt: boolean = existsSync(main);

/** The built demo, serving its page until it is stopped. */
export class ServedDemo {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Starts it with these arguments, and waits until it tells its address. */
  static async start(...args: readonly string[]): Promise<ServedDemo> {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      text += chunk;
      const url = /(http:\S+)/.exec(text)?.[1];
      if (url !== undefined) {
        child.stdout.resume();
        return new ServedDemo(url, child);
      }
    }
    throw new Error(`the demo ended before it served anything: ${text}`);
  }

  /** Stops it where it is, as a debugger does, or lets it go on. */
  halt(halted: boolean): void {
    this.#process.kill(halted ? "SIGSTOP" : "SIGCONT");
  }

  /** Ends it as Ctrl-C does; its exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGINT");
    const [code] = await ended;
    return code as number | null;
  }
}
