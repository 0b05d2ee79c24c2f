import { Tally } from "./tally.ts";
import { type Event, EventKind } from "./types.gen.ts";

/** Kinds that processes cause, in the order of the table. */
export const kinds: readonly { readonly kind: EventKind; readonly name: string; readonly key: string }[] = [
  { kind: EventKind.EVENT_EXEC, name: "exec", key: "e" },
  { kind: EventKind.EVENT_OPEN, name: "open", key: "o" },
  { kind: EventKind.EVENT_CONNECT, name: "connect", key: "c" },
];

/** Events that the table keeps. */
const kept = 200;

/** What the dashboard knows: made of the records that arrived, and of nothing else. */
export class Model {
  readonly tallies: ReadonlyMap<number, Tally> = new Map(kinds.map(({ kind }) => [kind, new Tally()]));
  /** The last events, newest first. */
  readonly recent: Event[] = [];
  /** Records of every kind. */
  received = 0;
  /** Records that the kernel side could not place, as it last told. */
  lost = 0n;
  /** Commands that the kernel side obeyed, as it last told. */
  applied = 0;
  rate: number;
  filter = 0;
  paused = false;

  constructor(rate: number) {
    this.rate = rate;
  }

  take(event: Event): void {
    this.received += 1;
    const tally = this.tallies.get(event.kind);
    if (tally !== undefined) {
      tally.add(1);
      this.recent.unshift(event);
      if (this.recent.length > kept) this.recent.pop();
    } else if (event.kind === EventKind.EVENT_STATUS) {
      const { lost, commands, rate, filter, paused } = event.status;
      this.lost = lost;
      this.applied = commands;
      this.rate = rate;
      this.filter = filter;
      this.paused = paused !== 0;
    }
  }
}
