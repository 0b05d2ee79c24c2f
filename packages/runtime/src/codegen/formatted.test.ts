import fc from "fast-check";
import { expect, test } from "vitest";
import { devParts } from "../dev.ts";
import { errnoName } from "../errno-name.ts";
import { formatIPv4, formatIPv6, formatMac, formatUuid } from "../format-address.ts";
import {
  devNumber,
  errnoNumber,
  flagBits,
  flagNames,
  ipv4Bytes,
  ipv4Number,
  ipv6Bytes,
  macBytes,
  uuidBytes,
  wideFlagNames,
} from "./formatted.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const groups = fc.array(fc.constantFrom(0, 0, 1, 0xffff, 0xdb8), { minLength: 8, maxLength: 8 });

test("what is formatted is read back as it was", () => {
  fc.assert(
    fc.property(octets(4), octets(6), octets(16), groups, (four, six, sixteen, words) => {
      const zeros = Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255]));
      expect(ipv4Bytes(formatIPv4(four), "x")).toEqual(four);
      expect(ipv4Number(formatIPv4(four), "x")).toBe(new DataView(four.buffer).getUint32(0));
      expect(macBytes(formatMac(six), "x")).toEqual(six);
      for (const bytes of [sixteen, zeros]) {
        expect(ipv6Bytes(formatIPv6(bytes), "x")).toEqual(bytes);
        expect(uuidBytes(formatUuid(bytes), "x")).toEqual(bytes);
      }
      const dev = new DataView(four.buffer).getUint32(0);
      expect(devNumber(devParts(dev), "x")).toBe(dev);
    }),
  );
});

test.each([
  ["::", []],
  ["1::", [0, 1]],
  ["::ffff:10.0.0.1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ["1:2:3:4:5:6:1.2.3.4", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4]],
])("%s is an IPv6 address", (text, bytes) => {
  expect(ipv6Bytes(text, "x")).toEqual(Uint8Array.from({ length: 16 }, (_, index) => bytes[index] ?? 0));
});

test.each([
  "",
  ":",
  ":::",
  "1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "12345::",
  "1.2.3.4::",
  "::1.2.3.4:1",
  "::1%eth0",
  "1:2:3:4:5:6:7::8",
])("%j is no IPv6 address", (text) => {
  expect(() => ipv6Bytes(text, "x")).toThrow("is not written as 2001:db8::1 is");
});

const table = [
  ["NONE", 0],
  ["A", 1],
  ["B", 2],
  ["AB", 3],
  ["TOP", 0x80000000],
  ["FAR", 2 ** 40],
  ["ALL", (1n << 64n) - 1n],
] as const;

test("the names of flags and the bits without one are the same bits again", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (bits) => {
      expect(flagBits(wideFlagNames(bits, table), table, "x")).toBe(bits);
      const low = Number(bits & 0xffffffffn);
      expect(flagBits(flagNames(low, table), table, "x")).toBe(BigInt(low));
    }),
  );
  expect(flagNames(0x80000007, table)).toEqual(["A", "B", "TOP", 4]);
  expect(wideFlagNames(2n ** 40n + 2n ** 63n, table)).toEqual(["FAR", 2n ** 63n]);
  expect(flagBits(["AB", "A", 4], table, "x")).toBe(7n);
  expect(flagBits(undefined, table, "x")).toBeUndefined();
});

test("errnos are negative, by both names where there are two", () => {
  expect(errnoNumber("EWOULDBLOCK", "x")).toBe(-11);
  expect([errnoName(-11), errnoName(2), errnoName(0), errnoName(-512n), errnoName(-4000)]).toEqual([
    "EAGAIN",
    undefined,
    undefined,
    "ERESTARTSYS",
    undefined,
  ]);
});
