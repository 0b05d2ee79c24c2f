import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DuckDBBlobValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBTimestampTZValue,
} from "@duckdb/node-api";
import type { RecordCodec } from "@rbgen/runtime";
import { SeededRandom } from "@rbgen/runtime/emulated";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generatedCodecs } from "../testing/generated-codecs.ts";
import { fileMetadata, ParquetFile } from "./parquet-file.ts";
import { RecordColumns } from "./record-columns.ts";

const header = `
enum state { OPEN = 1, CLOSED = 7, WIDE = 0x7fffffff };
struct point { int x; short y[3]; };
struct event {
  unsigned long long ts_ns;
  unsigned char u8; signed char s8; unsigned short u16; short s16; unsigned int u32; int s32;
  long long s64; _Bool flag; char letter; float f32; double f64; void *address;
  unsigned low : 3; int middle : 7; unsigned long long high : 40;
  enum state state; enum state states[2];
  char comm[16]; unsigned char mac[6]; unsigned char daddr[16];
  unsigned int ids[4]; unsigned long long stack[3]; int matrix[2][3];
  struct { struct point at; char name[8]; } header;
  struct point path[3];
};
struct overlaid { unsigned kind; union { unsigned word; float real; unsigned char raw[8]; }; };
struct tagged {
  unsigned type;
  // @rbgen tag=type
  union {
    struct point open; // @rbgen variant=1
    unsigned code; // @rbgen variant=2,3
    char kind[8]; // @rbgen variant=4
  };
};
struct tailed {
  unsigned short len;
  char text[8];
  // @rbgen length=len
  unsigned char data[];
};
`;
type Json = Record<string, unknown>;
const names = ["event", "overlaid", "tagged", "tailed"] as const;

let folder: string;
let codecs: ReadonlyMap<string, RecordCodec<unknown, unknown>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-parquet-"));
  codecs = await generatedCodecs(header, names);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Samples of a record that decode, and are random but for what tells of lengths and variants. */
function sampleOf(name: string, size: number, random: SeededRandom): DataView {
  const view = new DataView(new ArrayBuffer(size + (name === "tailed" ? Math.floor(random.next() * 20) : 0)));
  for (let at = 0; at < view.byteLength; at += 1) view.setUint8(at, random.next() < 0.2 ? 0 : random.next() * 256);
  if (name === "tailed") view.setUint16(0, view.byteLength - size, true);
  if (name === "tagged") view.setUint32(0, random.next() * 6, true);
  if (name === "event" && random.next() < 0.5)
    view.setUint32(stateOffset(), [1, 7][Math.floor(random.next() * 2)]!, true);
  return view;
}

function stateOffset(): number {
  return codecs.get("event")!.layout.leaves.find(({ path }) => path === "state")!.bitOffset / 8;
}

/** Names without what C and generated code write differently; bytes as hex, bigints as decimal. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("hex");
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  if (value instanceof DuckDBStructValue) return plain(value.entries);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null)
    return typeof value === "number" && !Number.isFinite(value) ? `${value}` : value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]) => [key.toLowerCase().replace(/[^a-z0-9$]/g, ""), plain(member)]),
  );
}

/** What the file is to say of a decoded record. */
function expected(record: Json, codec: RecordCodec<Json, never>): unknown {
  const json = plain(JSON.parse(JSON.stringify(codec.toJSON(record)))) as Json;
  const stateNames: Readonly<Record<string, string>> = { 1: "OPEN", 7: "CLOSED", 2147483647: "WIDE" };
  const state = (value: unknown): string => stateNames[String(value)] ?? String(value);
  if (json["state"] !== undefined) json["state"] = state(json["state"]);
  if (json["states"] !== undefined) json["states"] = (json["states"] as unknown[]).map(state);
  if (json["matrix"] !== undefined) json["matrix"] = (json["matrix"] as unknown[]).flat();
  return json;
}

describe("archived records, read by DuckDB", () => {
  test.each(names)("are those that decoding gives: %s", async (name) => {
    const codec = codecs.get(name)! as RecordCodec<Json, never>;
    const columns = new RecordColumns(codec);
    const path = join(folder, `${name}.parquet`);
    const file = new ParquetFile(path, `${path}.part`, columns.schema);
    const random = new SeededRandom(7);
    const records: Json[] = [];
    const time = 1_700_000_000_123_456_789n;
    for (let index = 0; index < 2000; index += 1) {
      const view = sampleOf(name, codec.size, random);
      const record = codec.decode(view, 0, view.byteLength);
      records.push(record);
      columns.add({ host: `host${index % 3}`, number: BigInt(index), time: time + BigInt(index) * 1000n, record });
      if (index % 300 === 299) file.write(columns.take());
    }
    file.write(columns.take());
    file.commit({ made: "by a test" });
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = (await connection.runAndReadAll(`SELECT * FROM '${path}' ORDER BY _number`)).getRowObjects();
    expect(rows).toHaveLength(records.length);
    rows.forEach(({ _host, _number, _time, _rest, ...columns }, index) => {
      expect([_host, _number]).toEqual([`host${index % 3}`, BigInt(index)]);
      // DuckDB has microseconds
      expect((_time as DuckDBTimestampTZValue).micros).toBe(time / 1000n + BigInt(index));
      const rest = _rest === null ? {} : (JSON.parse(String(_rest)) as object);
      expect({ ...(plain(columns) as Json), ...(plain(rest) as Json) }).toEqual(expected(records[index]!, codec));
    });
    expect((await fileMetadata(path)).get("made")).toBe("by a test");
  });

  test("are found by what a column is compared with, the largest unsigned numbers too", async () => {
    const path = join(folder, "event.parquet");
    const connection = await (await DuckDBInstance.create()).connect();
    const value = async (sql: string): Promise<unknown> => (await connection.runAndReadAll(sql)).getRows()[0]?.[0];
    for (const column of ["address", "u32", "s64", "high", "state"]) {
      const largest = await value(`SELECT max(${column}) FROM '${path}'`);
      const literal = typeof largest === "string" ? `'${largest}'` : `${largest}`;
      expect(await value(`SELECT count(*) FROM '${path}' WHERE ${column} >= ${literal}`)).not.toBe(0n);
    }
    expect(await value(`SELECT count(*) FROM '${path}' WHERE state = 'OPEN'`)).toBeGreaterThan(100n);
    expect(await value(`SELECT max(header.at.x) FROM '${path}'`)).toBeGreaterThan(0);
  });

  test("have enumerators and hosts in a dictionary", async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    const sql = `SELECT DISTINCT encodings FROM parquet_metadata('${join(folder, "event.parquet")}') WHERE path_in_schema = '_host'`;
    expect(String((await connection.runAndReadAll(sql)).getRows()[0]?.[0])).toContain("DICTIONARY");
  });
});

test("a record with a member called as a column of the archive's own keeps both", async () => {
  const codec = (await generatedCodecs("struct event { unsigned _time; unsigned _host; };", ["event"])).get("event")!;
  const { schema } = new RecordColumns(codec as RecordCodec<unknown, never>);
  expect(schema.map(({ name }) => name)).toEqual(["record", "__host", "_number", "__time", "_time", "_host", "_rest"]);
});
