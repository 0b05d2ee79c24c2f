import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type GenerateOptions, generate } from "../generate.ts";
import type { TypeModule } from "../module.ts";
import { run } from "./testing/load.ts";
import * as t from "./testing/types.ts";

// Text of an input is data wherever it is written: a file made from hostile text has the statements of one made from
// harmless text, and does nothing but declare them.

/** Places of a module that hold text of the input. */
const places = 40;

/** A module with text in every place that an input can put one. */
function moduleWith(text: (place: number) => string): TypeModule {
  let place = 0;
  const next = (): string => text(place++);
  const doc = (): { doc: string } => ({ doc: next() });
  const color = t.enumeration(next(), { [next()]: 1n, [next()]: 2n }, doc());
  const held = t.union(next(), 4, [t.member(next(), t.u32, 0, doc()), t.member(next(), color, 0)], doc());
  const inner = t.struct(next(), 8, [t.member(next(), held, 0), t.member(next(), t.u32, 4, doc())], doc());
  const named = next();
  const tagMember = next();
  const told = t.struct(next(), 16, [
    t.member(tagMember, t.u32, 0),
    t.member(
      next(),
      t.union(next(), 8, [
        t.member(`${next()}1`, inner, 0, { tags: ["rbgen:variant=1"], ...doc() }),
        t.member(`${next()}2`, t.u64, 0, { tags: ["rbgen:variant=2"] }),
      ]),
      8,
      { tags: ["rbgen:tag=tag"] },
    ),
    t.member("tag", t.u32, 4),
  ]);
  const counted = t.struct(next(), 4, [
    t.member("len", t.u32, 0),
    t.member(next(), t.array(t.u8, 0), 4, { tags: ["rbgen:length=len"], ...doc() }),
  ]);
  const variants = [1, 2].map((value) =>
    t.struct(next(), 8, [t.member("type", t.u32, 0, doc()), t.bitField(next(), t.u32, 32, 3)], {
      tags: ["rbgen:tag=type", `rbgen:variant=${value}`, `rbgen:record=${named.replace(/[;,]/g, "")}`],
      ...doc(),
    }),
  );
  const scalar = t.typedef(next(), t.array(t.u32, 2));
  const variable = { kind: "var", name: next(), type: t.u32, linkage: "global" } as const;
  const types = [color, held, inner, told, counted, ...variants, scalar];
  return t.moduleOf(types, {
    name: next(),
    constants: [
      { name: next(), value: next(), doc: next() },
      { name: next(), value: 7n, enumerator: true },
    ],
    maps: [{ name: next(), type: "ringbuf", maxEntries: 4096, mapFlags: 0 }],
    programs: [{ name: next(), section: next() }],
    sections: [t.sectionOf(".data", [variable])],
    provenance: [next()],
  });
}

const options: GenerateOptions = { types: [], all: true, maps: {}, int64: "bigint", case: "camel", version: "0" };

async function generated(module: TypeModule, nameCase: GenerateOptions["case"]): Promise<string> {
  const errors: Diagnostic[] = [];
  const file = await generate(module, { ...options, case: nameCase }, (d) => {
    if (d.severity === "error") errors.push(d);
  });
  expect(errors).toEqual([]);
  return file?.text ?? "";
}

function statementsOf(text: string): ts.SyntaxKind[] {
  const source = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: readonly ts.Diagnostic[] };
  expect(parseDiagnostics.map(({ messageText }) => messageText)).toEqual([]);
  return source.statements.map(({ kind }) => kind);
}

const attacks = [
  "*/globalThis.PWNED=1;/*",
  "*/",
  "\\",
  '"',
  "'",
  "`",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what would be one in a template
  "${globalThis.PWNED=1}",
  "\n",
  "\r",
  "\u2028globalThis.PWNED=1",
  "\u2029",
  "\u0000",
  "\u0085",
  "\u007f",
  "\u009b31m",
  "\u202e",
  "\u2066",
  "\ufeff",
  "\ud800",
  "]: 1, [globalThis.PWNED = 1",
  "};globalThis.PWNED=1;//",
  "(",
  "<!--",
  "-->",
  "#!",
  "//",
  "@deprecated",
  "{@link x}",
  "$",
  "é",
  "𝒳",
  " ",
  ".",
  "-",
  "__proto__",
  "constructor",
  "eval",
  "1",
  "kind",
  "type",
];

const hostile = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...attacks) }, fc.string({ unit: "binary", maxLength: 6 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(""))
  // No text at all is an anonymous member or type, which has other statements.
  .filter((text) => text !== "");

/** What a source file shows other than it says. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

test("a string that ends in a backslash does not turn those behind it into comments", async () => {
  const texts = (place: number): string => `n${place}${["\\\\", "/*"][place % 2]}`;
  expect(statementsOf(await generated(moduleWith(texts), "camel"))).toEqual(
    statementsOf(
      await generated(
        moduleWith((place) => `name_${place}_x`),
        "camel",
      ),
    ),
  );
});

test("text of an input is data in every place of a generated file", async () => {
  const harmless = {
    camel: statementsOf(
      await generated(
        moduleWith((place) => `name_${place}_x`),
        "camel",
      ),
    ),
    preserve: statementsOf(
      await generated(
        moduleWith((place) => `name_${place}_x`),
        "preserve",
      ),
    ),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(hostile, { minLength: places + 20, maxLength: places + 20 }),
      fc.constantFrom("camel", "preserve"),
      async (texts, nameCase) => {
        const text = await generated(
          moduleWith((place) => `${texts[place]}`),
          nameCase,
        );
        expect(statementsOf(text)).toEqual(harmless[nameCase]);
        expect(unseen.exec(text)).toBeNull();
        const before = Object.getOwnPropertyNames(globalThis);
        run(text);
        expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
      },
    ),
    { numRuns: process.env["RBGEN_LONG"] === undefined ? 20 : 400, endOnFailure: true },
  );
});
