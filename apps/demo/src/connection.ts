import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type RecordOf, RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { attachRingBuf, attachUserRingBuf, type EmulatedHandle } from "@rbgen/runtime/emulated";
import type { Model } from "./model.ts";
import { CommandKind, command, events } from "./types.gen.ts";

export { CommandKind };

type CommandNumber = (typeof CommandKind)[keyof typeof CommandKind];

/** What the kernel side's thread posts once its maps exist. */
export interface Handles {
  readonly events: EmulatedHandle;
  readonly commands: EmulatedHandle;
  /** Records that found the ring full, counted by the kernel side. */
  readonly lost: BigUint64Array;
}

/** Milliseconds that a slow reader sleeps after each few records, so that the ring fills and overflows. */
const slowPauseMs = 250;

/** Both rings, from the dashboard's side. */
export class Connection {
  readonly #worker: Worker;
  readonly #model: Model;
  readonly #lost: BigUint64Array;
  readonly #events: ReturnType<typeof attachRingBuf>;
  readonly #reader: RingBufReader<RecordOf<typeof events>>;
  readonly #writer: UserRingBufWriter<Parameters<typeof command.encode>[0]>;
  readonly #stop = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  /** Reads slower than the kernel side writes. */
  slow = false;
  /** Commands that the user ring took. */
  sent = 0;
  /** Commands that found the user ring full. */
  refused = 0;

  private constructor(worker: Worker, handles: Handles, model: Model) {
    this.#worker = worker;
    this.#model = model;
    this.#lost = handles.lost;
    this.#events = attachRingBuf(handles.events);
    this.#reader = new RingBufReader(this.#events, events);
    this.#writer = new UserRingBufWriter(attachUserRingBuf(handles.commands), command);
  }

  /** Starts the kernel side and reads what it produces into `model`. */
  static async open(model: Model, options: { readonly rate: number; readonly seed: number }): Promise<Connection> {
    const worker = new Worker(new URL("./kernel-worker.js", import.meta.url), { workerData: options });
    const [handles] = (await once(worker, "message")) as [Handles];
    const connection = new Connection(worker, handles, model);
    connection.#reading = connection.#read();
    return connection;
  }

  /** Resolves when reading ends: after {@link close}, or with what went wrong. */
  get reading(): Promise<void> {
    return this.#reading;
  }

  /** Bytes that wait in the ring, as a share of it. */
  get fill(): number {
    return Number(this.#reader.available) / this.#events.maxEntries;
  }

  /** Records that the kernel side could not place. */
  get lost(): number {
    return Number(Atomics.load(this.#lost, 0));
  }

  get capacity(): number {
    return this.#events.maxEntries;
  }

  async #read(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const batch of this.#reader.batches({ max: 512, signal })) {
        for (const record of batch) this.#model.take(record);
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
    const ended = once(this.#worker, "exit");
    this.#worker.postMessage("stop");
    await ended;
  }
}
