import { describe } from "../../records/describe.ts";
import type { Events } from "../../types.gen.ts";

/** One record on the page: its sample, and what the generated code made of it. */
export interface LoggedRecord {
  /** Place in the ring's order, from 0. */
  readonly ordinal: number;
  readonly bytes: Uint8Array;
  readonly event: Events;
  /** The host that it comes from, by the number that accounts have; 0 for this machine. */
  readonly host: number;
}

/** Records that the page keeps. */
export const mostKept = 50_000;
/** The oldest go in portions, since each costs a pass over the rest. */
const portion = mostKept / 10;

/** Which records a table shows. */
export interface RecordFilter {
  /** In lower case; empty for all. */
  readonly search: string;
  /** Kinds that are left out. */
  readonly hidden: ReadonlySet<Events["kind"]>;
  /** The one host whose records are shown; absent for all. */
  readonly host?: number | undefined;
}

/** The last records, oldest first, and those of them that pass a filter. */
export class RecordLog {
  #all: LoggedRecord[] = [];
  #passing: LoggedRecord[] = [];
  #filter: RecordFilter = { search: "", hidden: new Set() };

  /** Those that pass the filter, oldest first. The array changes as records come. */
  get passing(): readonly LoggedRecord[] {
    return this.#passing;
  }

  /** All that are kept, oldest first, as they are now. */
  snapshot(): readonly LoggedRecord[] {
    return this.#all.slice();
  }

  get kept(): number {
    return this.#all.length;
  }

  add(record: LoggedRecord): void {
    this.#all.push(record);
    if (passes(record, this.#filter)) this.#passing.push(record);
    if (this.#all.length >= mostKept + portion) this.#forget();
  }

  filter(filter: RecordFilter): void {
    this.#filter = filter;
    this.#passing = this.#all.filter((record) => passes(record, filter));
  }

  clear(): void {
    this.#all = [];
    this.#passing = [];
  }

  #forget(): void {
    this.#all = this.#all.slice(-mostKept);
    const first = this.#all[0]?.ordinal ?? 0;
    const from = this.#passing.findIndex(({ ordinal }) => ordinal >= first);
    this.#passing = from < 0 ? [] : this.#passing.slice(from);
  }
}

/** Whether a table with this filter shows the record. */
export function passes({ event, host }: LoggedRecord, { search, hidden, host: only }: RecordFilter): boolean {
  if (only !== undefined && host !== only) return false;
  if (hidden.has(event.kind)) return false;
  return search === "" || searchText(event).includes(search);
}

function searchText(event: Events): string {
  const header = event.kind === "unknown" ? "" : `${event.header.pid} ${event.header.comm}`;
  return `${event.kind} ${header} ${describe(event)}`.toLowerCase();
}
