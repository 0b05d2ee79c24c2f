import { expect, test } from "vitest";
import * as t from "../emit/testing/types.ts";
import { isRecordPointer } from "./record-pointer.ts";

const event = t.struct("event", 4, [t.member("x", t.u32, 0)]);
const variable = (type: t.Target, ...tags: string[]) =>
  ({ kind: "var", name: "v", type, linkage: "global", tags }) as const;
const pointer = { kind: "ptr", target: event } as const;

test.each([
  "rbgen:record=events",
  "rbgen: record = events",
  "rbgen:variant=1;record=events",
  "rbgen:variant=1; record=events",
])("a pointer with the tag %s is a record's", (tag) => {
  expect(isRecordPointer(variable(pointer, tag))).toBe(true);
  expect(isRecordPointer(variable(pointer, "other:tag", tag))).toBe(true);
});

test.each([
  "rbgen:record",
  "rbgen:tag=record",
  "other:rbgen:record=events",
  "rbgen:recorder=events",
  "rbgen:xrecord=events",
])("a pointer with the tag %s is none", (tag) => {
  expect(isRecordPointer(variable(pointer, tag))).toBe(false);
});

test("a variable that is no pointer, and one without tags, are none", () => {
  expect(isRecordPointer(variable(event, "rbgen:record=events"))).toBe(false);
  expect(isRecordPointer(variable(pointer))).toBe(false);
  expect(isRecordPointer({ kind: "var", name: "v", type: pointer, linkage: "global" })).toBe(false);
});
