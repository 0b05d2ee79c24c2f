import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { checkedOptions } from "./checked-options.ts";
import { rbgen } from "./plugin.ts";

test.each([
  [{ declaratoins: "beside" }, /there is no "declaratoins"; .*did you mean "declarations"\?$/],
  [
    { declarations: "arbitary" },
    /declarations is "beside", "arbitrary" or false, not "arbitary"; did you mean "arbitrary"\?$/,
  ],
  [{ declarations: true }, /declarations is "beside", "arbitrary" or false, not true$/],
  [{ declarations: null }, /or false, not null$/],
  [{ include: "*.hh" }, /include is a regular expression, as \/\\\.hh\$\/, not "\*\.hh"$/],
  ["types.h", /its options are an object, not "types.h"$/],
])("options %j are refused as the plugin is made, with what is taken", (given, message) => {
  expect(() => checkedOptions(given as never)).toThrow(message);
  expect(() => rbgen.rollup(given as never)).toThrow(/^unplugin-rbgen: /);
});

test("options that there are, of no value or of another realm, are taken", () => {
  const include = runInNewContext("/\\.hh$/") as RegExp;
  expect(checkedOptions({ include, declarations: false })).toEqual({ include, declarations: false });
  expect(() => rbgen.rollup({ config: undefined, include: undefined, declarations: undefined } as never)).not.toThrow();
  expect(() => rbgen.rollup()).not.toThrow();
});

test("a pattern that keeps where it was takes each path by itself", () => {
  const plugin = rbgen.raw({ include: /\.hh$/g }, { framework: "rollup" } as never);
  const { loadInclude } = plugin as unknown as { loadInclude: (id: string) => boolean };
  expect(["/a.hh", "/b.hh", "/c.hh"].map((path) => loadInclude(path))).toEqual([true, true, true]);
});
