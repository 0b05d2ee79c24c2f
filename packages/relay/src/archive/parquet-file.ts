import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { type AsyncBuffer, parquetMetadataAsync, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** Whose files these are, for who opens one. */
const createdBy = "rbgen-relay";

/** A Parquet file that is there whole or not at all: it is written under another name, and gets its own at the end. */
export class ParquetFile {
  readonly path: string;
  readonly #part: string;
  readonly #fd: number;
  readonly #bytes: ByteWriter;
  readonly #writer: ParquetWriter;
  #open = true;
  rows = 0;

  /** What an earlier one left under the temporary name is written over. */
  constructor(path: string, part: string, schema: SchemaElement[]) {
    this.path = path;
    this.#part = part;
    this.#fd = openSync(part, "w", 0o666);
    const bytes = new ByteWriter();
    this.#bytes = Object.assign(bytes, { flush: () => this.#flush() });
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy });
  }

  /** Bytes so far. */
  get byteLength(): number {
    return this.#bytes.offset;
  }

  /** Writes rows as one row group. */
  write(columns: readonly { readonly name: string; readonly data: unknown[] }[]): void {
    const rows = columns[0]?.data.length ?? 0;
    if (rows === 0) return;
    void this.#writer.write({ columnData: [...columns], rowGroupSize: rows });
    this.rows += rows;
  }

  /** Ends the file with what `metadata` says, and gives it its name: from then on it is there, and stays. */
  commit(metadata: Readonly<Record<string, string>>): void {
    this.#writer.kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    void this.#writer.finish();
    this.#flush();
    fsyncSync(this.#fd);
    this.#close();
    renameSync(this.#part, this.path);
    syncFolder(dirname(this.path));
  }

  /** Nothing of it stays. */
  abandon(): void {
    this.#close();
    rmSync(this.#part, { force: true });
  }

  /** Once: its number may be another file's afterwards. */
  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = this.#bytes;
    const buffer = new Uint8Array(bytes.buffer, 0, bytes.index);
    let written = 0;
    while (written < buffer.length) written += writeSync(this.#fd, buffer, written);
    bytes.index = 0;
  }
}

/** Makes names of a folder outlive the machine's power. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * The texts that a Parquet file carries, by key.
 * @throws Error for what is no such file
 */
export async function fileMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const source: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(Math.max(0, end - start));
        await file.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const { key_value_metadata = [] } = await parquetMetadataAsync(source);
    return new Map(key_value_metadata.map(({ key, value = "" }) => [key, value]));
  } finally {
    await file.close();
  }
}
