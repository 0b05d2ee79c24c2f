import type { TracedLine } from "@rbgen/runtime";

/** Bytes of the kernel's trace buffer of a processor unless told otherwise: `buffer_size_kb` of tracefs. */
const bufferBytes = 1408 * 1024;
/** What a line takes beside its text: about an event's header in the kernel, about a string's here. */
const lineBytes = 32;

/** The last lines of `bpf_printk`, until they are taken. As in the kernel, the oldest are lost where nobody takes them. */
export class TraceBuffer {
  #lines: TracedLine[] = [];
  /** Where the oldest line is; what is before was lost. */
  #first = 0;
  #bytes = 0;
  #lost = 0;

  /** Lines that were lost, ever. */
  get lost(): number {
    return this.#lost;
  }

  /** A line whose text is of at most 1023 bytes. */
  add(line: TracedLine): void {
    this.#lines.push(line);
    this.#bytes += lineBytes + line.text.length;
    while (this.#bytes > bufferBytes) {
      this.#bytes -= lineBytes + (this.#lines[this.#first] as TracedLine).text.length;
      this.#first += 1;
      this.#lost += 1;
    }
    if (this.#first > this.#lines.length >> 1) this.#settle();
  }

  /** The lines since the last call, oldest first. */
  take(): readonly TracedLine[] {
    this.#settle();
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return lines;
  }

  #settle(): void {
    if (this.#first > 0) this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }
}
