import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

/** The built demo, serving its page. */
export class ServedPage {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Starts what is built of the demo's `main.ts`. @throws Error where it is not built. */
  static async start(main: string, rate: number): Promise<ServedPage> {
    if (!existsSync(main)) throw new Error("the demo is not built: npm test builds it");
    const child = spawn(process.execPath, [main, "--rate", String(rate)], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      text += chunk;
      const url = /(http:\S+)/.exec(text)?.[1];
      if (url === undefined) continue;
      child.stdout.resume();
      return new ServedPage(url, child);
    }
    throw new Error(`the demo ended before it served anything: ${text}`);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGINT");
    await ended;
  }
}
