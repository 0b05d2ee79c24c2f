import type { Handle } from "./addon.ts";
import { loadAddon } from "./load-addon.ts";

/** A program attached to what runs it. Closing it, or its object, detaches. */
export class Link {
  #handle: Handle | undefined;

  /** Made by `BpfProgram.attach`. */
  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Whether it is still attached by this link. */
  get open(): boolean {
    return this.#handle !== undefined;
  }

  close(): void {
    if (this.#handle === undefined) return;
    loadAddon().linkDestroy(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
