import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const hooks = fileURLToPath(new URL("../../../../testkit/src/native/typescript-hooks.mjs", import.meta.url));
const folder = fileURLToPath(new URL("../../..", import.meta.url));

/** A script of this folder in a process of its own. */
export class Process {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  output = "";
  /** How it ended by itself, which it is not to. */
  failure: string | undefined;
  #expected = false;
  #gone = false;

  constructor(script: string, job: object) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const flags = ["--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`, file, JSON.stringify(job)];
    this.#child = spawn(process.execPath, flags, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    this.#child.stdout?.on("data", (data) => {
      this.output += String(data);
    });
    this.#child.stderr?.on("data", (data) => {
      errors += String(data);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        if (!this.#expected || (code !== 0 && signal !== "SIGKILL"))
          this.failure = `${script} ended (${code ?? signal}): ${errors}`;
        this.#gone = true;
        resolve();
      });
    });
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#expected = true;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Resolves when it has written `text`, or ended. */
  async wrote(text: string): Promise<void> {
    while (!this.output.includes(text) && !this.#gone) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Asks it to end, and waits for that. */
  async end(): Promise<void> {
    this.#expected = true;
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}
