import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordCodec } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { generatedCodecs } from "../testing/generated-codecs.ts";
import { ParquetFile } from "./parquet-file.ts";
import { RecordColumns } from "./record-columns.ts";

test("members called as what every object has keep their values, in columns and beside them", async () => {
  const header =
    "struct inner { int __proto__; int toString; }; struct event { int __proto__; struct inner constructor; };";
  const codec = (await generatedCodecs(header, ["event"])).get("event") as RecordCodec<unknown, never>;
  const record = codec.decode(new DataView(Int32Array.of(1, 2, 3).buffer));
  const columns = new RecordColumns(codec);
  columns.add({ host: "h", number: 0n, time: 0n, record: { ...(record as object), ["extra"]: 4 } });
  const data = new Map(columns.take().map(({ name, data: [value] }) => [name, value]));
  expect(data.get("__proto__")).toBe(1);
  expect(Object.entries(data.get("constructor") as object)).toEqual([
    ["__proto__", 2],
    ["toString", 3],
  ]);
  expect(data.get("_rest")).toEqual({ extra: 4 });
});

test("a file that cannot get its name leaves nothing, and tells why it could not", () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-parquet-file-"));
  try {
    const path = join(folder, "a.parquet");
    mkdirSync(join(path, "taken"), { recursive: true });
    const file = new ParquetFile(path, join(folder, ".part"), [
      { name: "record", num_children: 1 },
      { name: "x", type: "INT32", repetition_type: "REQUIRED" },
    ]);
    file.write([{ name: "x", data: [1, 2] }]);
    expect(() => file.commit({})).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    const before = readdirSync("/dev/fd").length;
    file.abandon();
    expect(readdirSync("/dev/fd").length).toBe(before);
    expect(existsSync(join(folder, ".part"))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
