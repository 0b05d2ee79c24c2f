import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { describe, expect, test } from "vitest";
import { Model } from "../records/model.ts";
import { CommandKind, command, EventKind, type Events, events } from "../types.gen.ts";
import { KernelSide } from "./kernel-side.ts";

function setUp(rate: number) {
  const side = new KernelSide(new EmulatedKernel(), { rate, seed: 7 });
  const reader = new RingBufReader(side.events, events);
  const writer = new UserRingBufWriter(side.commands, command);
  const model = new Model(rate);
  let now = 1000;
  side.tick(now);
  /** Lets `ms` pass on the kernel side in steps of its timer, reading meanwhile; gives what arrived. */
  const run = (ms: number, read = true): Events[] => {
    const records: Events[] = [];
    for (let passed = 0; passed < ms; passed += 2) {
      now += 2;
      side.tick(now);
      if (read) reader.consume((record) => void records.push(record));
    }
    for (const record of records) model.take(record, events.toBytes(record));
    return records;
  };
  return { side, reader, writer, model, run };
}

const processes = (records: readonly Events[]) => records.filter((record) => record.kind !== "status_event");

describe("the kernel side", () => {
  test("produces records of every kind at its rate, each as it was encoded", () => {
    const { run, model, side } = setUp(2000);
    const records = processes(run(1000));
    expect(Math.abs(records.length - 2000)).toBeLessThan(10);
    expect(new Set(records.map((record) => record.kind))).toEqual(
      new Set(["exec_event", "exit_event", "open_event", "connect_event"]),
    );
    for (const record of records) {
      if (record.kind === "exec_event") {
        expect(record.filename).toMatch(/^\//);
        expect(record.header).toMatchObject({ comm: record.filename.split("/").at(-1), kind: EventKind.EVENT_EXEC });
        expect(record.length).toBe(record.filename.length);
      } else if (record.kind === "connect_event")
        expect([...record.saddr.subarray(0, 3), ...record.daddr.subarray(0, 3)]).toEqual([192, 0, 2, 198, 51, 100]);
    }
    expect(model.received).toBeGreaterThanOrEqual(records.length);
    expect(model.unknown).toBe(0);
    expect(Atomics.load(side.lost, 0)).toBe(0n);
  });

  test("obeys pause, resume, rate and filter, and reports that it did", () => {
    const { run, writer, model } = setUp(1000);
    const send = (kind: CommandKind, value = 0) => expect(writer.tryWrite({ sequence: 1, kind, value })).toBe(true);
    send(CommandKind.COMMAND_PAUSE);
    run(4);
    expect(processes(run(500))).toEqual([]);
    expect(model).toMatchObject({ paused: true, applied: 1 });
    send(CommandKind.COMMAND_RESUME);
    send(CommandKind.COMMAND_SET_RATE, 4000);
    send(CommandKind.COMMAND_SET_FILTER, 1 << EventKind.EVENT_OPEN);
    run(4);
    const records = processes(run(1000));
    expect(model).toMatchObject({ paused: false, applied: 4, rate: 4000, filter: 1 << EventKind.EVENT_OPEN });
    expect(records.some((record) => record.kind === "open_event")).toBe(false);
    expect(records.length).toBeGreaterThan(500);
  });

  test("counts what finds the ring full, and loses nothing of the rest", () => {
    const { run, reader, side } = setUp(10_000);
    run(2000, false);
    const lost = Number(Atomics.load(side.lost, 0));
    expect(lost).toBeGreaterThan(1000);
    expect(reader.consume(() => undefined)).toBeGreaterThan(1000);
    run(100);
    expect(Number(Atomics.load(side.lost, 0))).toBe(lost);
  });

  test("leaves a command that it does not know alone", () => {
    const { run, writer, model } = setUp(1000);
    writer.write({ sequence: 1, kind: 99 as never, value: 0 });
    writer.write({ sequence: 2, kind: CommandKind.COMMAND_PAUSE, value: 0 });
    run(4);
    expect(model).toMatchObject({ applied: 1, paused: true });
  });
});
