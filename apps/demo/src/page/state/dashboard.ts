import type { HelloFrame, SamplesFrame, StateFrame } from "../../frames.gen.ts";
import type { Frame } from "../../protocol/frame.ts";
import { type Events, events, type StatusEvent } from "../../types.gen.ts";
import { CommandLog } from "./command-log.ts";
import { HostList } from "./host-list.ts";
import { Latency } from "./latency.ts";
import { RecordLog } from "./record-log.ts";
import { TimeSeries } from "./time-series.ts";
import { Totals } from "./totals.ts";

/** Kinds of records, in the order of charts and filters. */
export const kinds: readonly Exclude<Events["kind"], "unknown">[] = [
  "exec_event",
  "exit_event",
  "open_event",
  "connect_event",
  "status_event",
];

/** Points of a chart: a minute. */
const points = 240;

/** Everything that the page knows: made of the frames that arrived, and of nothing else. */
export class Dashboard {
  readonly log: RecordLog = new RecordLog();
  readonly totals: Totals = new Totals();
  readonly commands: CommandLog = new CommandLog();
  readonly counts: Map<Events["kind"], number> = new Map();
  /** Records a second, by kind. */
  readonly rates: TimeSeries = new TimeSeries(kinds.length, points);
  /** Share of each ring that is filled, in percent: events, commands. */
  readonly fills: TimeSeries = new TimeSeries(2, points);
  /** Milliseconds from commit to here: median, 99th percentile. */
  readonly latencies: TimeSeries = new TimeSeries(2, points);
  /** Nanoseconds that decoding a record took. */
  readonly decodeCosts: TimeSeries = new TimeSeries(1, points);
  hello: HelloFrame | undefined;
  state: StateFrame | undefined;
  /** The hosts that records come from, through a relay. */
  readonly hosts: HostList = new HostList();
  /** The kernel side's last report. */
  status: StatusEvent | undefined;
  /** Ordinal of the record that came last; −1 before the first. */
  newest = -1;
  /** Samples that the generated code refused. */
  undecoded = 0;
  /** Since when nothing comes, milliseconds since 1970: what is known is of that time. Undefined while a server is there. */
  offSince: number | undefined;
  readonly #latency = new Latency();
  readonly #counted: Map<Events["kind"], number> = new Map();
  #clockOffsetMs = 0;
  #moved = true;
  #decodeMs = 0;
  #decoded = 0;
  #sampledAt = 0;

  /** Takes a frame; `now` and `origin` as `performance.now()` and `performance.timeOrigin` have them. */
  take(frame: Frame, now: number, origin: number): void {
    switch (frame.kind) {
      case "hello_frame":
        this.#begin(frame);
        break;
      case "samples_frame":
        this.#samples(frame, now, origin);
        break;
      case "state_frame":
        this.state = frame;
        this.#clockOffsetMs = Number(frame.wallNs - frame.nowNs) / 1e6;
        break;
      case "hosts_frame":
        this.hosts.take(frame);
        break;
      case "answer_frame":
        this.commands.answered(frame.id, frame.result, frame.sequence);
        if (this.status !== undefined) this.commands.acknowledged(this.status.sequence, now);
        break;
      case "command_frame":
        break;
    }
  }

  /** No server is there from now on, `wallMs` since 1970, or one is there again. */
  connection(isThere: boolean, wallMs: number): void {
    this.#moved = true;
    this.offSince = isThere ? undefined : (this.offSince ?? wallMs);
  }

  /** Whether, since the last point of the charts, nothing came but reports of the kernel side, and no command is on its way. */
  get isQuiet(): boolean {
    return !this.#moved && this.commands.commands.every(({ stage }) => stage !== "sending" && stage !== "in the ring");
  }

  /** Adds a point to every chart, for the time since the last one. */
  sample(now: number): void {
    this.#moved = false;
    const seconds = (now - this.#sampledAt) / 1000;
    this.#sampledAt = now;
    if (this.hello === undefined || this.state === undefined || seconds > 5) return;
    const time = now / 1000;
    if (this.offSince !== undefined) {
      // Nothing is known of this time: a gap, in which the charts go on.
      for (const series of [this.rates, this.fills, this.latencies, this.decodeCosts]) series.add(time, []);
      this.hosts.sample(seconds);
      return;
    }
    const rates = kinds.map((kind) => {
      const count = this.counts.get(kind) ?? 0;
      const before = this.#counted.get(kind) ?? 0;
      this.#counted.set(kind, count);
      return (count - before) / seconds;
    });
    this.rates.add(time, rates);
    this.hosts.sample(seconds);
    const { eventsSize, commandsSize } = this.hello;
    this.fills.add(time, [share(this.state.eventsFill, eventsSize), share(this.state.commandsFill, commandsSize)]);
    this.latencies.add(time, this.#latency.take([0.5, 0.99]) ?? [null, null]);
    this.decodeCosts.add(time, [this.#decoded === 0 ? null : (this.#decodeMs * 1e6) / this.#decoded]);
    this.#decodeMs = 0;
    this.#decoded = 0;
  }

  /** A stream begins: of the server that was known, which goes on, or of another one. */
  #begin(hello: HelloFrame): void {
    this.#moved = true;
    const goesOn = this.hello?.run === hello.run;
    this.hello = hello;
    this.totals.begin(Number(hello.next), goesOn);
    if (goesOn) return;
    this.log.clear();
    this.counts.clear();
    this.#counted.clear();
    this.undecoded = 0;
    this.newest = -1;
    this.status = undefined;
    this.state = undefined;
    this.hosts.clear();
    for (const series of [this.rates, this.fills, this.latencies, this.decodeCosts]) series.clear();
  }

  #samples({ first, samples, host }: SamplesFrame, now: number, origin: number): void {
    const before = performance.now();
    const decoded = samples.map(({ bytes }) => decode(bytes));
    this.#decodeMs += performance.now() - before;
    this.#decoded += samples.length;
    let ordinal = Number(first);
    this.totals.arrives(ordinal);
    for (const [index, event] of decoded.entries()) {
      const bytes = samples[index]?.bytes;
      if (event === undefined || bytes === undefined) this.undecoded += 1;
      else {
        this.#record(event, host === 0 ? now + origin : undefined);
        this.log.add({ ordinal, bytes, event, host });
      }
      this.totals.show();
      this.newest = ordinal;
      ordinal += 1;
    }
    if (this.status !== undefined) this.commands.acknowledged(this.status.sequence, now);
  }

  /** @param wallMs when it came, by the clock that `state_frame` compares with; undefined for a host of another clock. */
  #record(event: Events, wallMs: number | undefined): void {
    this.counts.set(event.kind, (this.counts.get(event.kind) ?? 0) + 1);
    // A report of what changed is seen at once; the same again moves nothing.
    if (event.kind !== "status_event" || !isSameReport(event, this.status)) this.#moved = true;
    if (event.kind === "unknown") return;
    if (event.kind === "status_event") {
      this.status = event;
      this.totals.settle(event);
    }
    if (wallMs === undefined) return;
    if (this.#clockOffsetMs !== 0) this.#latency.add(wallMs - Number(event.header.tsNs) / 1e6 - this.#clockOffsetMs);
  }
}

/** Whether the kernel side is as it was, but for the time and the reports that it made. */
function isSameReport(one: StatusEvent, other: StatusEvent | undefined): boolean {
  return (
    one.paused === other?.paused &&
    one.sequence === other.sequence &&
    one.rate === other.rate &&
    one.filter === other.filter &&
    one.sampling === other.sampling &&
    one.name === other.name
  );
}

/** In percent; null where there is no such ring here. */
function share(fill: number, size: number): number | null {
  return size === 0 ? null : (fill * 100) / size;
}

function decode(bytes: Uint8Array): Events | undefined {
  try {
    return events.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    // Counted, and told on the page: a sample that is too short for its kind.
    return undefined;
  }
}
