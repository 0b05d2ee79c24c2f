import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "../chunk/crc32.ts";
import { ChunkError, readHeader } from "../chunk/index.ts";
import { lockFolder } from "../folder-lock.ts";
import type { SpoolStore, StoredChunk } from "./spool-store.ts";

const segmentName = /^(\d{12})\.chunks$/;
const lockName = "lock";

interface Segment {
  readonly path: string;
  readonly fd: number;
  size: number;
  /** Chunks in it that were not released. */
  live: number;
}

/** What was found in a spool that an earlier relay left. */
export interface Recovered {
  readonly chunks: readonly StoredChunk[];
  /** Bytes behind the last whole chunk of a file: what was being written when the relay ended. */
  readonly tornBytes: number;
}

/**
 * Chunks in a folder, one behind the other in files of which each is removed when all of its chunks are released. What a
 * relay has written survives its death: chunks carry their own length and checksums, and half of one at a file's end is
 * found and cut off.
 */
export class FileStore implements SpoolStore {
  readonly durable = true;
  readonly #folder: string;
  readonly #unlock: () => void;
  readonly #segmentBytes: number;
  readonly #segments: Set<Segment> = new Set();
  #active: Segment | undefined;
  #number = 0;
  #used = 0;
  #open = true;

  /** @throws RelayError EBUSY if a living process has the folder. */
  private constructor(folder: string, segmentBytes: number, unlock: () => void) {
    this.#unlock = unlock;
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  /** Takes `folder`, made if it is not there, with the chunks in it in the order of their writing. */
  static open(folder: string, segmentBytes: number): { readonly store: FileStore; readonly recovered: Recovered } {
    mkdirSync(folder, { recursive: true });
    const unlock = lockFolder(folder, lockName, "the spool");
    const store = new FileStore(folder, segmentBytes, unlock);
    return { store, recovered: store.#recover() };
  }

  get used(): number {
    return this.#used;
  }

  put(chunk: Uint8Array): StoredChunk | "no room" {
    const segment = this.#room();
    if (segment === undefined) return "no room";
    const offset = segment.size;
    try {
      let written = 0;
      while (written < chunk.length) {
        written += writeSync(segment.fd, chunk, written, chunk.length - written, offset + written);
      }
    } catch (error) {
      // the file system is full: what was half written goes, and the relay holds or drops
      ftruncateSync(segment.fd, offset);
      if (isFull(error)) return "no room";
      throw error;
    }
    segment.size += chunk.length;
    this.#used += chunk.length;
    return this.#stored(segment, offset, chunk.length);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const segment of this.#segments) {
      closeSync(segment.fd);
      if (segment.live === 0) rmSync(segment.path, { force: true });
    }
    this.#segments.clear();
    this.#unlock();
  }

  #stored(segment: Segment, offset: number, byteLength: number): StoredChunk {
    segment.live += 1;
    let released = false;
    return {
      byteLength,
      load: () => {
        const bytes = new Uint8Array(byteLength);
        let read = 0;
        while (read < byteLength) {
          const count = readSync(segment.fd, bytes, read, byteLength - read, offset + read);
          if (count === 0) throw new Error(`${segment.path} was cut at byte ${offset + read}`);
          read += count;
        }
        return bytes;
      },
      rewrite: (header) => {
        writeSync(segment.fd, header, 0, header.length, offset);
      },
      release: () => {
        if (released) return;
        released = true;
        segment.live -= 1;
        if (segment.live === 0) this.#drained(segment);
      },
    };
  }

  /** A file whose chunks are all released goes; the one that is written goes on until it is half full. */
  #drained(segment: Segment): void {
    if (!this.#open || (segment === this.#active && segment.size < this.#segmentBytes / 2)) return;
    if (segment === this.#active) this.#active = undefined;
    this.#segments.delete(segment);
    this.#used -= segment.size;
    closeSync(segment.fd);
    rmSync(segment.path, { force: true });
  }

  /** The file to write to; undefined where there is no room for one more. */
  #room(): Segment | undefined {
    const active = this.#active;
    if (active !== undefined && active.size < this.#segmentBytes) return active;
    const number = this.#number + 1;
    const path = join(this.#folder, `${number.toString().padStart(12, "0")}.chunks`);
    try {
      const segment: Segment = { path, fd: openSync(path, "wx+"), size: 0, live: 0 };
      this.#number = number;
      this.#segments.add(segment);
      this.#active = segment;
      if (active !== undefined && active.live === 0) this.#drained(active);
      return segment;
    } catch (error) {
      if (isFull(error)) return undefined;
      throw error;
    }
  }

  #recover(): Recovered {
    const chunks: StoredChunk[] = [];
    let tornBytes = 0;
    for (const name of readdirSync(this.#folder).sort()) {
      const [, number] = segmentName.exec(name) ?? [];
      if (number === undefined) continue;
      this.#number = Math.max(this.#number, Number(number));
      const path = join(this.#folder, name);
      const bytes = readFileSync(path);
      const segment: Segment = { path, fd: openSync(path, "r+"), size: 0, live: 0 };
      while (segment.size < bytes.length) {
        const byteLength = wholeChunk(bytes.subarray(segment.size));
        if (byteLength === 0) break;
        chunks.push(this.#stored(segment, segment.size, byteLength));
        segment.size += byteLength;
      }
      tornBytes += bytes.length - segment.size;
      if (segment.live === 0) {
        closeSync(segment.fd);
        rmSync(path, { force: true });
        continue;
      }
      ftruncateSync(segment.fd, segment.size);
      this.#segments.add(segment);
      this.#used += segment.size;
    }
    return { chunks, tornBytes };
  }
}

/** Bytes of the chunk that begins `bytes`; 0 if it is not whole. */
function wholeChunk(bytes: Uint8Array): number {
  try {
    const { byteLength, headerLength, bodyCrc } = readHeader(bytes);
    if (byteLength > bytes.length) return 0;
    return crc32(bytes.subarray(headerLength, byteLength)) === bodyCrc ? byteLength : 0;
  } catch (error) {
    if (error instanceof ChunkError) return 0;
    throw error;
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT";
}
