import { expect, test } from "vitest";
import { identifier, memberScope, named } from "../plan/names.ts";
import {
  binary,
  block,
  type Code,
  code,
  commentText,
  local,
  mentions,
  operand,
  propertyKey,
  quote,
  textOf,
} from "./code.ts";

const given: string = "*/globalThis.PWNED=1;/*";

test("a text of an input does not compile where generated code is made", () => {
  // @ts-expect-error: a plain string
  code`/** ${given} */`;
  // @ts-expect-error: a template that holds one
  code`/** ${`struct ${given}` as `struct ${string}`} */`;
  // @ts-expect-error: a plain string beside a word of ours
  code`/** ${given === "" ? "none" : given} */`;
  // @ts-expect-error: what may be missing
  code`${undefined as number | undefined}`;
  // @ts-expect-error: an object, even one whose text is known
  code`${[1, 2]}`;
  // @ts-expect-error: a plain string as a local
  local(given);
  // @ts-expect-error: or as an operand
  binary("+", given, code`1`);
  // @ts-expect-error: or as a line
  block([given]);
  // @ts-expect-error: an object with the members of code
  const made: Code = { operator: undefined, mentions: new Map(), toString: () => given };
  expect(made).toBeDefined();
  // @ts-expect-error: no name before `identifier` has made it one
  named`read${given}`;
  // @ts-expect-error: nor does a scope take it as one
  memberScope().take(given);
});

test("a text reaches generated code by the function of its place", () => {
  expect(textOf(code`/** ${commentText(given)} */`)).toBe("/** *\\/globalThis.PWNED=1;/* */");
  expect(textOf(quote(given))).toBe('"*/globalThis.PWNED=1;/*"');
  expect(textOf(code`{ ${propertyKey(given)}: 1 }`)).toBe('{ "*/globalThis.PWNED=1;/*": 1 }');
  expect(textOf(code`const ${identifier(given)} = 1;`)).toMatch(/^const [\w$]+ = 1;$/);
});

test("words of ours, numbers and code are put into code as they are", () => {
  const word: "little" | "big" = given === "" ? "little" : "big";
  expect(textOf(code`${word} ${1} ${2n} ${true} ${code`\`a\``}`)).toBe("big 1 2 true `a`");
});

test("code knows how often it mentions a local, and not what a text looks like", () => {
  const end = local("end");
  const text = block([code`const ${end} = 1;`, code`read(${binary("-", end, code`8`)}, ${quote("end")}); // end`]);
  expect(mentions(text, end)).toBe(2);
  expect(mentions(text, local("end"))).toBe(0);
});

test.each([
  [binary("+", code`a`, code`b`, code`c`), "a + b + c"],
  [binary("-", code`a`, binary("+", code`b`, code`c`)), "a - (b + c)"],
  [binary("-", binary("-", code`a`, code`b`), code`c`), "a - b - c"],
  [binary("-", code`a`, binary("-", code`b`, code`c`)), "a - (b - c)"],
  [binary("*", binary("+", code`a`, code`b`), code`c`), "(a + b) * c"],
  [binary("+", code`a`, binary("*", code`b`, code`c`)), "a + b * c"],
  [binary("/", code`a`, binary("/", code`b`, code`c`)), "a / (b / c)"],
  [binary("|", binary("<<", code`a`, code`8`), code`b`), "(a << 8) | b"],
  [binary("|", code`a`, binary("|", code`b`, code`c`)), "a | b | c"],
  [binary("!==", binary("&", code`a`, code`1`), code`0`), "(a & 1) !== 0"],
  [binary("&&", binary("!==", code`a`, code`1`), binary("!==", code`a`, code`2`)), "a !== 1 && a !== 2"],
  [binary("||", binary("??", code`a`, code`b`), code`c`), "(a ?? b) || c"],
  [code`f(${binary("??", code`a`, code`b`)})`, "f(a ?? b)"],
  [code`${operand(binary("??", code`a`, code`b`))}.c`, "(a ?? b).c"],
])("operands stand in parentheses where they need them: %#", (joined, text) => {
  expect(textOf(joined)).toBe(text);
});
