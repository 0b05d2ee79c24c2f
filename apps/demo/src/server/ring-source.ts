import { setImmediate as nextTurn } from "node:timers/promises";
import { RingBufReader } from "@rbgen/runtime";
import type { KernelLink } from "../backends/kernel-link.ts";
import { rawSample } from "../records/raw-sample.ts";
import type { Command } from "../types.gen.ts";
import { CommandSink } from "./command-sink.ts";
import type { RecordSource } from "./record-source.ts";
import { SampleFrames } from "./sample-frames.ts";

/** A look at the ring without a wake-up, milliseconds. */
const safetyMs = 100;

/** The rings of this machine's kernel side. */
export class RingSource implements RecordSource {
  readonly #link: KernelLink;
  readonly #reader: RingBufReader<Uint8Array>;
  readonly #commands: CommandSink;
  readonly frames: SampleFrames = new SampleFrames();
  readonly #stop = new AbortController();
  readonly reading: Promise<void>;
  waits = 0;

  /** Begins to read; the link stays its opener's. */
  constructor(link: KernelLink) {
    this.#link = link;
    this.#reader = new RingBufReader(link.events, rawSample);
    this.#commands = new CommandSink(link);
    this.reading = this.#run();
  }

  get name(): string {
    return this.#link.wholeMachine === true ? "native-all" : this.#link.backend;
  }

  get eventsSize(): number {
    return this.#link.events.maxEntries;
  }

  get commandsSize(): number {
    return this.#link.commands.maxEntries;
  }

  get eventsFill(): number {
    return this.#reader.available;
  }

  get commandsFill(): number {
    return this.#commands.fill;
  }

  get lost(): KernelLink["lost"] {
    return this.#link.lost;
  }

  hosts(): undefined {
    return undefined;
  }

  send(command: Omit<Command, "sequence">): number | undefined {
    return this.#commands.send(command);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.reading;
    this.frames.close();
    this.#reader.close();
    this.#commands.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const take = (bytes: Uint8Array): void => this.frames.take(bytes);
    try {
      while (!signal.aborted) {
        const sleeps = this.eventsFill === 0;
        const count = await this.#reader.poll(take, { signal, timeoutMs: safetyMs });
        if (count > 0) {
          if (sleeps) this.waits += 1;
          this.frames.took(count);
        }
        // A poll that finds records does not sleep: sockets and timers have their turn here.
        if (!sleeps) await nextTurn();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
