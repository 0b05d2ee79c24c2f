import { EncodeError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { headerOf } from "./testing/header.ts";
import { load } from "./testing/load.ts";

const bad = [0xff, 0xfe, 0x61, 0];

test.each<[string, string, readonly number[], string]>([
  ["an array", "char text[4];", bad, "text"],
  ["a length", "unsigned char n; char text[]; /* @rbgen length=n */", [3, ...bad.slice(0, 3)], "text"],
  ["an array of a length", "unsigned char n; char text[4]; /* @rbgen length=n */", [3, ...bad], "text"],
  ["what is truncated", "char text[4]; /* @rbgen truncated */", bad.slice(0, 3), "text"],
  [
    "an arm",
    "int t; union { char text[4]; /* @rbgen variant=1 */ int i; /* @rbgen variant=2 */ }; /* @rbgen tag=t */",
    [1, 0, 0, 0, ...bad],
    "text",
  ],
  ["texts", "char text[4]; /* @rbgen strings */", bad, "text"],
  ["pieces", "unsigned char n[1]; char text[]; /* @rbgen lengths=n */", [3, ...bad.slice(0, 3)], "text[0]"],
])("text of %s that was no UTF-8 and has no room again says so", async (_, members, bytes, path) => {
  const codec = (await load(headerOf(`struct r { ${members.replaceAll("*/", "*/\n")} };`), { types: ["r"] })).codec(
    "r",
  );
  const value = codec.decode(Uint8Array.from(bytes));
  const encode = () => codec.toBytes(value);
  expect(encode).toThrow(EncodeError);
  expect(encode).toThrow(/U\+FFFD, which stands for bytes that are no UTF-8: the annotation bytes keeps these/);
  expect(encode).toThrow(path);
});
