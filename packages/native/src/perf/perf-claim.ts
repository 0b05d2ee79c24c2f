import { readFileSync } from "node:fs";
import type { PerfClaim, PerfRingOptions, WaitOptions, Wake } from "@rbgen/runtime/backend";
import { PendingWait } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { deleteElement, updateElement } from "../kernel/commands.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { kernelError, ringError, systemError } from "../kernel/errno.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { BlockingWait } from "../ring/blocking-wait.ts";
import { WaitTimer } from "../ring/wait-timer.ts";
import { EPOLLIN, WakeUp } from "../ring/wake-ups.ts";
import { enable, type OutputEvent, openOutputEvent } from "./perf-event.ts";
import { NativePerfRing } from "./perf-ring.ts";

/** What one CPU has while a claim lasts. */
interface Slot {
  readonly cpu: number;
  readonly event: OutputEvent;
  ring?: NativePerfRing;
  wakeUp?: WakeUp;
  listed?: boolean;
}

/** The hold of one reader on a perf event array of the kernel: an event and a ring for each CPU that is online. */
export class NativePerfClaim implements PerfClaim {
  readonly rings: readonly NativePerfRing[];
  onClose: (() => void) | undefined;
  readonly #map: OpenMap;
  readonly #released: () => void;
  readonly #token: Handle;
  readonly #slots: Slot[] = [];
  readonly #waits: PendingWait;
  readonly #timer = new WaitTimer();
  #blocking: BlockingWait | undefined;
  #open = true;
  /** A wake-up came while nobody waited. */
  #woken = false;

  /** @throws RingBufError EBUSY if the map is claimed anywhere in this process; what the kernel refuses with. */
  constructor(map: OpenMap, options: PerfRingOptions, released: () => void) {
    const addon = loadAddon();
    const { fd, info } = map;
    const token = addon.claim(info.id);
    if (token === null) throw ringError("EBUSY", `map "${info.name}" has a reader in this process already`);
    if (typeof token === "number") throw kernelError(token, "malloc", "no memory for a claim");
    this.#map = map;
    this.#released = released;
    this.#token = token;
    const claim = this;
    this.#waits = new PendingWait({
      name: info.name,
      get open() {
        return claim.#open;
      },
      take: (last) => this.#take(last),
      arm: () => true,
      schedule: (due, ms) => this.#timer.schedule(due, ms),
      changed: (pending, referenced) => {
        this.#slots.forEach(({ wakeUp }, i) => void wakeUp?.wait(pending, referenced && i === 0));
      },
    });
    try {
      for (const cpu of onlineCpus()) if (cpu < info.maxEntries) this.#openCpu(fd, cpu, options);
    } catch (error) {
      this.#end();
      throw error;
    }
    this.rings = this.#slots.map(({ ring }) => ring as NativePerfRing);
  }

  get open(): boolean {
    return this.#open;
  }

  wait(options: WaitOptions): Promise<Wake> {
    return this.#waits.wait(options);
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.#open || this.#take(true)) return "woken";
    const fds = this.#slots.map(({ event }) => event.fd);
    this.#blocking ??= new BlockingWait(fds, EPOLLIN);
    return this.#blocking.wait(timeoutMs) ? "woken" : "timeout";
  }

  ref(): void {
    this.#waits.reference(true);
  }

  unref(): void {
    this.#waits.reference(false);
  }

  release(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#end();
    this.#released();
  }

  /** The map closes under the claim. */
  terminate(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.onClose?.();
    } finally {
      this.#end();
    }
  }

  #openCpu(map: number, cpu: number, options: PerfRingOptions): void {
    const event = openOutputEvent(cpu, options);
    if (event === undefined) return;
    const slot: Slot = { cpu, event };
    this.#slots.push(slot);
    const ring = new NativePerfRing(cpu, event, options);
    slot.ring = ring;
    const wake = (): void => {
      if (this.#waits.pending) this.#waits.wake();
      else this.#woken = true;
    };
    slot.wakeUp = new WakeUp(event.fd, event.owner, EPOLLIN, wake, () => ring.unread());
    const result = updateElement(map, word(cpu), word(event.fd));
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `the event of CPU ${cpu}`);
    slot.listed = true;
    enable(event, cpu);
  }

  #take(last: boolean): boolean {
    if (last && !this.#woken) this.#slots[0]?.wakeUp?.take();
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  #end(): void {
    this.#timer.stop();
    this.#blocking?.end();
    for (const { cpu, event, ring, wakeUp, listed } of this.#slots) {
      if (listed && this.#map.open) deleteElement(this.#map.fd, word(cpu));
      wakeUp?.end();
      ring?.unmap();
      loadAddon().disown(event.owner);
    }
    loadAddon().release(this.#token);
    this.#waits.wake();
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function onlineCpus(): readonly number[] {
  const file = "/sys/devices/system/cpu/online";
  try {
    return cpuList(readFileSync(file, "utf8"));
  } catch (cause) {
    throw systemError(cause, `${file}, which tells where events may come from, cannot be read`);
  }
}
