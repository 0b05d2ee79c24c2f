import { UserRingBufWriter } from "@rbgen/runtime";
import type { KernelLink } from "../backends/kernel-link.ts";
import { type Command, command } from "../types.gen.ts";

/** Puts commands of all pages into the user ring, numbered in their order there. */
export class CommandSink {
  readonly #writer: UserRingBufWriter<Parameters<typeof command.encode>[0]>;
  #sequence = 0;

  constructor(link: KernelLink) {
    this.#writer = new UserRingBufWriter(link.commands, command);
  }

  /** Bytes that the kernel side has not drained. */
  get fill(): number {
    return this.#writer.pending;
  }

  /** The command's sequence number; undefined where the user ring is full. */
  send(given: Omit<Command, "sequence">): number | undefined {
    const sequence = this.#sequence + 1;
    if (!this.#writer.tryWrite({ ...given, sequence })) return undefined;
    this.#sequence = sequence;
    return sequence;
  }

  close(): void {
    this.#writer.close();
  }
}
