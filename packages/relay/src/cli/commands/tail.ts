import type { Command } from "commander";
import { RelayReader, type RelayRecord } from "../../read/relay-reader.ts";
import type { Action } from "../action.ts";
import { addServerOptions, connectTo } from "../connection.ts";
import { isoTime, printable, printableJson } from "../display-text.ts";
import type { LoadedCodec } from "../load-codec.ts";
import type { Machine } from "../machine.ts";
import { count } from "../numbers.ts";
import { addReadingOptions, goesOn, readingOf, withHint } from "../reading.ts";

/** `rbgen-relay tail`. */
export function addTail(command: Command, set: (action: Action) => void): void {
  command.description("Print records of all hosts as JSON lines, as they come, until it is ended");
  addReadingOptions(command, "new unless told");
  command
    .option("--limit <n>", "end after so many records", count)
    .option("--durable <name>", "go on where the last one of this name was; the server keeps it");
  addServerOptions(command);
  command.action(() => set((machine) => tail(command, machine)));
}

async function tail(command: Command, machine: Machine): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, durable } = command.opts<{ limit?: number; durable?: string }>();
  const { codec, ...reading } = await readingOf(command, machine);
  const connection = await connectTo(command, machine);
  try {
    const options = { ...reading, connection, codec, durable, onDecodeError: "throw" } as const;
    await using reader = await RelayReader.open(options);
    const end = (): void => void reader.close();
    machine.signal.addEventListener("abort", end, { once: true });
    if (machine.signal.aborted) return;
    for (let left = limit; left > 0; ) {
      const batch = await nextBatch(reader, Math.min(left, 256), machine);
      if (batch === undefined) return;
      left -= batch.length;
      await machine.stdout.write(batch.map((record) => `${lineOf(record, codec)}\n`).join(""));
    }
  } catch (error) {
    throw withHint(error);
  } finally {
    await connection.close();
  }
}

/** The next records; undefined when the reader was closed. What is lost on the way is told. */
async function nextBatch(
  reader: RelayReader<unknown>,
  max: number,
  { stderr }: Machine,
): Promise<RelayRecord<unknown>[] | undefined> {
  for (;;) {
    try {
      const { done, value } = await reader.batches({ max }).next();
      return done ? undefined : value;
    } catch (error) {
      if (!goesOn(error)) throw error;
      await stderr.write(`warning: ${printable(error.message)}\n`);
    }
  }
}

function lineOf({ host, time, number, record }: RelayRecord<unknown>, codec: LoadedCodec): string {
  return printableJson({ host, number, time: isoTime(time), record: codec.toJSON(record) });
}
