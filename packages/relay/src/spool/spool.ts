import type { ChunkHeader } from "../chunk/index.ts";
import { sendWindow } from "../stream/send-window.ts";
import type { SpoolStore, StoredChunk } from "./spool-store.ts";

/** What happens when the spool is full. */
export type FullPolicy = "hold" | "drop-oldest";

/** A chunk on its way to the stream. */
export interface SpoolEntry {
  readonly header: ChunkHeader;
  readonly stored: StoredChunk;
  /** Its place among all that the spool took. */
  readonly order: number;
  /** It may be in the stream: it was sent, whether acknowledged or not. Such a one is never given up. */
  sent: boolean;
  /** Times that it was handed to the client. */
  sends: number;
  /** Its bytes as they were sent first, where they were restated. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  acknowledged: boolean;
  /** No chunk of its numbering was sent before it. */
  opens: boolean;
}

/** Chunks whose memory is kept when nothing was spooled for a while: as many as are on their way at once. */
const idleSpare = sendWindow;
const idleMs = 5000;

/** Chunks between rings and stream, in order, within a number of bytes. */
export class Spool {
  readonly #store: SpoolStore;
  readonly #limit: number;
  readonly #policy: FullPolicy;
  readonly #entries: SpoolEntry[] = [];
  #taken = 0;
  #records = 0;
  /** Entries at the front that were released, and wait to be cut off together. */
  #gone = 0;
  #changed: (() => void)[] = [];
  /** Memory of chunks that are gone, the last one last: making it anew takes longer than filling it. */
  readonly #spare: ArrayBuffer[] = [];
  #spareBytes = 0;
  /** When memory was asked for last. */
  #asked = 0;
  droppedChunks = 0;
  droppedRecords = 0;
  highWaterBytes = 0;

  constructor(store: SpoolStore, limit: number, policy: FullPolicy) {
    this.#store = store;
    this.#limit = limit;
    this.#policy = policy;
  }

  /** Whether what is in it outlives the process. */
  get durable(): boolean {
    return this.#store.durable;
  }

  get usedBytes(): number {
    return this.#store.used;
  }

  /** Chunks that are not acknowledged. */
  get length(): number {
    return this.#entries.length - this.#gone;
  }

  /** Records in them. */
  get records(): number {
    return this.#records;
  }

  /** What was found in the store when it was opened. */
  recover(header: ChunkHeader, stored: StoredChunk, sent: boolean): void {
    this.#push(header, stored, sent);
  }

  /** Takes a chunk; false where there is no room, and by the policy nothing that can go. */
  append(chunk: Uint8Array<ArrayBuffer>, header: ChunkHeader): boolean {
    while (this.#store.used + chunk.byteLength > this.#limit) if (!this.#dropOldest()) return false;
    let stored = this.#store.put(chunk);
    while (stored === "no room") {
      if (!this.#dropOldest()) return false;
      stored = this.#store.put(chunk);
    }
    if (this.#store.durable) this.recycle(chunk.buffer);
    this.#push(header, stored, false);
    this.notify();
    return true;
  }

  /** Memory for a chunk, of one that is gone where that had as much. Whoever takes it writes all that is sent of it. */
  memory(byteLength: number): ArrayBuffer {
    this.#asked = performance.now();
    const spare = this.#spare;
    // the last one is in the processor's caches yet
    for (let index = spare.length - 1; index >= 0; index -= 1) {
      if (spare[index]!.byteLength !== byteLength) continue;
      const [memory] = index === spare.length - 1 ? [spare.pop()!] : spare.splice(index, 1);
      this.#spareBytes -= byteLength;
      return memory!;
    }
    // where none has as much, the oldest goes, lest all that is kept be of a size that nobody asks for
    this.#forget(1);
    return new ArrayBuffer(byteLength);
  }

  /** Keeps memory that nobody reads any more for a chunk to come, as far as the spool's limit has room for it. */
  recycle(memory: ArrayBuffer): void {
    const { byteLength } = memory;
    if (this.#store.used + this.#spareBytes + byteLength > this.#limit) return;
    this.#spare.push(memory);
    this.#spareBytes += byteLength;
  }

  /** Gives memory back that a burst took, when it is over. */
  rest(): void {
    if (this.#spare.length > idleSpare && performance.now() - this.#asked >= idleMs)
      this.#forget(this.#spare.length - idleSpare);
  }

  #forget(count: number): void {
    for (const { byteLength } of this.#spare.splice(0, count)) this.#spareBytes -= byteLength;
  }

  /** Entries that are not acknowledged, oldest first. */
  *pending(): Generator<SpoolEntry, undefined> {
    for (let index = this.#gone; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index]!;
      if (!entry.acknowledged) yield entry;
    }
  }

  /** The oldest entry that was not sent. */
  unsent(): SpoolEntry | undefined {
    for (let index = this.#gone; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index]!;
      if (!entry.sent) return entry;
    }
    return undefined;
  }

  /** The stream has it: its room is free. */
  acknowledge(entry: SpoolEntry): void {
    if (entry.acknowledged) return;
    entry.acknowledged = true;
    this.#records -= entry.header.count;
    entry.stored.release();
    // what was sent again may stand in the client's queue yet
    if (entry.sends === 1 && entry.bytes !== undefined) this.recycle(entry.bytes.buffer);
    entry.bytes = undefined;
    while (this.#gone < this.#entries.length && this.#entries[this.#gone]!.acknowledged) this.#gone += 1;
    if (this.#gone > 64 && this.#gone > this.#entries.length / 2) {
      this.#entries.splice(0, this.#gone);
      this.#gone = 0;
    }
    this.notify();
  }

  /** Resolves when an entry came or went, or at the timeout. */
  changed(timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets go on who waits for a change. */
  notify(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }

  close(): void {
    this.#store.close();
    this.notify();
  }

  #push(header: ChunkHeader, stored: StoredChunk, sent: boolean): void {
    const order = this.#taken;
    this.#taken += 1;
    this.#records += header.count;
    this.#entries.push({ header, stored, order, sent, sends: 0, bytes: undefined, acknowledged: false, opens: false });
    this.highWaterBytes = Math.max(this.highWaterBytes, this.#store.used);
  }

  #dropOldest(): boolean {
    if (this.#policy === "hold") return false;
    const index = this.#entries.findIndex((entry, place) => place >= this.#gone && !entry.sent);
    if (index < 0) return false;
    const [entry] = this.#entries.splice(index, 1);
    entry!.stored.release();
    this.droppedChunks += 1;
    this.droppedRecords += entry!.header.count;
    this.#records -= entry!.header.count;
    return true;
  }
}
