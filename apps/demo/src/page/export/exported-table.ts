import { decodeColumns, type StreamBatch } from "@rbgen/runtime";
import { type Events, events } from "../../types.gen.ts";
import type { LoggedRecord } from "../state/record-log.ts";

/** Records of a table, as files of columns take them. */
export interface ExportedTable {
  readonly batch: StreamBatch;
  /** The host of each record; absent where all are this machine's. */
  readonly hosts: readonly string[] | undefined;
  /** Records of kinds that this page does not know, which have no columns. */
  readonly leftOut: number;
}

/** Decodes records into columns; `hostOf` names the host that a record comes from, where there are several. */
export function exportedTable(
  records: readonly LoggedRecord[],
  hostOf: ((record: LoggedRecord) => string) | undefined,
): ExportedTable {
  const unknown: Events["kind"] = "unknown";
  const known = records.filter(({ event }) => event.kind !== unknown);
  return {
    batch: decodeColumns(
      events,
      known.map(({ bytes }) => bytes),
    ),
    hosts: hostOf && known.map(hostOf),
    leftOut: records.length - known.length,
  };
}
