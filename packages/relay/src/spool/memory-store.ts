import type { SpoolStore, StoredChunk } from "./spool-store.ts";

/** Chunks in this process's memory, for as long as it lives. */
export class MemoryStore implements SpoolStore {
  readonly durable = false;
  used = 0;

  put(chunk: Uint8Array<ArrayBuffer>): StoredChunk {
    const { byteLength } = chunk;
    this.used += byteLength;
    return {
      byteLength,
      load: () => chunk,
      // what was loaded is the chunk itself
      rewrite: () => undefined,
      release: () => {
        this.used -= byteLength;
      },
    };
  }

  close(): void {
    this.used = 0;
  }
}
