import { BPF_F_CURRENT_CPU } from "@rbgen/runtime";
import type { EmulatedPerfEventArray } from "@rbgen/runtime/emulated";
import { insidePerfEventArray, type PerfEventArrayInside } from "@rbgen/runtime/emulated/helpers";
import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import { OpaqueMap } from "./opaque-map.ts";
import type { MapDefinition } from "./vm-map.ts";

/** A record that a program put into a perf event array. */
export interface PerfRecord {
  /** The CPU that sent it. */
  readonly cpu: number;
  /** What was sent, a copy. */
  readonly bytes: Uint8Array;
}

/** Bytes of a processor's ring: 256 pages of 4 KiB. */
const ringBytes = 2 ** 20;
/** `struct perf_event_header`, and the length before a sample's bytes. */
const headerBytes = 12;

/**
 * `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: what programs send goes to its reader, where it has one; else it is kept, in the order in
 * which it came, whatever its processor.
 */
export class PerfEventArray extends OpaqueMap {
  #records: PerfRecord[] = [];
  /** Bytes that wait, by processor. */
  readonly #waiting: Float64Array;
  #lost = 0;
  /** For its reader. */
  readonly rings: EmulatedPerfEventArray;
  readonly #inside: PerfEventArrayInside;

  /** @param rings of an emulated kernel, which live as long as the map */
  constructor(memory: VmMemory, definition: MapDefinition, rings: EmulatedPerfEventArray) {
    super(memory, definition);
    this.#waiting = new Float64Array(rings.maxEntries);
    this.rings = rings;
    const inside = insidePerfEventArray(rings);
    if (inside === undefined) throw new TypeError(`${definition.name} has rings of another kernel`);
    this.#inside = inside;
  }

  close(): void {
    this.rings.close();
  }

  /** Records that found no room, ever. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * What a program on processor `current` sends to slot `index`, which may be `BPF_F_CURRENT_CPU`: what
   * `bpf_perf_event_output` returns.
   */
  output(current: number, index: number, bytes: Uint8Array): number {
    this.rings.cpu = current;
    if (this.#inside.read) return this.#inside.output(index, bytes);
    const cpu = index === BPF_F_CURRENT_CPU ? current : index;
    return cpu >= this.#waiting.length ? errno.E2BIG : this.#keep(cpu, bytes);
  }

  /**
   * A copy of `bytes` for `take`: 0, or −ENOSPC where the processor's ring is full of what nobody took
   * (kernel/events/ring_buffer.c `__perf_output_begin`), or the memory.
   */
  #keep(cpu: number, bytes: Uint8Array): number {
    const size = ringSpace(bytes.length);
    const waiting = this.#waiting[cpu] as number;
    // CIRC_SPACE: one byte always stays free
    if (waiting + size >= ringBytes || !this.memory.hold(size)) {
      this.#lost += 1;
      return errno.ENOSPC;
    }
    this.#waiting[cpu] = waiting + size;
    this.#records.push({ cpu, bytes: bytes.slice() });
    return 0;
  }

  /** The records since the last call. */
  take(): readonly PerfRecord[] {
    const records = this.#records;
    this.#records = [];
    for (const { bytes } of records) this.memory.drop(ringSpace(bytes.length));
    this.#waiting.fill(0);
    return records;
  }
}

function ringSpace(bytes: number): number {
  return Math.ceil((headerBytes + bytes) / 8) * 8;
}
