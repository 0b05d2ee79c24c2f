import { expect, test } from "vitest";
import { identifier, memberScope, named } from "../plan/names.ts";
import { code } from "./code.ts";
import { commentText, propertyKey, quote } from "./text.ts";

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
  // @ts-expect-error: no name before `identifier` has made it one
  named`read${given}`;
  // @ts-expect-error: nor does a scope take it as one
  memberScope().take(given);
});

test("a text reaches generated code by the function of its place", () => {
  expect(code`/** ${commentText(given)} */`).toBe("/** *\\/globalThis.PWNED=1;/* */");
  expect(code`${quote(given)}`).toBe('"*/globalThis.PWNED=1;/*"');
  expect(code`{ ${propertyKey(given)}: 1 }`).toBe('{ "*/globalThis.PWNED=1;/*": 1 }');
  expect(code`const ${identifier(given)} = 1;`).toMatch(/^const [\w$]+ = 1;$/);
});

test("words of ours, numbers and code are put into code as they are", () => {
  const word: "little" | "big" = given === "" ? "little" : "big";
  expect(code`${word} ${1} ${2n} ${true} ${code`\`a\``}`).toBe("big 1 2 true `a`");
});
