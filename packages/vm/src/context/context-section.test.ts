import { programSections } from "@rbgen/btf";
import { expect, test } from "vitest";
import { sectionTypes } from "./context-section.ts";

test("the sections that a misspelt one is compared with are those of which programs are run here", () => {
  const known = [...sectionTypes().values()].flatMap(({ prefixes }) => prefixes);
  expect([...programSections].sort()).toEqual(known.sort());
});
