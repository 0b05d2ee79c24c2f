import { resolve } from "node:path";
import type { Command } from "commander";
import { ArchiveFolder } from "../../archive/archive-folder.ts";
import { Archiver } from "../../archive/archiver.ts";
import { RelayReader } from "../../read/relay-reader.ts";
import { lastSequence } from "../../stream/relay-stream.ts";
import type { Action } from "../action.ts";
import { addServerOptions, connectTo } from "../connection.ts";
import { printable } from "../display-text.ts";
import type { Machine } from "../machine.ts";
import { bytes, seconds } from "../numbers.ts";
import { addReadingOptions, goesOn, readingOf, withHint } from "../reading.ts";

interface ArchiveOptions {
  readonly parquet: string;
  readonly rowGroupBytes: number;
  readonly fileBytes: number;
  readonly fileTime: number;
  readonly once?: boolean;
}

/** `rbgen-relay archive`. */
export function addArchive(command: Command, set: (action: Action) => void): void {
  command
    .description("Write records of all hosts into Parquet files, each whole or not at all, until it is ended")
    .optionsGroup("Files:")
    .requiredOption(
      "--parquet <folder>",
      "where they go, RING-00000001.parquet and so on; what is there is gone on from",
    )
    .option("--row-group-bytes <bytes>", "records that make a row group: what is held in memory", bytes, 32 * 1024 ** 2)
    .option("--file-bytes <bytes>", "a file ends when it is as long", bytes, 256 * 1024 ** 2)
    .option("--file-time <time>", "and when its first record is as old", seconds, 900)
    .option("--once", "end when all that is stored now is written");
  addReadingOptions(command, "start unless told; of a folder that has files, behind them");
  addServerOptions(command);
  command.action(() => set((machine) => archive(command, machine)));
}

async function archive(command: Command, machine: Machine): Promise<void> {
  const { parquet, rowGroupBytes, fileBytes, fileTime: fileSeconds, once } = command.opts<ArchiveOptions>();
  const { codec, ring, hosts, from = "start", onDrift } = await readingOf(command, machine);
  const folder = await ArchiveFolder.open(resolve(machine.cwd, parquet), ring);
  try {
    const connection = await connectTo(command, machine);
    try {
      const upTo = once === true ? await lastSequence(connection, ring) : undefined;
      const start = folder.checkpoint === undefined ? from : { checkpoint: folder.checkpoint };
      await using reader = await RelayReader.open({ connection, ring, codec, hosts, from: start, onDrift });
      const end = (): void => void reader.close();
      machine.signal.addEventListener("abort", end, { once: true });
      if (machine.signal.aborted) await reader.close();
      const archiver = new Archiver(folder, reader, codec, ring, { rowGroupBytes, fileBytes, fileSeconds });
      const tell = async (error: unknown): Promise<void> => {
        if (!goesOn(error)) throw error;
        await machine.stderr.write(`warning: ${printable(error.message)}\n`);
      };
      try {
        await archiver.run(tell, upTo);
      } catch (error) {
        throw withHint(error);
      }
      await machine.stderr.write(`${archiver.rows} records in ${archiver.files} files\n`);
    } finally {
      await connection.close();
    }
  } finally {
    folder.close();
  }
}
