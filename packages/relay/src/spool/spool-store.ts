/** Where the bytes of spooled chunks are. */
export interface SpoolStore {
  /** Bytes that it takes up. */
  readonly used: number;
  /** Whether what is stored outlives the process. */
  readonly durable: boolean;
  /**
   * Stores a chunk, or gives the reason why there is no room for it now.
   * @throws whatever is no matter of room.
   */
  put(chunk: Uint8Array<ArrayBuffer>): StoredChunk | "no room";
  /** Ends; what is stored durably stays. */
  close(): void;
}

/** A chunk in a store. */
export interface StoredChunk {
  readonly byteLength: number;
  load(): Uint8Array<ArrayBuffer>;
  /** Writes its first bytes anew: what its header says now. */
  rewrite(header: Uint8Array): void;
  /** It is not needed any more. */
  release(): void;
}
