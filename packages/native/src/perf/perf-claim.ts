import { readFileSync } from "node:fs";
import type { PerfClaim, PerfRing, PerfRingOptions, WaitOptions, Wake } from "@rbgen/runtime/backend";
import { Claim } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { kernelError, systemError } from "../kernel/errno.ts";
import { deleteElement, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { BlockingWait } from "../ring/blocking-wait.ts";
import { onlyClaim } from "../ring/only-claim.ts";
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
export class NativePerfClaim extends Claim implements PerfClaim {
  readonly rings: readonly NativePerfRing[];
  onRing: ((ring: PerfRing) => void) | undefined;
  readonly #map: OpenMap;
  readonly #options: PerfRingOptions;
  readonly #token: Handle;
  #slots: Slot[] = [];
  readonly #cpuCheck: ReturnType<typeof setInterval>;
  #checkedAt = performance.now();
  /** Why a CPU that came online has no ring. */
  #failure: unknown;
  #awaited = { pending: false, referenced: true };
  readonly #timer: WaitTimer;
  #blocking: BlockingWait | undefined;

  /** @throws RingBufError EBUSY if the map is claimed anywhere in this process; what the kernel refuses with. */
  constructor(map: OpenMap, options: PerfRingOptions, released: () => void) {
    const { id, name } = map.info;
    const token = onlyClaim(id, `map "${name}" has a reader in this process already`);
    const timer = new WaitTimer();
    super({ name, timer, released });
    this.#map = map;
    this.#options = options;
    this.#token = token;
    this.#timer = timer;
    this.#cpuCheck = checkCpusOf(this);
    try {
      for (const cpu of onlineCpus()) this.#openCpu(cpu);
    } catch (error) {
      this.giveBack();
      throw error;
    }
    this.rings = this.#slots.map(({ ring }) => ring as NativePerfRing);
  }

  override wait(options: WaitOptions): Promise<Wake> {
    const failure = this.#takeFailure();
    return failure === undefined ? super.wait(options) : Promise.reject(failure);
  }

  waitSync(timeoutMs: number): Wake {
    if (!this.open || this.take(true)) return "woken";
    // who waits like this may leave timers no turn
    this.checkCpus();
    const failure = this.#takeFailure();
    if (failure !== undefined) throw failure;
    const fds = this.#slots.map(({ event }) => event.fd);
    this.#blocking ??= new BlockingWait(fds, EPOLLIN);
    return this.#blocking.wait(timeoutMs) ? "woken" : "timeout";
  }

  retire(ring: PerfRing): void {
    const slot = this.#slots.find((one) => one.ring === ring);
    if (slot === undefined) return;
    this.#slots = this.#slots.filter((one) => one !== slot);
    this.#close(slot);
    this.#membersChanged();
  }

  /** As `NativeRingClaim.look`: one set has the wake-ups of all rings. */
  protected override look(last: boolean): void {
    if (last) this.#slots[0]?.wakeUp?.take();
  }

  protected override waited(pending: boolean, referenced: boolean): void {
    this.#awaited = { pending, referenced };
    this.#hold();
  }

  protected override giveBack(): void {
    clearInterval(this.#cpuCheck);
    forgotten.unregister(this);
    this.#timer.stop();
    this.#blocking?.end();
    for (const slot of this.#slots) this.#close(slot);
    loadAddon().release(this.#token);
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
      this.#close(slot);
      throw error;
    }
  }

  #fill(slot: Slot): NativePerfRing {
    const { cpu, event } = slot;
    const ring = new NativePerfRing(cpu, event, this.#options);
    slot.ring = ring;
    const woken = (): void => this.woken();
    slot.wakeUp = new WakeUp(event.fd, event.owner, EPOLLIN, woken, () => ring.unread());
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
    if (!this.open || now - this.#checkedAt < cpuCheckMs / 2) return;
    this.#checkedAt = now;
    try {
      this.#openMissing();
    } catch (error) {
      this.#failure = error;
      this.woken();
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

  #close({ cpu, event, ring, wakeUp, listed }: Slot): void {
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
