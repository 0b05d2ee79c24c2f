import { EncodeError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { complaints, load } from "./testing/load.ts";

const fragment = `struct fragment {
  unsigned short flags : 3; /* @rbgen endian=big */
  unsigned short offset : 13; /* @rbgen endian=big */
  unsigned char low : 4;
  unsigned char high : 4;
};`;

test("bit-fields lie as a build of the byte order lays them out that is told of them", async () => {
  const codec = (await load(headerOf(fragment))).codec("fragment");
  const bytes = Uint8Array.of(0x20, 0x10, 0x21, 0);
  const value = { flags: 1, offset: 16, low: 1, high: 2 };
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.toBytes(value)).toEqual(bytes);
  expect(() => codec.toBytes({ flags: 8 })).toThrow(EncodeError);
});

test("a bit-field of the other order says a length and which arm counts", async () => {
  const text = `struct packet {
    unsigned char version : 4; /* @rbgen endian=big */
    unsigned char words : 4; /* @rbgen endian=big */
    union { unsigned char four; /* @rbgen variant=4 */ signed char six; /* @rbgen variant=6 */ }; /* @rbgen tag=version */
    unsigned char options[]; /* @rbgen length=words*4-4,bytes */
  };`;
  const codec = (await load(headerOf(text))).codec("packet");
  const bytes = Uint8Array.of(0x62, 0xff, 1, 2, 3, 4);
  const value = { version: 6, words: 2, kind: "six", six: -1, options: Uint8Array.of(1, 2, 3, 4) };
  expect(codec.decode(bytes)).toEqual(value);
  expect(codec.toBytes({ six: -1, options: Uint8Array.of(1, 2, 3, 4) })).toEqual(bytes);
});

test("bit-fields that share a byte have one order", async () => {
  const [first] = await complaints(headerOf(fragment.replace("offset : 13; /* @rbgen endian=big */", "offset : 13;")));
  expect(first).toMatchObject({
    code: "RB4004",
    message: "endian of struct fragment.flags and offset differ, and they share a byte",
  });
});
