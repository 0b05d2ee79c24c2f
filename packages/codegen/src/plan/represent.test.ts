import { expect, test } from "vitest";
import { complaints, load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const bytes = { tags: ["rbgen:bytes"] };
const string = { tags: ["rbgen:string"] };

test("arrays of one-byte elements are bytes or text as their annotation says, in any dimension", async () => {
  const record = t.struct("sample", 24, [
    t.member("plain", t.array(t.char, 4), 0),
    t.member("raw", t.array(t.char, 4), 4, bytes),
    t.member("text", t.array(t.u8, 4), 8, string),
    t.member("rows", t.array(t.array(t.char, 4), 2), 12, bytes),
    t.member("numbers", t.array(t.u8, 4), 20),
  ]);
  const codec = (await load(t.moduleOf([record]))).codec("sample");
  const view = new DataView(new TextEncoder().encode("abc\0abc\0abc\0ab\0\0cd\0\0wxyz").buffer);
  expect(codec.decode(view)).toEqual({
    plain: "abc",
    raw: Uint8Array.of(97, 98, 99, 0),
    text: "abc",
    rows: [Uint8Array.of(97, 98, 0, 0), Uint8Array.of(99, 100, 0, 0)],
    numbers: Uint8Array.of(119, 120, 121, 122),
  });
});

test.each([
  ["bytes", t.array(t.u32, 4)],
  ["string", t.array(t.u16, 4)],
  ["bytes", t.u32],
])("%s on what is no array of bytes is refused", async (name, type) => {
  const record = t.struct("sample", 16, [t.member("x", type, 0, { tags: [`rbgen:${name}`] })]);
  const [said] = await complaints(t.moduleOf([record]));
  expect(said).toMatchObject({ code: "RB4004", message: expect.stringContaining(`so it cannot be ${name}`) });
});
