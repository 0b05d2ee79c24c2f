import type { ColumnBatch } from "@rbgen/runtime";
import { toArrow } from "@rbgen/runtime/arrow";
import { tableToIPC } from "apache-arrow";
import type { ExportedTable } from "./exported-table.ts";

/** An Arrow file: `record`, a dense union with a struct for each kind, and `host` beside it where there are several. */
export function arrowFile({ batch, hosts }: ExportedTable): Uint8Array {
  const table = toArrow(batch);
  return tableToIPC(hosts === undefined ? table : table.assign(toArrow(columnOf(hosts))), "file");
}

/** A column `host`, each name once. */
function columnOf(hosts: readonly string[]): ColumnBatch {
  const values = [...new Set(hosts)];
  const codes = new Map(values.map((name, code) => [name, code]));
  return {
    length: hosts.length,
    schema: { kind: "struct", members: [{ path: "host", type: { kind: "dictionary", size: 0 } }] },
    columns: { host: { codes: Int32Array.from(hosts, (name) => codes.get(name) ?? -1), values } },
  };
}
