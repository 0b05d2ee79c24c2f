import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const types = "struct ab { int x; }; struct ac { long x; }; struct ad { int x; }; struct holds { struct ad ad; };\n";

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const host = new MemoryHost({ files: { "/w/a.h": types, "/w/b.h": types.replace("long x", "int x") } });
  const code = await runCommand(args, host);
  return { code, out: host.out, err: host.err };
}

const structs = (text: string): string[] => [...text.matchAll(/^ *struct (\w+)/gm)].map(([, name]) => name!);

test.each([
  ["a[bc]", ["ab", "ac"]],
  ["a[!bc]", ["ad"]],
  ["a?", ["ab", "ac", "ad"]],
  ["*s", ["holds"]],
  ["struct a*", ["ab", "ac", "ad"]],
])("--type %s asks every command for the same types", async (glob, names) => {
  const layout = await run("layout", "a.h", "--type", glob);
  expect([layout.code, structs(layout.out)]).toEqual([0, names]);
  const listed = await run("list", "a.h", "--type", glob, "--json");
  const { inputs } = JSON.parse(listed.out) as { inputs: { types: { name: string }[] }[] };
  expect([listed.code, inputs[0]?.types.map(({ name }) => name)]).toEqual([0, names]);
  const compared = await run("diff", "a.h", "b.h", "--type", glob);
  const differ = names.filter((name) => name === "ac").length;
  expect([compared.code, compared.out.trimEnd().split("\n").at(-1)]).toEqual([
    differ === 0 ? 0 : 3,
    `${differ} of ${names.length} types differ`,
  ]);
  const made = await run("a.h", "--type", glob, "-o", "-");
  const records = [...made.out.matchAll(/^export const (\w+): GeneratedCodec/gm)].map(([, name]) => name);
  expect([made.code, records.sort()]).toEqual([0, names]);
});

test.each(["layout", "list", "diff", ""])(
  "a name that is not there is an error of %s, and a glob that matches nothing too",
  async (command) => {
    for (const missing of ["nosuch", "x[yz]", "union a?"]) {
      const inputs = command === "diff" ? ["a.h", "b.h"] : ["a.h"];
      const { code, err } = await run(...(command === "" ? [] : [command]), ...inputs, "--type", missing);
      expect([code, err]).toEqual([1, expect.stringContaining("RB5004")]);
    }
  },
);

test.each(["layout", "list", "diff", ""])(
  "a glob that matches nothing of %s brings what may have been meant",
  async (command) => {
    const inputs = command === "diff" ? ["a.h", "b.h"] : ["a.h"];
    const { err } = await run(...(command === "" ? [] : [command]), ...inputs, "--type", "hodls*");
    expect(err).toContain('did you mean "holds"?');
  },
);
