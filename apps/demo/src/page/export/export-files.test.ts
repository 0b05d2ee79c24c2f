import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { type EventsInput, events } from "../../types.gen.ts";
import { arrowFile } from "./arrow-file.ts";
import { exportedTable } from "./exported-table.ts";
import { parquetFile } from "./parquet-file.ts";

const header = (pid: number, comm: string) => ({ tsNs: 2n ** 63n + BigInt(pid), pid, comm });
const inputs: readonly EventsInput[] = [
  { kind: "open_event", header: header(7, "cat"), result: -2, path: "/no/such/file" },
  { kind: "exec_event", header: header(8, "sh"), ppid: 7, uid: 4_000_000_000, filename: "/bin/sh" },
  {
    kind: "connect_event",
    header: header(9, "sshd"),
    ...{ saddr: Uint8Array.of(192, 0, 2, 1), daddr: Uint8Array.of(198, 51, 100, 2), sport: 40_000, dport: 22 },
  },
  { kind: "status_event", header: header(0, "kernel"), produced: 5n, paused: true },
  { kind: "exit_event", header: header(8, "sh"), signal: 9, ranNs: 12n },
];
const records = inputs.map((input, ordinal) => {
  const bytes = events.toBytes(input);
  return { ordinal, bytes, event: events.decode(bytes), host: 1 + (ordinal % 2) };
});
const unknown = { ordinal: 9, bytes: new Uint8Array(32), event: events.decode(new Uint8Array(32)), host: 1 };

test("Arrow has every record as it was decoded, with its host", () => {
  const table = exportedTable([...records, unknown], ({ host }) => `host ${host}`);
  expect(table.leftOut).toBe(1);
  const read = tableFromIPC(arrowFile(table))
    .toArray()
    .map((row) => row?.toJSON());
  expect(read.map(({ host }) => host)).toEqual(["host 1", "host 2", "host 1", "host 2", "host 1"]);
  expect(read[0].record.toJSON()).toMatchObject({ "header.comm": "cat", result: -2, path: "/no/such/file" });
  expect(read[1].record.toJSON()).toMatchObject({ uid: 4_000_000_000, "header.tsNs": 2n ** 63n + 8n });
  expect(read[3].record.toJSON()).toMatchObject({ paused: true, produced: 5n });
});

test("Parquet has one table, in which a record has null for what only other kinds have", async () => {
  const file = parquetFile(exportedTable(records, undefined));
  const rows = await parquetReadObjects({ file, utf8: false });
  expect(rows).toHaveLength(records.length);
  expect(rows[0]).toMatchObject({
    kind: "open_event",
    "header.pid": 7,
    result: -2,
    length: 13,
    path: "/no/such/file",
    ppid: null,
  });
  expect(rows[1]).toMatchObject({
    kind: "exec_event",
    uid: 4_000_000_000,
    filename: "/bin/sh",
    length: 7,
    "header.tsNs": 2n ** 63n + 8n,
  });
  expect(rows[2]).toMatchObject({ sport: 40_000, dport: 22, saddr: Uint8Array.of(192, 0, 2, 1), paused: null });
  expect(rows[3]).toMatchObject({ produced: 5n, paused: true, signal: null });
  expect(rows[4]).toMatchObject({ kind: "exit_event", signal: 9, ranNs: 12n });
  expect(Object.keys(rows[0] ?? {})).not.toContain("host");
});
