import { expect, test } from "vitest";
import { complaints } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";

const ring = (value: string): { tags: string[] } => ({ tags: [`rbgen:record=ring;tag=type;variant=${value}`] });
const first = (members: Parameters<typeof t.struct>[2]) => t.struct("first", 16, members, ring("1"));
const second = (members: Parameters<typeof t.struct>[2]) => t.struct("second", 16, members, ring("2"));

test.each([
  ["offset", [t.member("type", t.u32, 0)], [t.member("type", t.u32, 4)], "(byte 0) and struct second (byte 4)"],
  [
    "size",
    [t.member("type", t.u32, 0)],
    [t.member("type", t.u16, 0)],
    "of the same size in struct first (4 bytes) and struct second (2 bytes)",
  ],
  ["bit", [t.bitField("type", t.u32, 0, 4)], [t.bitField("type", t.u32, 4, 4)], "struct first"],
  ["width", [t.bitField("type", t.u32, 0, 4)], [t.bitField("type", t.u32, 0, 5)], "struct first"],
  ["width beside a whole member", [t.member("type", t.u32, 0)], [t.bitField("type", t.u32, 0, 32)], "struct first"],
])("a tag of another %s in one of a ring's records is refused", async (_, one, other, place) => {
  const said = await complaints(t.moduleOf([first(one), second(other)]));
  const messages = said.filter(({ severity }) => severity === "error").map(({ message }) => message);
  expect(messages.some((message) => /type is not .* in struct first/.test(message))).toBe(true);
  expect(messages.join()).toContain(place);
});

test("a tag at the same place in both is taken", async () => {
  const members = [t.bitField("type", t.u32, 3, 4)];
  expect(await complaints(t.moduleOf([first(members), second(members)]))).toEqual([]);
});

test.each([
  ["_Bool", t.bool, "2", "2"],
  ["_Bool", t.bool, "0..2", "2"],
  ["_Bool", t.bool, "-1", "-1"],
  ["__u8", t.u8, "300", "300"],
  ["__s32", t.s32, "U'\\xffffffff'", "4294967295"],
])("a tag of type %s is refused where a value of its variant is none of its own", async (_, type, spelt, value) => {
  const said = await complaints(t.moduleOf([t.struct("one", 16, [t.member("type", type, 0)], ring(spelt))]));
  expect(said.map(({ message }) => message).join()).toContain(`one is told by ${value}, which type cannot hold`);
});

test.each([
  ["_Bool", t.bool, "0", "1"],
  ["__s32", t.s32, "L'\\xffffffff'", "0"],
])("a tag of type %s that holds the values of its variants is taken", async (_, type, one, other) => {
  const members = [t.member("type", type, 0)];
  const structs = [t.struct("first", 16, members, ring(one)), t.struct("second", 16, members, ring(other))];
  expect(await complaints(t.moduleOf(structs))).toEqual([]);
});
