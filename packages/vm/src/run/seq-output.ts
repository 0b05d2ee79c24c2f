/** Pages that one read of an iterator has (kernel/bpf/bpf_iter.c `bpf_seq_read`). */
const pages = 8;

/** What an iterator program writes in one run, into a `struct seq_file` that is empty. */
export class SeqOutput {
  readonly #room: number;
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** @param pageSize bytes */
  constructor(pageSize: number) {
    this.#room = pages * pageSize;
  }

  /** It was written more than there is room for: a read gives E2BIG, and nothing of it. */
  get overflowed(): boolean {
    return this.#length === this.#room;
  }

  /** What was written; nothing where that was too much. */
  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.overflowed ? 0 : this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    return bytes;
  }

  /** fs/seq_file.c `seq_write`: whether it had room, of which one byte stays free. */
  write(bytes: Uint8Array): boolean {
    if (this.#length + bytes.byteLength < this.#room) {
      this.#chunks.push(bytes.slice());
      this.#length += bytes.byteLength;
      return true;
    }
    this.#length = this.#room;
    this.#chunks = [];
    return false;
  }
}
