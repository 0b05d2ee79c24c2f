import { setTimeout as delay } from "node:timers/promises";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import type { KernelLink } from "./backends/kernel-link.ts";
import type { Model } from "./records/model.ts";
import { rawSample } from "./records/raw-sample.ts";
import { CommandKind, command, events } from "./types.gen.ts";

export { CommandKind };

type CommandNumber = (typeof CommandKind)[keyof typeof CommandKind];

/** Milliseconds that a slow reader sleeps after each few records, so that the ring fills and overflows. */
const slowPauseMs = 250;

/** Both rings, from the dashboard's side. */
export class Connection {
  readonly #link: KernelLink;
  /** What is known of the records that arrived. */
  readonly model: Model;
  readonly #reader: RingBufReader<Uint8Array>;
  readonly #writer: UserRingBufWriter<Parameters<typeof command.encode>[0]>;
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  /** Reads slower than the kernel side writes. */
  slow = false;
  /** Commands that the user ring took. */
  sent = 0;
  /** Commands that found the user ring full. */
  refused = 0;

  /** Reads what the kernel side produces into `model`. */
  constructor(link: KernelLink, model: Model) {
    this.#link = link;
    this.model = model;
    this.#reader = new RingBufReader(link.events, rawSample);
    this.#writer = new UserRingBufWriter(link.commands, command);
    this.#reading = this.#read();
  }

  get backend(): KernelLink["backend"] {
    return this.#link.backend;
  }

  /** Resolves when reading ends: after {@link close}, or with what went wrong. */
  get reading(): Promise<void> {
    return this.#reading;
  }

  /** Bytes that wait in the ring, as a share of it. */
  get fill(): number {
    return Number(this.#reader.available) / this.#link.events.maxEntries;
  }

  /** Records that the kernel side could not place. */
  get lost(): number {
    const { full, tooBig } = this.#link.lost;
    return full + tooBig;
  }

  get capacity(): number {
    return this.#link.events.maxEntries;
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const batch of this.#reader.batches({ max: 512, signal })) {
        for (const bytes of batch) this.model.take(events.decode(bytes), bytes);
        if (this.slow) await delay(slowPauseMs, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Sends a command; false where the user ring is full. */
  send(kind: CommandNumber, value = 0): boolean {
    const taken = this.#writer.tryWrite({ sequence: this.sent + 1, kind, value });
    if (taken) this.sent += 1;
    else this.refused += 1;
    return taken;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
    this.#writer.close();
    this.#reader.close();
  }
}
