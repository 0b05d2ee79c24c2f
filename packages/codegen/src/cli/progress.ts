import { displayWidth, printable } from "../diagnostics/display-text.ts";
import type { Host } from "./host/host.ts";

/** Milliseconds of work before anything is shown, and from one look to the next. */
const patience = 500;
const pace = 100;

/** One line on a terminal that tells what is being done, once it takes long; it is gone before anything else is written. */
export class Progress {
  readonly #host: Pick<Host, "stderr" | "now">;
  readonly #enabled: boolean;
  readonly #started: number;
  #next: number;
  #shown = false;

  constructor(host: Pick<Host, "stderr" | "env" | "now">, enabled: boolean) {
    this.#host = host;
    this.#enabled = enabled && host.stderr.isTTY && host.env["TERM"] !== "dumb";
    this.#started = this.#enabled ? host.now() : 0;
    this.#next = this.#started + patience;
  }

  /** Says what is done now: called between steps, since none is interrupted. */
  at(text: () => string): void {
    if (!this.#enabled) return;
    const now = this.#host.now();
    if (now < this.#next) return;
    this.#next = now + pace;
    const seconds = `${((now - this.#started) / 1000).toFixed(1)} s`;
    let line = printable(text());
    while (displayWidth(line) + seconds.length + 3 > this.#host.stderr.columns && line.length > 1)
      line = `${line.slice(0, -2)}…`;
    this.#host.stderr.write(`\r\u001b[2K${line}  ${seconds}`);
    this.#shown = true;
  }

  /** Takes the line away. */
  clear(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#host.stderr.write("\r\u001b[2K");
  }
}
