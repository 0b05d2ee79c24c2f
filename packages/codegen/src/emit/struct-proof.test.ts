import { EncodeError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

const header = headerOf(`
struct named { unsigned int length; unsigned int size; char name[8]; };
struct inner { unsigned int byteLength; };
struct outer { unsigned int flags; struct inner held; struct { unsigned int message; } own; };
`);

const noStructs: readonly unknown[] = [
  null,
  undefined,
  7,
  7n,
  "text",
  true,
  Symbol("one"),
  () => 1,
  [1, 2],
  new Map([[1, 2]]),
  new Set([1]),
  new Date(0),
  new Error("no"),
  /no/u,
  new Uint8Array(8),
  new ArrayBuffer(8),
];

test("what is no struct is refused in place of one, whatever its members are called", async () => {
  const loaded = await load(header, { all: true });
  for (const given of noStructs) {
    for (const name of ["named", "outer", "inner"]) {
      expect(() => loaded.codec(name).toBytes(given as never), `${name} of ${typeof given}`).toThrow(EncodeError);
    }
    if (given === undefined) continue;
    for (const member of ["held", "own"]) {
      expect(() => loaded.codec("outer").toBytes({ [member]: given } as never), `${member} of ${typeof given}`).toThrow(
        EncodeError,
      );
    }
  }
});

test("a struct is one by any of its members, and by none", async () => {
  const loaded = await load(header, { all: true });
  class Held {
    get byteLength(): number {
      return 3;
    }
  }
  const bytes = loaded.codec("outer").toBytes({ held: new Held(), own: { message: 4 } } as never);
  expect([...bytes]).toEqual([0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]);
  expect([...loaded.codec("outer").toBytes({} as never)]).toEqual(new Array<number>(12).fill(0));
  expect([...loaded.codec("named").toBytes(Object.create(null) as never)]).toEqual(new Array<number>(16).fill(0));
});
