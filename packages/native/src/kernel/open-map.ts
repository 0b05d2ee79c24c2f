import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError, ringError } from "./errno.ts";
import type { MapInfo } from "./map-commands.ts";

/**
 * A descriptor that the addon closes at the latest when its thread ends. A thread that is terminated runs no further
 * statement, of a `finally` neither, and ends wherever a function is entered: so `own` is called in the statement after
 * the one that made the descriptor, by functions that are at hand. Of −errno there is nothing to close.
 */
export interface OwnedDescriptor {
  readonly fd: number;
  readonly owner: Handle;
}

/**
 * What `own` gave.
 * @throws RingBufError ENOMEM where it found no memory, and closed the descriptor.
 */
export function held(owner: Handle | number): Handle {
  if (typeof owner !== "number") return owner;
  throw kernelError(owner, "malloc", "no memory to hold a descriptor");
}

/** A map's descriptor, owned: closed once, by hand, by collection or with its thread. */
export class OpenMap {
  readonly info: MapInfo;
  readonly #fd: number;
  readonly #owner: Handle;
  #open = true;

  constructor({ fd, owner }: OwnedDescriptor, info: MapInfo) {
    this.#fd = fd;
    this.#owner = owner;
    this.info = info;
  }

  get open(): boolean {
    return this.#open;
  }

  /** @throws RingBufError ERR_RINGBUF_CLOSED after close. */
  get fd(): number {
    if (!this.#open) throw ringError("ERR_RINGBUF_CLOSED", `map "${this.info.name}" is closed`);
    return this.#fd;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    loadAddon().disown(this.#owner);
  }
}
