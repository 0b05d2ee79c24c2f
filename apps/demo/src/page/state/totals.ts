import type { StatusEvent } from "../../types.gen.ts";

/** How the kernel side's count of records is accounted for, as of its last report. */
export interface Account {
  readonly produced: number;
  /** Read before this page came. */
  readonly before: number;
  readonly shown: number;
  readonly missed: number;
  readonly dropped: number;
  /** Of these, nothing is known: 0 unless programs on several processors were at work as the report was made. */
  readonly unaccounted: number;
}

/** Counts what arrives, and holds it against what the kernel side says that it produced. */
export class Totals {
  /** Ordinal of the first record that this page could get. */
  #before = 0;
  #expected = 0;
  shown = 0;
  missed = 0;
  #account: Account | undefined;

  /** A stream begins, or goes on after a break, at the record of this ordinal. */
  begin(next: number, goesOn: boolean): void {
    if (goesOn) return;
    this.#before = next;
    this.#expected = next;
    this.shown = 0;
    this.missed = 0;
    this.#account = undefined;
  }

  /** Records from this ordinal on arrive; what lies before them was missed. */
  arrives(first: number): void {
    this.missed += first - this.#expected;
    this.#expected = first;
  }

  /** The record that is next in order is here. */
  show(): void {
    this.shown += 1;
    this.#expected += 1;
  }

  /** A report of the kernel side, before it is counted itself: it says what was produced before it. */
  settle(status: StatusEvent): void {
    const produced = Number(status.produced);
    const dropped = Number(status.dropped);
    const { shown, missed } = this;
    const unaccounted = produced - dropped - this.#before - shown - missed;
    this.#account = { produced, before: this.#before, shown, missed, dropped, unaccounted };
  }

  get account(): Account | undefined {
    return this.#account;
  }
}
