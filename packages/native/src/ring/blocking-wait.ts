import { constants } from "node:os";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";
import { held } from "../kernel/open-map.ts";

const EPOLLET = 0x8000_0000;

/** A worker is terminated between two calls of the kernel, never inside one: no call lasts longer. */
const sliceMs = 100;

/** Waits for the rings of one claim by blocking its thread, edge-triggered and apart from the event loop's set: neither takes the other's edges. */
export class BlockingWait {
  readonly #set: number;
  readonly #owner: Handle;

  constructor(fds: readonly number[], events: number) {
    const addon = loadAddon();
    this.#set = addon.epollCreate();
    if (this.#set < 0) throw kernelError(this.#set, "epoll_create1", "no set to wait in");
    this.#owner = held(addon.own(this.#set));
    for (const fd of fds) {
      const result = addon.epollAdd(this.#set, fd, (events | EPOLLET) >>> 0, 0);
      if (result >= 0) continue;
      addon.disown(this.#owner);
      throw kernelError(result, "epoll_ctl", "the map cannot be waited for");
    }
  }

  /** Whether a wake-up came within `timeoutMs`. A signal does not end the wait. */
  wait(timeoutMs: number): boolean {
    const addon = loadAddon();
    const until = performance.now() + timeoutMs;
    for (let left = timeoutMs; ; left = Math.max(0, until - performance.now())) {
      // Rounded up to the kernel's whole milliseconds, so that a wait never ends early.
      const ids = addon.epollWait(this.#set, Math.ceil(Math.min(left, sliceMs)));
      if (typeof ids !== "number") {
        if (ids.length > 0) return true;
        if (performance.now() >= until) return false;
      } else if (ids !== -constants.errno.EINTR) {
        throw kernelError(ids, "epoll_wait", "waiting failed");
      }
    }
  }

  end(): void {
    loadAddon().disown(this.#owner);
  }
}
