import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { lockFolder } from "../folder-lock.ts";
import type { RelayCheckpoint } from "../read/checkpoint.ts";
import { messageOf, RelayError } from "../relay-error.ts";
import { tokenOf } from "../stream/subject.ts";
import { fileMetadata, ParquetFile, syncFolder } from "./parquet-file.ts";

/** Where a file says how far the reader had come when its last row was read. */
const checkpointKey = "rbgen.checkpoint";

/** The file that was ended last, and what reading goes on behind. */
interface Position {
  readonly number: number;
  readonly checkpoint: RelayCheckpoint;
}

/**
 * Parquet files of a ring in a folder, numbered. Each carries the reader's checkpoint at its end: so a file and how far
 * reading had come are there together or not at all, whatever ends the process. A copy beside them says where to go on
 * where files were moved away.
 */
export class ArchiveFolder {
  readonly #folder: string;
  readonly #ring: string;
  readonly #unlock: () => void;
  #number: number;
  /** Where the files end; undefined where there is none yet. */
  readonly checkpoint: RelayCheckpoint | undefined;

  private constructor(folder: string, ring: string, unlock: () => void, last: Position | undefined) {
    this.#folder = folder;
    this.#ring = ring;
    this.#unlock = unlock;
    this.#number = last?.number ?? 0;
    this.checkpoint = last?.checkpoint;
  }

  /** @throws RelayError EBUSY where another process archives the ring there; EINVAL for files that are none of ours. */
  static async open(folder: string, ring: string): Promise<ArchiveFolder> {
    mkdirSync(folder, { recursive: true });
    const unlock = lockFolder(folder, `.${tokenOf(ring)}.lock`, "the archive");
    try {
      return new ArchiveFolder(folder, ring, unlock, await lastPosition(folder, ring));
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** The next file. */
  begin(schema: SchemaElement[]): ParquetFile {
    const name = fileName(this.#ring, this.#number + 1);
    return new ParquetFile(join(this.#folder, name), join(this.#folder, `.${name}.part`), schema);
  }

  /** Ends a file, of which `checkpoint` is the end. */
  commit(file: ParquetFile, checkpoint: RelayCheckpoint, metadata: Readonly<Record<string, string>>): void {
    file.commit({ ...metadata, [checkpointKey]: JSON.stringify(checkpoint) });
    this.#number += 1;
    store(copyPath(this.#folder, this.#ring), { number: this.#number, checkpoint });
    syncFolder(this.#folder);
  }

  close(): void {
    this.#unlock();
  }
}

function fileName(ring: string, number: number): string {
  return `${tokenOf(ring)}-${`${number}`.padStart(8, "0")}.parquet`;
}

function copyPath(folder: string, ring: string): string {
  return join(folder, `.${tokenOf(ring)}.checkpoint.json`);
}

/** Written beside, and renamed: the copy is never half. */
function store(path: string, position: Position): void {
  const fd = openSync(`${path}.part`, "w");
  try {
    writeSync(fd, JSON.stringify(position));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.part`, path);
}

/** The later of what the last file says and what the copy does. */
async function lastPosition(folder: string, ring: string): Promise<Position | undefined> {
  const copy = readCopy(copyPath(folder, ring));
  const prefix = `${tokenOf(ring)}-`;
  let number = 0;
  for (const name of readdirSync(folder)) {
    const [, digits] = name.startsWith(prefix) ? (/^(\d{8,15})\.parquet$/.exec(name.slice(prefix.length)) ?? []) : [];
    if (digits !== undefined) number = Math.max(number, Number(digits));
  }
  if (number === 0 || (copy !== undefined && copy.number >= number)) return copy;
  const path = join(folder, fileName(ring, number));
  try {
    const text = (await fileMetadata(path)).get(checkpointKey);
    if (text === undefined) throw new Error(`it has no ${checkpointKey}`);
    return { number, checkpoint: JSON.parse(text) as RelayCheckpoint };
  } catch (cause) {
    const why = `${path} does not say where to go on: ${messageOf(cause)}: move away what rbgen-relay did not write`;
    throw new RelayError("EINVAL", why, { cause });
  }
}

function readCopy(path: string): Position | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { number, checkpoint } = JSON.parse(text) as Position;
    if (!Number.isSafeInteger(number) || number < 1 || typeof checkpoint !== "object" || checkpoint === null)
      throw new Error("members are missing");
    return { number, checkpoint };
  } catch (cause) {
    throw new RelayError(
      "EINVAL",
      `${path} is no checkpoint: ${messageOf(cause)}: remove it, and the last file tells`,
      { cause },
    );
  }
}
