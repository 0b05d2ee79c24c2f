import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundleScript } from "@rbgen/testkit/native/bundle-script";

/** The scripts of this folder that become processes, each as one module. */
export interface Scripts {
  readonly relay: string;
  readonly reader: string;
}

/** Makes them, in `folder`. */
export async function bundleScripts(folder: string): Promise<Scripts> {
  const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  return {
    relay: await bundleScript(source("relay-process.ts"), folder, "relay-process"),
    reader: await bundleScript(source("reader-process.ts"), folder, "reader-process"),
  };
}

/** A script in a process of its own. */
export class Process {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  output = "";
  /** How it ended by itself, which it is not to. */
  failure: string | undefined;
  #expected = false;
  #gone = false;

  constructor(script: string, job: object) {
    this.#child = spawn(process.execPath, ["--no-warnings", script, JSON.stringify(job)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
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
