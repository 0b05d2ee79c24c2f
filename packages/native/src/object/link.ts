import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";

let make: (handle: Handle) => Link;

/** A program attached to what runs it. Closing it, or its object, detaches. */
export class Link {
  #handle: Handle | undefined;

  static {
    make = (handle) => new Link(handle);
  }

  private constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Whether it is still attached by this link. */
  get open(): boolean {
    return this.#handle !== undefined;
  }

  /** Detaches the program; nothing happens the second time. */
  close(): void {
    if (this.#handle === undefined) return;
    loadAddon().linkDestroy(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The link of libbpf behind `handle`. */
export function linkOf(handle: Handle): Link {
  return make(handle);
}
