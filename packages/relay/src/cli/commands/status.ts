import type { Command } from "commander";
import { type RingStatus, ringStatuses } from "../../status/ring-status.ts";
import type { Action } from "../action.ts";
import { addServerOptions, connectTo } from "../connection.ts";
import { isoTime, printable, printableJson, table } from "../display-text.ts";
import { CommandError } from "../exit-code.ts";
import type { Machine } from "../machine.ts";

/** `rbgen-relay status`. */
export function addStatus(command: Command, set: (action: Action) => void): void {
  command
    .description("Show rings, their hosts with loss by reason, and how far readers are behind")
    .option("--ring <names...>", "only these rings")
    .option("--json", "the same as one JSON document");
  addServerOptions(command);
  command.action(() => set((machine) => status(command, machine)));
}

async function status(command: Command, machine: Machine): Promise<void> {
  const { ring: names, json } = command.opts<{ ring?: string[]; json?: boolean }>();
  const connection = await connectTo(command, machine);
  try {
    const rings = await ringStatuses(connection);
    const unknown = names?.find((name) => !rings.some(({ ring }) => ring === name));
    if (unknown !== undefined) {
      const known = rings.map(({ ring }) => ring).join(", ");
      throw new CommandError(
        `no relay has stored anything of a ring ${unknown}`,
        `rings that are there: ${known || "none"}`,
      );
    }
    const shown = names === undefined ? rings : rings.filter(({ ring }) => names.includes(ring));
    if (json === true) await machine.stdout.write(`${printableJson({ schema: 1, rings: shown }, 2)}\n`);
    else await machine.stdout.write(shown.length === 0 ? "no ring is relayed here\n" : shown.map(textOf).join("\n"));
  } finally {
    await connection.close();
  }
}

const hostHeads = ["host", "records", "kernel", "spool", "restart", "size", "lost bytes", "last"];
const readerHeads = ["reader", "behind (chunks)", "behind (records)", "missing"];

function textOf({ ring, messages, bytes, hosts, readers, refused, unreadable }: RingStatus): string {
  let text = `${printable(ring)}: ${messages} chunks, ${bytes} bytes\n`;
  text += table(
    hostHeads,
    hosts.map(({ host, records, dropped, lostBytes, lastTime }) => [
      ...[host, `${records}`, `${dropped.kernel}`, `${dropped.spool}`, `${dropped.restart}`, `${dropped.size}`],
      ...[`${lostBytes}`, isoTime(lastTime)],
    ]),
    new Set([1, 2, 3, 4, 5, 6]),
  );
  for (const { host, messages: count } of refused) {
    text += `${printable(host)}: ${count} of its last messages ${count === 1 ? "is no chunk" : "are no chunks"} of it\n`;
  }
  for (const reader of unreadable) text += `reader ${printable(reader)}: what is stored of it is no checkpoint\n`;
  if (readers.length === 0) return text;
  text += table(
    readerHeads,
    readers.map(({ reader, chunksBehind, recordsBehind, missing }) => [
      reader,
      `${chunksBehind}`,
      `${recordsBehind}`,
      `${missing}`,
    ]),
    new Set([1, 2, 3]),
  );
  return text;
}
