import { expect, test } from "vitest";
import { CommandKind, type EventsInput, events } from "../../types.gen.ts";
import { Dashboard } from "./dashboard.ts";

/** A dashboard that is connected, and what brings it records and passes the time of a point. */
function connected() {
  const dashboard = new Dashboard();
  let first = 0n;
  const common = { eventsSize: 4096, commandsSize: 4096, backend: "vm" };
  dashboard.take({ kind: "hello_frame", run: 1n, next: 0n, ...common } as never, 0, 0);
  const bring = (...inputs: readonly EventsInput[]): void => {
    const samples = inputs.map((input) => ({ bytes: events.toBytes(input) }));
    dashboard.take({ kind: "samples_frame", first, host: 0, count: samples.length, samples } as never, 0, 0);
    first += BigInt(samples.length);
  };
  return { dashboard, bring };
}

const report = (paused: boolean): EventsInput => ({
  kind: "status_event",
  header: { comm: "kernel" },
  produced: 1n,
  paused,
});

test("a page is quiet while nothing comes but the same report, and draws at once what changes", () => {
  const { dashboard, bring } = connected();
  bring(report(false));
  expect(dashboard.isQuiet).toBe(false);
  dashboard.sample(250);
  bring(report(false), report(false));
  expect(dashboard.isQuiet).toBe(true);
  bring(report(true));
  expect(dashboard.isQuiet).toBe(false);
  dashboard.sample(500);
  bring({ kind: "exit_event" });
  expect(dashboard.isQuiet).toBe(false);
});

test("while no server is there, charts go on with a gap, and what is known is of the time when it went", () => {
  const { dashboard, bring } = connected();
  const state = { wallNs: 1n, nowNs: 1n, eventsFill: 1024, commandsFill: 0 };
  dashboard.take({ kind: "state_frame", ...state } as never, 0, 0);
  bring({ kind: "exec_event" }, { kind: "exec_event" });
  dashboard.sample(1000);
  expect(dashboard.rates.last(0)).toBe(2);
  expect(dashboard.fills.last(0)).toBe(25);
  dashboard.connection(false, 7000);
  dashboard.connection(false, 8000);
  expect(dashboard.offSince).toBe(7000);
  dashboard.sample(2000);
  expect([dashboard.rates.last(0), dashboard.fills.last(0)]).toEqual([null, null]);
  expect(dashboard.rates.rows[0]).toEqual([1, 2]);
  dashboard.connection(true, 9000);
  expect(dashboard.offSince).toBeUndefined();
  bring({ kind: "exec_event" });
  dashboard.sample(3000);
  expect(dashboard.rates.rows.slice(0, 2)).toEqual([
    [1, 2, 3],
    [2, null, 1],
  ]);
});

test("a command that is on its way keeps a page drawing until it is obeyed", () => {
  const { dashboard, bring } = connected();
  bring(report(false));
  dashboard.sample(250);
  const { id } = dashboard.commands.add({ kind: CommandKind.COMMAND_PAUSE }, 0);
  expect(dashboard.isQuiet).toBe(false);
  dashboard.commands.answered(id, 1, 1);
  expect(dashboard.isQuiet).toBe(false);
  dashboard.commands.acknowledged(1, 0);
  expect(dashboard.isQuiet).toBe(true);
});
