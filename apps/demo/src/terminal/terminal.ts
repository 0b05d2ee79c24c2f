const csi = "\u001b[";
const enter = `${csi}?1049h${csi}?25l`;
const leave = `${csi}?25h${csi}?1049l`;

/** A screen of its own on the terminal: drawn in place, keys read one by one, and everything as it was at the end. */
export class Terminal {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  readonly #listener: (chunk: string) => void;
  #previous: readonly string[] = [];
  #open = false;

  constructor(
    input: NodeJS.ReadStream,
    output: NodeJS.WriteStream,
    handlers: { onKey(key: string): void; onResize(): void },
  ) {
    this.#input = input;
    this.#output = output;
    this.#onKey = handlers.onKey;
    this.#onResize = () => {
      // What the terminal shows now is unknown: draw all of it.
      this.#previous = [];
      this.#output.write(`${csi}2J`);
      handlers.onResize();
    };
    this.#listener = (chunk) => {
      // A sequence (an arrow) is one key; typed-ahead characters are one each.
      const keys = chunk.startsWith("\u001b") ? [chunk] : [...chunk];
      for (const key of keys) this.#onKey(key);
    };
  }

  get columns(): number {
    return this.#output.columns || 80;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  open(): void {
    this.#open = true;
    this.#output.write(enter);
    this.#input.setRawMode(true);
    this.#input.setEncoding("utf8");
    this.#input.on("data", this.#listener);
    this.#input.resume();
    this.#output.on("resize", this.#onResize);
  }

  /** Gives the terminal back. May be called twice, and at any moment. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#output.off("resize", this.#onResize);
    this.#input.off("data", this.#listener);
    this.#input.setRawMode(false);
    this.#input.pause();
    this.#output.write(leave);
  }

  /** Shows `lines`, one per row; only rows that changed are written, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    let text = "";
    const count = Math.max(lines.length, this.#previous.length);
    for (let row = 0; row < Math.min(count, this.rows); row += 1) {
      const line = lines[row] ?? "";
      if (line !== this.#previous[row]) text += `${csi}${row + 1};1H${line}${csi}0m${csi}K`;
    }
    this.#previous = [...lines];
    if (text !== "") this.#output.write(text);
  }
}
