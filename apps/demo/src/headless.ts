import { setTimeout as delay } from "node:timers/promises";
import type { BackendName } from "./backends/kernel-link.ts";
import { CommandKind, type Connection } from "./connection.ts";
import type { DemoOptions } from "./options.ts";
import { EventKind } from "./types.gen.ts";

/** What a run without a terminal prints. */
export interface Summary {
  readonly backend: BackendName;
  readonly received: number;
  readonly dropped: number;
  readonly commandsSent: number;
  readonly commandsApplied: number;
}

/** How long the kernel side may take to obey what it was sent last. */
const patienceMs = 60_000;

/** Runs for `seconds`, sending one command of each kind on the way, and waits until they are obeyed. */
export async function runHeadless(connection: Connection, options: DemoOptions): Promise<Summary> {
  const { model } = connection;
  const script: readonly (() => boolean)[] = [
    () => connection.send(CommandKind.COMMAND_SET_RATE, options.rate * 2),
    () => connection.send(CommandKind.COMMAND_SET_FILTER, 1 << EventKind.EVENT_OPEN),
    () => connection.send(CommandKind.COMMAND_SET_FILTER, 0),
    () => connection.send(CommandKind.COMMAND_PAUSE),
    () => connection.send(CommandKind.COMMAND_RESUME),
  ];
  const step = (options.seconds * 1000) / (script.length + 1);
  const reading = connection.reading.then(() => {
    throw new Error("the reader ended by itself");
  });
  const run = async () => {
    for (const send of script) {
      await delay(step);
      send();
    }
    await delay(step);
    const until = performance.now() + patienceMs;
    while (model.applied < connection.sent && performance.now() < until) await delay(10);
  };
  await Promise.race([run(), reading]);
  return {
    backend: connection.backend,
    received: model.received,
    dropped: connection.lost,
    commandsSent: connection.sent,
    commandsApplied: model.applied,
  };
}
