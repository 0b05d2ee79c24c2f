import type { RingClaim, RingMemory, Wake } from "@rbgen/runtime/backend";
import { Claim } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { BlockingWait } from "./blocking-wait.ts";
import { onlyClaim } from "./only-claim.ts";
import type { MappedRing } from "./ring-memory.ts";
import { WaitTimer } from "./wait-timer.ts";
import { WakeUp } from "./wake-ups.ts";

/** What a claim of a ring is made on. */
export interface RingClaimSource {
  readonly fd: number;
  /** Keeps `fd` open. */
  readonly owner: object;
  readonly mapId: number;
  readonly name: string;
  /** EPOLLIN for a reader, EPOLLOUT for a writer. */
  readonly events: number;
  map(): MappedRing;
  released(): void;
}

/** The hold of one reader or writer on a map of the kernel. */
export class NativeRingClaim extends Claim implements RingClaim {
  readonly memory: RingMemory;
  readonly #source: RingClaimSource;
  readonly #token: Handle;
  readonly #mapped: MappedRing;
  readonly #wakeUp: WakeUp;
  readonly #timer: WaitTimer;
  #blocking: BlockingWait | undefined;

  /** @throws RingBufError EBUSY if the map is claimed anywhere in this process, or what mmap refuses with. */
  constructor(source: RingClaimSource) {
    const { mapId, name, released } = source;
    const token = onlyClaim(mapId, `map "${name}" has a reader or writer in this process already`);
    const timer = new WaitTimer();
    super({ name, timer, released });
    this.#source = source;
    this.#token = token;
    this.#timer = timer;
    let mapped: MappedRing | undefined;
    try {
      mapped = source.map();
      this.#mapped = mapped;
      this.memory = mapped.memory;
      this.#wakeUp = new WakeUp(source.fd, source.owner, source.events, () => this.woken());
    } catch (error) {
      mapped?.unmap();
      loadAddon().release(token);
      throw error;
    }
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.open) return "woken";
    this.#blocking ??= new BlockingWait([this.#source.fd], this.#source.events);
    return this.#blocking.wait(timeoutMs) ? "woken" : "timeout";
  }

  /** What is on its way to the event loop is asked for only where nobody waits until it is there: it takes a call. */
  protected override look(last: boolean): void {
    if (last) this.#wakeUp.take();
  }

  protected override waited(pending: boolean, referenced: boolean): void {
    this.#wakeUp.wait(pending, referenced);
  }

  protected override giveBack(): void {
    this.#timer.stop();
    this.#wakeUp.end();
    this.#blocking?.end();
    this.#mapped.unmap();
    loadAddon().release(this.#token);
  }
}
