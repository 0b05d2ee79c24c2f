import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A program of its own to set probes in: probed.c, compiled, which calls `handle_request` for each number that it is given. */
export class ProbedProgram {
  readonly path: string;
  readonly #folder: string;
  readonly #running: ChildProcessByStdio<Writable, Readable, null>[] = [];

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "rbgen-probed-"));
    this.path = join(this.#folder, "probed");
    const source = fileURLToPath(new URL("probed.c", import.meta.url));
    execFileSync("gcc", ["-O1", "-g", source, "-o", this.path]);
  }

  /** Another file of the same program, without the symbols that nobody links to. */
  stripped(): string {
    const path = `${this.path}-stripped`;
    execFileSync("strip", ["-o", path, this.path]);
    return path;
  }

  /** A process of it; `ask` hands it a number and waits for its answer. */
  start(): { readonly pid: number; ask(number: number): Promise<number> } {
    const child = spawn(this.path, { stdio: ["pipe", "pipe", "inherit"] });
    this.#running.push(child);
    return {
      pid: child.pid ?? 0,
      async ask(number) {
        const answer = once(child.stdout, "data");
        child.stdin.write(`${number}\n`);
        return Number(String((await answer)[0]));
      },
    };
  }

  close(): void {
    for (const child of this.#running) child.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
