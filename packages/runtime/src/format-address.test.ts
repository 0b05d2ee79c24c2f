import { expect, test } from "vitest";
import { formatIPv4, formatIPv6, formatMac } from "./format-address.ts";
import { ktimeToDate } from "./ktime.ts";

function groups(...values: readonly number[]): Uint8Array {
  return new Uint8Array(values.flatMap((value) => [value >> 8, value & 255]));
}

test.each([
  [groups(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), "2001:db8::1"],
  [groups(0, 0, 0, 0, 0, 0, 0, 0), "::"],
  [groups(0, 0, 0, 0, 0, 0, 0, 1), "::1"],
  [groups(1, 0, 0, 0, 0, 0, 0, 0), "1::"],
  [groups(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1"],
  [groups(0x2001, 0, 0, 1, 0, 0, 0, 1), "2001:0:0:1::1"],
  [groups(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1"],
  [groups(0, 0, 0, 0, 0, 0xffff, 0xc0a8, 1), "::ffff:192.168.0.1"],
])("an IPv6 address is written as RFC 5952 says (%#)", (address, text) => {
  expect(formatIPv6(address)).toBe(text);
});

test("IPv4 and MAC addresses are written byte by byte", () => {
  expect(formatIPv4(new Uint8Array([10, 0, 0, 1]))).toBe("10.0.0.1");
  expect(formatIPv4(0xc0a80001)).toBe("192.168.0.1");
  expect(formatMac(new Uint8Array([0, 0x1b, 0x21, 0x3c, 0x9d, 0xf8]))).toBe("00:1b:21:3c:9d:f8");
});

test("an address of another length is refused", () => {
  expect(() => formatIPv4(new Uint8Array(3))).toThrow("4 bytes, not 3");
  expect(() => formatIPv4(-1)).toThrow("an IPv4 address is -1");
  expect(() => formatIPv6(new Uint8Array(4))).toThrow("16 bytes, not 4");
  expect(() => formatMac(new Uint8Array(8))).toThrow("6 bytes, not 8");
});

test("a kernel time stamp is a date once the boot time is known", () => {
  expect(ktimeToDate(1_500_000_000n, 1_700_000_000_000)).toEqual(new Date(1_700_000_001_500));
});
