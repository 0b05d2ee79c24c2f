import { UnsupportedError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

const header = headerOf(`
enum { OPEN = 1, CLOSE = 2 };
struct at { unsigned short line, column; };
// @rbgen record=events; tag=kind; variant=OPEN
struct opened {
	unsigned kind;
	struct at at[2];
	unsigned len;
	char name[]; // @rbgen length=len
};
// @rbgen record=events; tag=kind; variant=CLOSE
struct closed { unsigned kind; int error; };
`);

const sample = new Uint8Array([...[2, 0, 0, 0], ...[0xff, 0xff, 0xff, 0xff]]);

test("a file of decoders alone reads what the whole file reads", async () => {
  const [whole, own] = [await load(header), await load(header, { only: ["decode"] })];
  for (const name of ["events", "closed"]) {
    expect(own.codec(name).decode(sample)).toEqual(whole.codec(name).decode(sample));
  }
  expect(own.text.length).toBeLessThan(0.5 * whole.text.length);
});

test("what a file is without says which part it is of", async () => {
  const own = (await load(header, { only: ["decode"] })).codec("events");
  const members: readonly (readonly [string, () => unknown])[] = [
    ["encode", () => own.encode({}, new DataView(new ArrayBuffer(8)))],
    ["encode", () => own.byteLengthOf({})],
    ["encode", () => own.toBytes({})],
    ["encode", () => own.createWriter()],
    ["views", () => own.createView()],
    ["json", () => own.toJSON({})],
  ];
  for (const [part, member] of members) {
    expect(member).toThrow(UnsupportedError);
    expect(member).toThrow(`without ${part}`);
  }
});
