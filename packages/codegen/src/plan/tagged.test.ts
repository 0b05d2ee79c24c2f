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
