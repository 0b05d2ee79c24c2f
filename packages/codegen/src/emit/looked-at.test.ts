import { inspect } from "node:util";
import { Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import { load } from "./testing/load.ts";
import * as t from "./testing/types.ts";

const point = t.struct("point", 8, [t.member("x", t.u32, 0), t.member("y", t.u32, 4)]);
const event = t.struct("exec_event", 32, [
  t.member("ts", t.u64, 0),
  t.member("at", point, 8),
  t.member("raw", t.array(t.u8, 4), 16),
  t.member("n", t.u32, 20),
  t.member("data", t.array(t.u8, 8), 24, { tags: ["rbgen:length=n"] }),
]);

const sample = new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 2, 0, 0, 0, 7, 8]);

async function lent(bytes: Uint8Array): Promise<{ view: object; lease: Lease }> {
  const view = (await load(t.moduleOf([event]))).codec("execEvent").createView() as Leased;
  const lease = new Lease(new DataView(bytes.buffer), 0, bytes.length);
  view[takeLease](lease);
  return { view, lease };
}

test("a view that is printed shows its members, those of contained structs too", async () => {
  const { view, lease } = await lent(sample);
  expect(inspect(view, { breakLength: Number.POSITIVE_INFINITY })).toBe(
    "ExecEventView { ts: 9n, at: PointView { x: 1, y: 2 }, raw: Uint8Array(4) [ 1, 2, 3, 4 ], n: 2, data: Uint8Array(2) [ 7, 8 ] }",
  );
  lease.view = null;
  expect(inspect(view)).toBe("ExecEventView <its record is gone>");
});

test("a member whose length lies is told in its place, and the others are shown", async () => {
  const lying = sample.slice();
  lying[20] = 200;
  const { view } = await lent(lying);
  expect(inspect(view)).toMatch(/n: 200,\s+data: <.*data needs 200 bytes, there are 2.*>/);
});

test("a view is in JSON what its decoded record is", async () => {
  const { view, lease } = await lent(sample);
  expect(JSON.stringify({ view })).toBe('{"view":{"ts":"9","at":{"x":1,"y":2},"raw":"01020304","n":2,"data":"0708"}}');
  lease.view = null;
  expect(() => JSON.stringify(view)).toThrow(/its record is gone/);
});

test("a record decodes from the bytes of a Uint8Array or a Buffer as from a DataView", async () => {
  const codec = (await load(t.moduleOf([event]))).codec("execEvent");
  const behind = new Uint8Array([0xee, 0xee, ...sample]);
  const expected = codec.decode(new DataView(sample.buffer));
  expect(expected).toMatchObject({ ts: 9n, data: new Uint8Array([7, 8]) });
  expect(codec.decode(behind.subarray(2))).toEqual(expected);
  expect(codec.decode(behind, 2)).toEqual(expected);
  expect(codec.decode(Buffer.from(sample))).toEqual(expected);
  expect(codec.decode(Buffer.from(sample), 0, 24 + 2)).toEqual(expected);
  expect(() => codec.decode(sample.subarray(1), 0, 26)).toThrow(/exec_event needs 24 bytes, the sample has 25/);
  for (const bytes of [sample.buffer, [...sample], new Uint16Array(40)]) {
    expect(() => codec.decode(bytes as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/EINVAL/) }),
    );
  }
});

test("toBytes gives what encode writes, in memory of its own", async () => {
  const codec = (await load(t.moduleOf([event]))).codec("execEvent");
  const value = { ts: 9, at: { x: 1, y: 2 }, raw: new Uint8Array([1, 2, 3, 4]), data: new Uint8Array([7, 8]) };
  expect(codec.toBytes(value)).toEqual(sample);
  expect(() => codec.toBytes({ n: 2 ** 32 })).toThrow(/n: /);
});
