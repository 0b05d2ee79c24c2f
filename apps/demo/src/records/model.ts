import { EventKind, type Events } from "../types.gen.ts";
import { Tally } from "./tally.ts";

/** What a process did: an event that the table shows. */
export type ProcessEvent = Exclude<Events, { readonly kind: "status_event" | "unknown" }>;

/** Kinds that processes cause, in the order of the table: their bit in the filter, name and key. */
export const kinds: readonly {
  readonly kind: ProcessEvent["kind"];
  readonly bit: number;
  readonly name: string;
  readonly key: string;
}[] = [
  { kind: "exec_event", bit: 1 << EventKind.EVENT_EXEC, name: "exec", key: "e" },
  { kind: "exit_event", bit: 1 << EventKind.EVENT_EXIT, name: "exit", key: "t" },
  { kind: "open_event", bit: 1 << EventKind.EVENT_OPEN, name: "open", key: "o" },
  { kind: "connect_event", bit: 1 << EventKind.EVENT_CONNECT, name: "connect", key: "c" },
];

/** An event, and the bytes that it was decoded of. */
export interface Sample {
  readonly event: ProcessEvent;
  readonly bytes: Uint8Array;
}

/** Events that the table keeps. */
const kept = 200;

/** What the dashboard knows: made of the records that arrived, and of nothing else. */
export class Model {
  readonly tallies: ReadonlyMap<string, Tally> = new Map(kinds.map(({ kind }) => [kind, new Tally()]));
  /** The last events, newest first. */
  readonly recent: Sample[] = [];
  /** Records of every kind. */
  received = 0;
  /** Commands that the kernel side obeyed, as it last told. */
  applied = 0;
  rate: number;
  filter = 0;
  paused = false;

  constructor(rate: number) {
    this.rate = rate;
  }

  /** Records of a kind that this dashboard does not know, from a newer kernel side. */
  unknown = 0;

  /** Takes what was decoded of `bytes`, which stay as they are from here on. */
  take(event: Events, bytes: Uint8Array): void {
    this.received += 1;
    switch (event.kind) {
      case "exec_event":
      case "exit_event":
      case "open_event":
      case "connect_event":
        this.tallies.get(event.kind)?.add(1);
        this.recent.unshift({ event, bytes });
        if (this.recent.length > kept) this.recent.pop();
        break;
      case "status_event":
        this.applied = event.commands;
        this.rate = event.rate;
        this.filter = event.filter;
        this.paused = event.paused;
        break;
      case "unknown":
        this.unknown += 1;
        break;
    }
  }
}
