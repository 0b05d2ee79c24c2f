import { Lease } from "../ring/lease.ts";
import type { MemberKey } from "./member-key.ts";
import type { PerfOrder } from "./perf-order.ts";
import type { PerfSamples } from "./perf-samples.ts";

/** When a CPU's bytes up to `end` were seen. */
interface Mark {
  /** Of the first look that the mark is of, and of the last. */
  readonly first: number;
  last: number;
  end: number;
}

/** One CPU, with a lease and the key of its sample in front. */
interface Lane {
  readonly cpu: PerfSamples;
  readonly front: Lease;
  found: boolean;
  readonly marks: Mark[];
  /** Undefined where the sample ends before it. */
  key: number | bigint | undefined;
}

/** Looks that fall into so many parts of the window have a mark each. */
const marksPerWindow = 16;

/**
 * The samples of all CPUs by a member, least first: a sample goes as soon as every CPU has one in front, or one of those in
 * front was seen `windowMs` ago. Samples too short for the member come first.
 */
export class ByMember implements PerfOrder {
  late = 0;
  #lanes: readonly Lane[] = [];
  readonly #keyOf: MemberKey;
  readonly #windowMs: number;
  readonly #now: () => number;
  /** Key of the last sample that was taken, of the one before it, and whether the last one was late. */
  #last: number | bigint | undefined;
  #before: number | bigint | undefined;
  #wasLate = false;

  constructor(keyOf: MemberKey, windowMs: number, now: () => number) {
    this.#keyOf = keyOf;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  add(cpu: PerfSamples): void {
    this.#lanes = [...this.#lanes, { cpu, front: new Lease(null), found: false, marks: [], key: undefined }];
  }

  remove(cpu: PerfSamples): void {
    this.#lanes = this.#lanes.filter((lane) => lane.cpu !== cpu);
  }

  look(): boolean {
    let grown = false;
    for (const lane of this.#lanes) {
      if (!lane.cpu.look()) continue;
      grown = true;
      if (this.#windowMs > 0) this.#mark(lane);
    }
    return grown;
  }

  take(lease: Lease): PerfSamples | undefined {
    let least: Lane | undefined;
    let all = true;
    for (const lane of this.#lanes) {
      if (!this.#find(lane)) all = false;
      else if (least === undefined || comesBefore(lane.key, least.key)) least = lane;
    }
    if (least === undefined || !(all || this.#windowMs === 0 || this.#dueMs() <= 0)) return undefined;
    const { cpu, front } = least;
    lease.view = front.view;
    lease.offset = front.offset;
    lease.byteLength = front.byteLength;
    lease.stride = front.stride;
    // before each, the others' keys are looked at
    lease.last = 0;
    cpu.pass(front.stride, 1);
    least.found = false;
    this.#taken(least.key);
    return cpu;
  }

  back(cpu: PerfSamples): void {
    for (const lane of this.#lanes) if (lane.cpu === cpu) lane.found = false;
    if (this.#wasLate) this.late -= 1;
    this.#last = this.#before;
    this.#wasLate = false;
  }

  get heldMs(): number {
    return this.#windowMs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#dueMs());
  }

  /** Whether `lane` has a sample in front, whose key is then known. */
  #find(lane: Lane): boolean {
    if (lane.found) return true;
    const { cpu, front } = lane;
    if (!cpu.find(front)) return false;
    lane.found = true;
    lane.key = this.#keyOf(front.view as DataView, front.offset, front.byteLength);
    return true;
  }

  #taken(key: number | bigint | undefined): void {
    this.#before = this.#last;
    this.#wasLate = comesBefore(key, this.#last);
    if (this.#wasLate) this.late += 1;
    else this.#last = key;
  }

  /** Milliseconds until the sample that was seen first, of those in front, is as old as the window. */
  #dueMs(): number {
    let seen = Number.POSITIVE_INFINITY;
    for (const { cpu, marks } of this.#lanes) {
      while (marks[0] !== undefined && marks[0].end <= cpu.position) marks.shift();
      const mark = marks[0];
      if (mark !== undefined && mark.last < seen) seen = mark.last;
    }
    return seen + this.#windowMs - this.#now();
  }

  #mark({ cpu, marks }: Lane): void {
    const now = this.#now();
    const mark = marks.at(-1);
    if (mark !== undefined && now - mark.first < this.#windowMs / marksPerWindow) {
      mark.last = now;
      mark.end = cpu.seen;
    } else {
      marks.push({ first: now, last: now, end: cpu.seen });
    }
  }
}

function comesBefore(one: number | bigint | undefined, other: number | bigint | undefined): boolean {
  return other !== undefined && (one === undefined || one < other);
}
