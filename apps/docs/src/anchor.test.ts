import { expect, test } from "vitest";
import { anchorOf } from "./anchor.ts";

test.each([
  ["3.7 Overwrite mode, from 6.19 on", "37-overwrite-mode-from-619-on"],
  ["What `@rbgen/vm` has", "what-rbgenvm-has"],
  ["rbgen_config — a - b", "rbgen_config--a---b"],
  ["Größe", "größe"],
])("the anchor of %j is %j", (heading, anchor) => {
  expect(anchorOf(heading)).toBe(anchor);
});
