import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";

async function r(members: string) {
  const { codec, text } = await load(headerOf(`struct r { unsigned char n, type; ${members} };`), { types: ["r"] });
  return { text, decode: (...bytes: number[]) => codec("r").decode(Uint8Array.from(bytes)) };
}

test("a comment right above a member whose struct has no name says something of the member", async () => {
  const renamed = await r("\n/* Its body.\n * @rbgen name=other */\nstruct { unsigned char a; } body;\n");
  expect(renamed.decode(1, 2, 3)).toEqual({ n: 1, type: 2, other: { a: 3 } });
  expect(renamed.text).toContain("Its body.");
  const counted = await r("\n/* @rbgen length=n */\nstruct { unsigned char a; } items[];\n");
  expect(counted.decode(2, 0, 7, 8)).toMatchObject({ items: [{ a: 7 }, { a: 8 }] });
  const skipped = await r("\n// @rbgen skip\nstruct { unsigned char a; } items[2];\n");
  expect(skipped.decode(2, 0, 7, 8)).toEqual({ n: 2, type: 0 });
});

test("arms and unions without a name are told by the comment above them as by the one behind", async () => {
  const above = await r(`union {
    /* @rbgen variant=1; name=pair */
    struct { unsigned char a, c; } first;
    /* @rbgen variant=2 */
    struct { unsigned char b; } two;
  }; /* @rbgen tag=type */\n`);
  expect(above.decode(0, 1, 3, 4)).toMatchObject({ kind: "first", pair: { a: 3, c: 4 } });
  expect(above.decode(0, 2, 3, 4)).toMatchObject({ kind: "two", two: { b: 3 } });
  for (const name of ["", "told"]) {
    const union = await r(
      `\n/* @rbgen tag=type */\nunion { char a; /* @rbgen variant=1 */\n short b; /* @rbgen variant=2 */\n } ${name};\n`,
    );
    expect(union.decode(0, 1, 3, 4)).toMatchObject({ kind: "a" });
  }
});

test("what goes on no struct is still refused behind its body", async () => {
  const [first] = await complaints(
    headerOf("struct r { unsigned char n;\nstruct { unsigned char a; } /* @rbgen length=n */\n items[]; };"),
    { types: ["r"] },
  );
  expect(first?.message).toMatch(/the annotation length does not go on a type/);
});
