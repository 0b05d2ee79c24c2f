import { expect, test } from "vitest";
import { evaluateConstant } from "./constant-expression.ts";

const names = new Map([
  ["EV_BIT", 3n],
  ["BASE", 16n],
]);
const evaluate = (text: string): bigint => evaluateConstant(text, { value: (name) => names.get(name), hint: () => "" });

test.each([
  ["7", 7n],
  ["0x1fUL", 31n],
  ["010", 8n],
  ["-1", -1n],
  ["1 << EV_BIT", 8n],
  ["(1 << EV_BIT) | BASE + 1", 25n],
  ["~0 & 0xff", 255n],
  ["20 - 2 * 3 - 1", 13n],
  ["7 % 4 ^ 1", 2n],
  ["0xffffffffffffffff", 0xffff_ffff_ffff_ffffn],
  ["~0ull >> 1", 0x7fff_ffff_ffff_ffffn],
  ["-1 < 0 && EV_BIT == 3 ? 5 : 1 / 0", 5n],
  ["'A' + 1", 66n],
  ["L'\\xffffffff'", -1n],
  ["U'\\xffffffff'", 0xffff_ffffn],
  ["-(-9223372036854775807)", 0x7fff_ffff_ffff_ffffn],
  ["-9223372036854775807 - 1", -0x8000_0000_0000_0000n],
  ["-1ull", 0xffff_ffff_ffff_ffffn],
  ["1 ? 5 : -(-9223372036854775807 - 1)", 5n],
])("%s is %s", (text, value) => {
  expect(evaluate(text)).toBe(value);
});

test.each([
  ["", "a value is missing at the end"],
  ["1 +", "a value is missing at the end"],
  ["(1", "')' is missing"],
  ["1 2", "'2' is not expected here"],
  ["sizeof(int)", "neither an enumerator nor"],
  ["1 / 0", "divides by zero"],
  ["1 << 1000000", "does not fit 64 bits"],
  ["1 << 63", "does not fit 64 bits"],
  ["0x7fffffffffffffff * 2", "does not fit 64 bits"],
  ["18446744073709551616", "does not fit 64 bits"],
  ["-(-9223372036854775807 - 1)", "does not fit 64 bits"],
  ["a.b", "a.b is neither an enumerator nor"],
  ["a[b]", "an index is a number in brackets"],
  ["1 @ 2", "'@' is not expected here"],
  ["1 /* 2", "comment is not closed"],
  ["1".repeat(2000), "longer than 1000"],
  ["(".repeat(300), "nests deeper than 100"],
  ["08", "begins with 0 is octal"],
])("%s is refused", (text, message) => {
  expect(() => evaluate(text)).toThrow(message);
});
