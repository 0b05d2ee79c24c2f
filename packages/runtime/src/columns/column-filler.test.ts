import { expect, test } from "vitest";
import type { Gather } from "../ring/gathering.ts";
import { Lease, type TakenLease } from "../ring/lease.ts";
import { ColumnFiller } from "./column-filler.ts";
import { Gatherer } from "./gather.ts";
import type { ColumnRun, RowFiller } from "./record-buffer.ts";
import { StructBuffer } from "./struct-buffer.ts";

const schema = { kind: "struct", members: [{ path: "pid", type: { kind: "number", of: "Uint32" } }] } as const;

/** Rows that each call of a codec's loop filled, of `samples` samples of a run that gathers by `gather`, or not at all. */
function callsOf(samples: number, gather: Gather | undefined): number[] {
  const calls: number[] = [];
  let left = samples;
  const run: ColumnRun = {
    get delivered() {
      return samples - left;
    },
    gather:
      gather &&
      ((lease, gathering, row, rows) => {
        const count = gather(lease, gathering, row, rows);
        left -= count;
        return count;
      }),
    next: (lease): lease is TakenLease => left-- > 0 && lease.view !== null,
    failed: (error) => {
      throw error;
    },
  };
  const columns: RowFiller = {
    schema,
    places: [0],
    fill(_run, _lease, _buffer, row, max) {
      const filled = Math.min(left, max - row);
      left -= filled;
      calls.push(filled);
      return row + filled;
    },
  };
  const buffer = new StructBuffer(schema);
  const gatherer = Gatherer.of(columns.places, schema, buffer.columns);
  const filler = new ColumnFiller(columns, buffer, false, gatherer);
  filler.fill(run, new Lease(null), samples, samples);
  expect(filler.length).toBe(samples);
  return calls;
}

test("rows of a run that gathers nothing are left to the codec's loop, as many at a time as a batch may grow by", () => {
  expect(callsOf(2000, undefined)).toEqual([1, 1999]);
});

test("rows of a run that gathers are filled by it, but for the first of each step", () => {
  expect(callsOf(2000, (_lease, _gathering, _row, rows) => rows)).toEqual([1, 1]);
});

test("where a run gathers no rows for now, it is asked after ever more of them", () => {
  expect(callsOf(600, () => 0)).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 88]);
});
