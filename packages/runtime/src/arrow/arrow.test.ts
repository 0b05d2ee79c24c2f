import { toArrow, variantToArrow } from "@rbgen/runtime/arrow";
import { tableFromIPC, tableToIPC } from "apache-arrow";
import { describe, expect, test, vi } from "vitest";
import type { ColumnBatch, StreamBatch } from "../columns/column-batch.ts";
import type { StructType } from "../columns/column-type.ts";

const pid = Uint32Array.of(1, 2, 3);
const time = BigUint64Array.of(10n, 2n ** 64n - 1n, 12n);
const text = { offsets: Int32Array.of(0, 2, 2, 5), bytes: new TextEncoder().encode("abcde") };

const schema: StructType = {
  kind: "struct",
  members: [
    { path: "pid", type: { kind: "number", of: "Uint32" } },
    { path: "time", type: { kind: "number", of: "BigUint64" } },
    { path: "on", type: { kind: "bool" } },
    { path: "comm", type: { kind: "dictionary", size: 16 } },
    { path: "path", type: { kind: "text" } },
    { path: "arg.kind", type: { kind: "kind", values: ["num", "str"] } },
    { path: "arg.num", type: { kind: "number", of: "Int8" }, arm: { kind: "arg.kind", code: 0 } },
    { path: "mac", type: { kind: "bytes", size: 2 } },
  ],
};
const batch: ColumnBatch = {
  length: 3,
  schema,
  columns: {
    pid,
    time,
    on: Uint8Array.of(1, 0, 1),
    comm: { codes: Int32Array.of(0, 1, 0), values: ["sh", "cron"] },
    path: text,
    "arg.kind": { codes: Int32Array.of(0, 1, -1), values: ["num", "str"] },
    "arg.num": { validity: Uint8Array.of(0b001), values: Int8Array.of(-5, 7, 9) },
    mac: { stride: 2, values: Uint8Array.of(1, 2, 3, 4, 5, 6) },
  },
};

const stream: StreamBatch = {
  length: 3,
  kinds: { codes: Int32Array.of(1, 0, 1), values: ["open", "exit"] },
  rows: Int32Array.of(0, 0, 1),
  variants: {
    open: { length: 1, columns: { fd: Int32Array.of(7) } },
    exit: { length: 2, columns: { code: Int32Array.of(1, 2) } },
  },
  schema: {
    kind: "stream",
    variants: [
      { name: "open", type: { kind: "struct", members: [{ path: "fd", type: { kind: "number", of: "Int32" } }] } },
      { name: "exit", type: { kind: "struct", members: [{ path: "code", type: { kind: "number", of: "Int32" } }] } },
    ],
  },
};

describe("a batch as Arrow's table", () => {
  test("is made without compiling text, which the policy of a page may refuse", () => {
    const refused = (): never => {
      throw new Error("text was compiled");
    };
    vi.stubGlobal("Function", new Proxy(Function, { construct: refused, apply: refused }));
    try {
      for (const each of [batch, stream]) expect(tableToIPC(toArrow(each)).byteLength).toBeGreaterThan(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("has a column for each member, and null where the tag says another arm", () => {
    const rows = tableFromIPC(tableToIPC(toArrow(batch)))
      .toArray()
      .map((row) => ({ ...row.toJSON(), mac: [...row["mac"]] }));
    expect(rows).toEqual([
      { pid: 1, time: 10n, on: true, comm: "sh", path: "ab", "arg.kind": "num", "arg.num": -5, mac: [1, 2] },
      {
        pid: 2,
        time: 2n ** 64n - 1n,
        on: false,
        comm: "cron",
        path: "",
        "arg.kind": "str",
        "arg.num": null,
        mac: [3, 4],
      },
      { pid: 3, time: 12n, on: true, comm: "sh", path: "cde", "arg.kind": null, "arg.num": null, mac: [5, 6] },
    ]);
  });

  test("copies no numbers, offsets, bytes or bits of arms", () => {
    const table = toArrow(batch);
    const data = (name: string) => table.getChild(name)!.data[0]!;
    expect(data("pid").values.buffer).toBe(pid.buffer);
    expect(data("time").values.buffer).toBe(time.buffer);
    expect(data("path").valueOffsets.buffer).toBe(text.offsets.buffer);
    expect(data("path").values.buffer).toBe(text.bytes.buffer);
    expect(data("comm").values.buffer).toBe((batch.columns["comm"] as { codes: Int32Array }).codes.buffer);
    expect(data("arg.num").nullBitmap.buffer).toBe(
      (batch.columns["arg.num"] as { validity: Uint8Array }).validity.buffer,
    );
  });

  test("of a ring of several types has its records in order, each as a struct of its type", () => {
    const rows = tableFromIPC(tableToIPC(toArrow(stream)))
      .toArray()
      .map(({ record }) => record.toJSON());
    expect(rows).toEqual([{ code: 1 }, { fd: 7 }, { code: 2 }]);
    expect(
      variantToArrow(stream, "exit")
        .toArray()
        .map((row) => row.toJSON()),
    ).toEqual([{ code: 1 }, { code: 2 }]);
  });

  test("refuses what is no batch, a variant that is not there, and more types than a union tells apart", () => {
    expect(() => toArrow({ length: 0, columns: {} } as never)).toThrow(/the batch has no schema/);
    expect(() => variantToArrow(stream, "close")).toThrow(/the batch has no variant "?close/);
    expect(() => variantToArrow(batch as never, "open")).toThrow(/the batch has no variant "?open/);
    const variants = Array.from({ length: 129 }, (_, index) => ({
      name: `v${index}`,
      type: { kind: "struct", members: [] } as const,
    }));
    expect(() => toArrow({ ...stream, schema: { kind: "stream", variants } })).toThrow(/129 types of record/);
  });
});
