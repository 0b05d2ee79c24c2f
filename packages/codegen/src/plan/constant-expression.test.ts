import { expect, test } from "vitest";
import { evaluateConstant } from "./constant-expression.ts";

const names = new Map([
  ["EV_BIT", 3n],
  ["BASE", 16n],
]);
const evaluate = (text: string): bigint => evaluateConstant(text, (name) => names.get(name));

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
])("%s is %s", (text, value) => {
  expect(evaluate(text)).toBe(value);
});

test.each([
  ["", "ends too early"],
  ["1 +", "ends too early"],
  ["(1", "a parenthesis is open"],
  ["1 2", "2 is out of place"],
  ["sizeof(int)", "neither an enumerator nor"],
  ["1 / 0", "divides by zero"],
  ["1 << 1000000", "no constant"],
  ["a.b", "a.b is neither an enumerator nor"],
  ["1".repeat(2000), "longer than 1000"],
  ["08", "begins with 0 is octal"],
])("%s is refused", (text, message) => {
  expect(() => evaluate(text)).toThrow(message);
});
