import { readFileSync } from "node:fs";
import type { PerfClaim, PerfRing, PerfRingOptions, WaitOptions, Wake } from "@rbgen/runtime/backend";
import { PendingWait } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { kernelError, ringError, systemError } from "../kernel/errno.ts";
import { deleteElement, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { BlockingWait } from "../ring/blocking-wait.ts";
import { WaitTimer } from "../ring/wait-timer.ts";
import { EPOLLIN, WakeUp } from "../ring/wake-ups.ts";
import { enable, enabledNs, type OutputEvent, openOutputEvent } from "./perf-event.ts";
import { NativePerfRing } from "./perf-ring.ts";

/** What one CPU has while a claim lasts. */
interface Slot {
  readonly cpu: number;
  readonly event: OutputEvent;
  ring?: NativePerfRing;
  wakeUp?: WakeUp;
  listed?: boolean;
  /** How long its event had been enabled when that was asked last. */
  enabledNs?: bigint | undefined;
  /** Its CPU went offline: the event is dead, whatever becomes of the CPU. */
  dead?: boolean;
}

/** How often it is asked whether a CPU came or went. */
const cpuCheckMs = 1000;

/** The hold of one reader on a perf event array of the kernel: an event and a ring for each CPU that is online. */
export class NativePerfClaim implements PerfClaim {
  readonly rings: readonly NativePerfRing[];
  onClose: (() => void) | undefined;
  onRing: ((ring: PerfRing) => void) | undefined;
  readonly #map: OpenMap;
  readonly #options: PerfRingOptions;
  readonly #released: () => void;
  readonly #token: Handle;
  #slots: Slot[] = [];
  readonly #waits: PendingWait;
  readonly #cpuCheck: ReturnType<typeof setInterval>;
  #checkedAt = performance.now();
  /** Why a CPU that came online has no ring. */
  #failure: unknown;
  #awaited = { pending: false, referenced: true };
  readonly #timer = new WaitTimer();
  #blocking: BlockingWait | undefined;
  #open = true;
  /** A wake-up came while nobody waited. */
  #woken = false;

  /** @throws RingBufError EBUSY if the map is claimed anywhere in this process; what the kernel refuses with. */
  constructor(map: OpenMap, options: PerfRingOptions, released: () => void) {
    const addon = loadAddon();
    const { info } = map;
    const token = addon.claim(info.id);
    if (token === null) throw ringError("EBUSY", `map "${info.name}" has a reader in this process already`);
    if (typeof token === "number") throw kernelError(token, "malloc", "no memory for a claim");
    this.#map = map;
    this.#options = options;
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
        this.#awaited = { pending, referenced };
        this.#hold();
      },
    });
    this.#cpuCheck = checkCpusOf(this);
    try {
      for (const cpu of onlineCpus()) this.#openCpu(cpu);
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
    const failure = this.#takeFailure();
    return failure === undefined ? this.#waits.wait(options) : Promise.reject(failure);
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.#open || this.#take(true)) return "woken";
    // who waits like this may leave timers no turn
    this.checkCpus();
    const failure = this.#takeFailure();
    if (failure !== undefined) throw failure;
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

  retire(ring: PerfRing): void {
    const slot = this.#slots.find((one) => one.ring === ring);
    if (slot === undefined) return;
    this.#slots = this.#slots.filter((one) => one !== slot);
    this.#giveBack(slot);
    this.#membersChanged();
  }

  /** The ring of CPU `cpu`; undefined where the map has no slot for it, or it went offline. */
  #openCpu(cpu: number): NativePerfRing | undefined {
    if (cpu >= this.#map.info.maxEntries) return undefined;
    const event = openOutputEvent(cpu, this.#options);
    if (event === undefined) return undefined;
    const slot: Slot = { cpu, event };
    try {
      return this.#fill(slot);
    } catch (error) {
      this.#giveBack(slot);
      throw error;
    }
  }

  #fill(slot: Slot): NativePerfRing {
    const { cpu, event } = slot;
    const ring = new NativePerfRing(cpu, event, this.#options);
    slot.ring = ring;
    const wake = (): void => {
      if (this.#waits.pending) this.#waits.wake();
      else this.#woken = true;
    };
    slot.wakeUp = new WakeUp(event.fd, event.owner, EPOLLIN, wake, () => ring.unread());
    const result = updateElement(this.#map.fd, word(cpu), word(event.fd));
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `the event of CPU ${cpu}`);
    slot.listed = true;
    enable(event, cpu);
    slot.enabledNs = enabledNs(event);
    this.#slots.push(slot);
    return ring;
  }

  /**
   * From time to time: opens a ring for each CPU that came online, and in place of one whose CPU was offline meanwhile. Where
   * that fails, the next wait does.
   */
  checkCpus(): void {
    const now = performance.now();
    if (!this.#open || now - this.#checkedAt < cpuCheckMs / 2) return;
    this.#checkedAt = now;
    try {
      this.#openMissing();
    } catch (error) {
      this.#failure = error;
      this.#waits.wake();
    }
  }

  #takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  #openMissing(): void {
    for (const slot of this.#slots) {
      if (slot.dead) continue;
      const ns = enabledNs(slot.event);
      slot.dead = ns !== undefined && ns === slot.enabledNs;
      slot.enabledNs = ns;
    }
    const read = new Set(this.#slots.filter(({ dead }) => !dead).map(({ cpu }) => cpu));
    for (const cpu of onlineCpus()) {
      if (read.has(cpu)) continue;
      const ring = this.#openCpu(cpu);
      if (ring === undefined) continue;
      for (const slot of this.#slots) if (slot.cpu === cpu && slot.ring !== ring) slot.listed = false;
      this.#membersChanged();
      this.onRing?.(ring);
    }
  }

  /** Whoever waits waits for all that are there now. */
  #membersChanged(): void {
    this.#blocking?.end();
    this.#blocking = undefined;
    this.#hold();
  }

  #hold(): void {
    const { pending, referenced } = this.#awaited;
    this.#slots.forEach(({ wakeUp }, i) => void wakeUp?.wait(pending, referenced && i === 0));
  }

  #take(last: boolean): boolean {
    if (last && !this.#woken) this.#slots[0]?.wakeUp?.take();
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  #end(): void {
    clearInterval(this.#cpuCheck);
    forgotten.unregister(this);
    this.#timer.stop();
    this.#blocking?.end();
    for (const slot of this.#slots) this.#giveBack(slot);
    loadAddon().release(this.#token);
    this.#waits.wake();
  }

  #giveBack({ cpu, event, ring, wakeUp, listed }: Slot): void {
    if (listed && this.#map.open) deleteElement(this.#map.fd, word(cpu));
    wakeUp?.end();
    ring?.unmap();
    loadAddon().disown(event.owner);
  }
}

/** Ends the checks of claims that were collected. */
const forgotten = new FinalizationRegistry<ReturnType<typeof setInterval>>(clearInterval);

/** Has `claim` checked from time to time, as long as there is one: nothing here keeps it. */
function checkCpusOf(claim: NativePerfClaim): ReturnType<typeof setInterval> {
  const weak = new WeakRef(claim);
  const timer = setInterval(() => weak.deref()?.checkCpus(), cpuCheckMs).unref();
  forgotten.register(claim, timer, claim);
  return timer;
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
