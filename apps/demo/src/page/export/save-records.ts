import { events } from "../../types.gen.ts";
import type { LoggedRecord } from "../state/record-log.ts";
import { exportedTable } from "./exported-table.ts";

/** The files that a table is saved as. */
export const formats = ["JSON lines", "Arrow", "Parquet"] as const;

/** A file is kept for so long until its download has begun, milliseconds. */
const keptMs = 60_000;

/** One of {@link formats}. */
export type Format = (typeof formats)[number];

/**
 * Offers records as a file; `hostOf` names the host that a record comes from, where there are several. Records of kinds that
 * this page does not know have no columns: their number, which is 0 for JSON lines.
 */
export async function saveRecords(
  records: readonly LoggedRecord[],
  format: Format,
  hostOf?: (record: LoggedRecord) => string,
): Promise<number> {
  if (format === "JSON lines") {
    offer(
      "records.jsonl",
      "application/jsonl",
      records.map((record) => jsonLine(record, hostOf)),
    );
    return 0;
  }
  const table = exportedTable(records, hostOf);
  // Either writer is loaded by whoever asks for it.
  if (format === "Arrow") {
    const { arrowFile } = await import("./arrow-file.ts");
    offer("records.arrow", "application/vnd.apache.arrow.file", [arrowFile(table) as Uint8Array<ArrayBuffer>]);
  } else {
    const { parquetFile } = await import("./parquet-file.ts");
    offer("records.parquet", "application/vnd.apache.parquet", [parquetFile(table)]);
  }
  return table.leftOut;
}

/** One JSON document, as the generated code makes it. */
function jsonLine(record: LoggedRecord, hostOf: ((record: LoggedRecord) => string) | undefined): string {
  const json = events.toJSON(record.event) as object;
  return `${JSON.stringify(hostOf === undefined ? json : { host: hostOf(record), ...json })}\n`;
}

function offer(name: string, type: string, parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the file only after this returned.
  setTimeout(() => URL.revokeObjectURL(url), keptMs);
}
