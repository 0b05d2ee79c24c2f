import type { RingBufMap } from "@rbgen/runtime";
import { type Command, Option } from "commander";
import { RingRelay } from "../../host/relay.ts";
import type { RelayedRing, RelayStats } from "../../host/relay-options.ts";
import { messageOf } from "../../relay-error.ts";
import type { Action } from "../action.ts";
import { addServerOptions, connectTo } from "../connection.ts";
import { printable } from "../display-text.ts";
import { CommandError, UsageError } from "../exit-code.ts";
import { chooseCodec, type GeneratedFile, loadGeneratedFile } from "../load-codec.ts";
import type { Machine } from "../machine.ts";
import { bytes, count, seconds } from "../numbers.ts";

interface PublishOptions {
  readonly pinned: readonly string[];
  readonly layout: string;
  readonly type?: string;
  readonly ring?: string;
  readonly time?: string;
  readonly clock: "monotonic" | "boottime";
  readonly host?: string;
  readonly spool?: string;
  readonly spoolBytes: number;
  readonly onFull: "hold" | "drop-oldest";
  readonly chunkBytes: number;
  readonly deflate?: boolean;
  readonly replicas: number;
  readonly maxAge?: number;
  readonly maxBytes?: number;
}

/** What this command takes of `@rbgen/native`. */
interface Native {
  openRingBuf(options: { readonly pinned: string }): RingBufMap & { close(): void };
}

const native = "@rbgen/native";

/** `rbgen-relay publish`. */
export function addPublish(command: Command, set: (action: Action) => void): void {
  command
    .description("Send the records of this host's rings, until it is ended (needs @rbgen/native)")
    .optionsGroup("Rings:")
    .requiredOption("--pinned <paths...>", "where the rings are pinned: /sys/fs/bpf/events")
    .requiredOption("--layout <file>", "what rbgen generated for the records: events.gen.ts")
    .option("--type <name>", "which record of it, by its C name, where it does not say")
    .option("--ring <name>", "what readers ask for; the map's name, unless told")
    .option("--time <member>", "which member has a record's time: header.ts_ns")
    .addOption(
      new Option("--clock <clock>", "which clock of the kernel that is of")
        .choices(["monotonic", "boottime"])
        .default("monotonic"),
    )
    .option("--host <name>", "what readers know this host by; its host name, unless told")
    .optionsGroup("Spool and chunks:")
    .option("--spool <folder>", "keep what is not acknowledged there: the next relay goes on with it")
    .option("--spool-bytes <bytes>", "most that waits for its acknowledgement", bytes, 64 * 1024 ** 2)
    .addOption(
      new Option("--on-full <policy>", "what to do when the spool is full: the kernel drops, or the oldest goes")
        .choices(["hold", "drop-oldest"])
        .default("hold"),
    )
    .option("--chunk-bytes <bytes>", "how long a chunk gets", bytes, 65536)
    .option("--deflate", "compress chunks")
    .optionsGroup("Streams that are not there yet:")
    .option("--replicas <n>", "servers that hold a copy", count, 1)
    .option("--max-age <time>", "how long chunks are kept: 7d", seconds)
    .option("--max-bytes <bytes>", "how much a stream keeps", bytes);
  addServerOptions(command);
  command.action(() => set((machine) => publish(command, machine)));
}

async function publish(command: Command, machine: Machine): Promise<void> {
  const options = command.opts<PublishOptions>();
  const { pinned, ring: name, type } = options;
  if (pinned.length > 1 && (name ?? type) !== undefined) {
    throw new UsageError("--ring and --type are of one ring: run one rbgen-relay for each, or let the file tell");
  }
  const file = await loadGeneratedFile(options.layout, machine.cwd);
  const { openRingBuf } = await loadNative(machine);
  const maps: (RingBufMap & { close(): void })[] = [];
  try {
    const rings = pinned.map((path) => {
      const map = open(openRingBuf, path);
      maps.push(map);
      return ringOf(map, file, options);
    });
    await relayUntilEnd(command, rings, options, machine);
  } finally {
    for (const map of maps) map.close();
  }
}

async function relayUntilEnd(
  command: Command,
  rings: readonly RelayedRing[],
  options: PublishOptions,
  machine: Machine,
): Promise<void> {
  const { signal, stderr } = machine;
  const connection = await connectTo(command, machine);
  try {
    const { host, clock, spool, spoolBytes, onFull, chunkBytes, deflate, replicas, maxAge, maxBytes } = options;
    const relay = await RingRelay.start({
      ...{ connection, host, rings, clock, onFull },
      spool: { bytes: spoolBytes, file: spool },
      chunk: { bytes: chunkBytes, deflate: deflate === true },
      stream: { replicas, maxBytes, maxAgeMs: maxAge === undefined ? undefined : maxAge * 1000 },
    });
    const names = Object.keys(relay.stats().rings);
    await stderr.write(`relaying ${printable(names.join(", "))} to ${printable(connection.getServer())}\n`);
    await Promise.race([aborted(signal), relay.ended]);
    try {
      await relay.close();
    } finally {
      await stderr.write(summary(relay.stats()));
    }
  } finally {
    await connection.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function summary(stats: RelayStats): string {
  const { acknowledgedRecords, acknowledgedChunks, spooledRecords, droppedBySpool } = stats;
  let dropped = 0n;
  for (const { droppedByKernel } of Object.values(stats.rings)) dropped += droppedByKernel;
  const rest = spooledRecords === 0 ? "" : `, ${spooledRecords} wait in the spool`;
  return `${acknowledgedRecords} records in ${acknowledgedChunks} chunks acknowledged${rest}; dropped: ${dropped} by the kernel, ${droppedBySpool} by the spool\n`;
}

async function loadNative(machine: Machine): Promise<Native> {
  let module: unknown;
  try {
    module = await machine.importPackage(native);
  } catch (error) {
    throw new CommandError(`${native} cannot be loaded: ${messageOf(error)}`, "npx rbgen doctor says what is missing");
  }
  if (module === undefined) {
    throw new CommandError(
      `${native} is not installed: publish reads rings of the kernel, and needs it`,
      `npm install ${native}@${machine.version}`,
    );
  }
  if (typeof (module as Partial<Native>).openRingBuf !== "function") {
    throw new CommandError(`this ${native} has no openRingBuf`, `npm install ${native}@${machine.version}`);
  }
  return module as Native;
}

function open(openRingBuf: Native["openRingBuf"], pinned: string): RingBufMap & { close(): void } {
  try {
    return openRingBuf({ pinned });
  } catch (error) {
    throw new CommandError(
      `${pinned}: ${messageOf(error)}`,
      "bpftool map show lists what is there; reading rings needs CAP_BPF",
    );
  }
}

/** How a ring is relayed: its records are those that the file has for a map of its name. */
function ringOf(map: RingBufMap, file: GeneratedFile, { type, ring, time }: PublishOptions): RelayedRing {
  const own = file.rings.get(map.name);
  const name = ring ?? map.name;
  if (type === undefined && own !== undefined) return { map, codec: own, name, time };
  const { codec } = chooseCodec({ ...file, rings: new Map() }, { type, ring: name });
  return { map, codec, name, time };
}
