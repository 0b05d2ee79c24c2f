import type { RecordCodec } from "@rbgen/runtime";
import type { RelayReader, RelayRecord } from "../read/relay-reader.ts";
import type { ArchiveFolder } from "./archive-folder.ts";
import type { ParquetFile } from "./parquet-file.ts";
import { RecordColumns } from "./record-columns.ts";

/** When files and row groups end. */
export interface ArchiveLimits {
  /** Bytes of records that make a row group: what is held in memory. */
  readonly rowGroupBytes: number;
  /** A file ends when it is as long. */
  readonly fileBytes: number;
  /** And when its first row was read so long ago, seconds. */
  readonly fileSeconds: number;
}

const tickMs = 50;

/** Writes what a reader gives into a folder's files. */
export class Archiver {
  readonly #folder: ArchiveFolder;
  readonly #reader: RelayReader<unknown>;
  readonly #limits: ArchiveLimits;
  readonly #columns: RecordColumns;
  readonly #metadata: Readonly<Record<string, string>>;
  #file: ParquetFile | undefined;
  #begun = 0;
  /** Files that were ended, and their rows. */
  files = 0;
  rows = 0;

  constructor(
    folder: ArchiveFolder,
    reader: RelayReader<unknown>,
    codec: RecordCodec<unknown, never>,
    ring: string,
    limits: ArchiveLimits,
  ) {
    this.#folder = folder;
    this.#reader = reader;
    this.#limits = limits;
    this.#columns = new RecordColumns(codec);
    this.#metadata = { "rbgen.ring": ring, "rbgen.record": codec.name, "rbgen.layout": codec.layoutHash };
  }

  /**
   * Archives until the reader is closed, or until all up to `upTo` in the stream is read. `onError` is told of what reading
   * goes on behind, and throws what it does not.
   */
  async run(onError: (error: unknown) => Promise<void>, upTo: number = Number.POSITIVE_INFINITY): Promise<void> {
    try {
      for (;;) {
        let settled = false;
        const next = this.#next(onError).finally(() => {
          settled = true;
        });
        // that it failed is seen when it is awaited
        next.catch(() => undefined);
        while (!settled) {
          await Promise.race([next, new Promise((resolve) => setTimeout(resolve, tickMs))]).catch(() => undefined);
          // no record is on its way from the reader: its checkpoint is that of what was written
          if (settled) break;
          if (this.#reader.checkpoint().sequence > upTo) return this.#end();
          if (this.#due) this.#end();
        }
        const batch = await next;
        if (batch === undefined) return this.#end();
        this.#add(batch);
        if (this.#reader.checkpoint().sequence > upTo) return this.#end();
      }
    } catch (error) {
      this.#file?.abandon();
      throw error;
    }
  }

  async #next(onError: (error: unknown) => Promise<void>): Promise<RelayRecord<unknown>[] | undefined> {
    for (;;) {
      try {
        const { done, value } = await this.#reader.batches().next();
        return done ? undefined : value;
      } catch (error) {
        await onError(error);
      }
    }
  }

  #add(batch: readonly RelayRecord<unknown>[]): void {
    if (this.#file === undefined) {
      this.#file = this.#folder.begin(this.#columns.schema);
      this.#begun = performance.now();
    }
    for (const record of batch) this.#columns.add(record);
    if (this.#columns.weight >= this.#limits.rowGroupBytes) this.#file.write(this.#columns.take());
    if (this.#due || this.#file.byteLength >= this.#limits.fileBytes) this.#end();
  }

  /** Whether the file is old enough to end. */
  get #due(): boolean {
    return this.#file !== undefined && performance.now() - this.#begun >= this.#limits.fileSeconds * 1000;
  }

  /** Ends the file, where there is one: its rows are those up to the reader's checkpoint. */
  #end(): void {
    const file = this.#file;
    if (file === undefined) return;
    file.write(this.#columns.take());
    this.#folder.commit(file, this.#reader.checkpoint(), this.#metadata);
    this.#file = undefined;
    this.files += 1;
    this.rows += file.rows;
  }
}
