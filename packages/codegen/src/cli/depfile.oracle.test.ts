import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { depfileText } from "./depfile.ts";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-depfile-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** The prerequisites as they stand in a rule, escapes and all. */
function prerequisites(rule: string): string[] {
  const text = rule.replace(/\\\n/g, " ");
  const colon = text.indexOf(": ");
  return [
    ...text
      .slice(colon + 2)
      .trim()
      .matchAll(/(?:\\.|[^\s\\])+/g),
  ].map(([name]) => name);
}

function gccRule(input: string, flags: readonly string[] = []): string {
  return execFileSync("gcc", ["-fsyntax-only", "-MM", ...flags, input], { cwd: folder, encoding: "utf8" });
}

describeWith(["gcc"], "--depfile", () => {
  describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
    built ? "of the built command" : "of the built command [needs a build (npm test)]",
    () => {
      test("names the files that gcc names, escaped as gcc does", () => {
        write("odd $dir/a #1.h", '#include "in c.h"\n#include "sub/b$$.h"\nstruct event { struct b b; };\n');
        write("odd $dir/in c.h", "struct c { int x; };\n");
        write("odd $dir/sub/b$$.h", '#include "../../up\\\\ side.h"\nstruct b { int x; };\n');
        write("up\\\\ side.h", "struct up { int x; };\n");
        const input = "odd $dir/a #1.h";
        const done = spawnSync(process.execPath, [bin, input, "-o", "out $1.ts", "--depfile", "out.d"], {
          cwd: folder,
          encoding: "utf8",
        });
        expect(done.stderr + done.status).toMatch(/1 record.*0$/s);
        const rule = readFileSync(join(folder, "out.d"), "utf8");
        expect(rule.startsWith("out\\ $$1.ts: ")).toBe(true);
        const plain = (names: string[]) => names.map((name) => posix.normalize(name)).sort();
        expect(plain(prerequisites(rule))).toEqual(plain(prerequisites(gccRule(input))));
      });

      test("names headers of -I, forced ones and those of several inputs, a rule for each output", () => {
        write("inc/x.h", "struct x { int x; };\n");
        write("force.h", "#define N 3\n");
        write("a.h", '#include "x.h"\nstruct a { struct x x; char c[N]; };\n');
        write("b.h", "struct b { char c[N]; };\n");
        const flags = ["-I", "inc", "-include", "force.h"];
        spawnSync(process.execPath, [bin, "a.h", "b.h", ...flags, "--depfile", "all.d"], { cwd: folder });
        const [a = "", b = "", end] = readFileSync(join(folder, "all.d"), "utf8").split(/(?<!\\)\n/);
        expect(end).toBe("");
        expect([a.split(": ")[0], b.split(": ")[0]]).toEqual(["a.gen.ts", "b.gen.ts"]);
        expect(prerequisites(a).sort()).toEqual(
          prerequisites(gccRule("a.h", flags))
            .filter((name) => !name.startsWith("/"))
            .sort(),
        );
        expect(prerequisites(b).sort()).toEqual(["b.h", "force.h"]);
      });

      test("tells make when to generate anew", () => {
        write("in c.h", "struct c { int x; };\n");
        write("a.h", '#include "in c.h"\nstruct event { struct c c; };\n');
        write(
          "Makefile",
          `a.gen.ts: a.h\n\t"${process.execPath}" "${bin}" a.h -q --depfile a.d\n\t@touch a.gen.ts\n-include a.d\n`,
        );
        const make = () => execFileSync("make", { cwd: folder, encoding: "utf8" });
        expect(make()).toContain("a.h -q");
        expect(make()).toContain("up to date");
        const { mtimeMs } = statSync(join(folder, "a.gen.ts"));
        // Older by a minute than what it is made of, as far as make sees.
        utimesSync(join(folder, "a.gen.ts"), mtimeMs / 1000 - 60, mtimeMs / 1000 - 60);
        utimesSync(join(folder, "a.h"), mtimeMs / 1000 - 120, mtimeMs / 1000 - 120);
        expect(make()).toContain("a.h -q");
      });
    },
  );

  test("escapes any name as gcc does", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", " ", "\t", "$", "#", "\\", "%", "é"),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(name, (text) => {
        const file = `x${text}.h`;
        write(file, "");
        const rule = depfileText([{ outputs: ["out.ts"], inputs: [file] }], folder);
        const theirs = execFileSync("gcc", ["-fsyntax-only", "-MM", "-MT", "out.ts", file], {
          cwd: folder,
          encoding: "utf8",
        });
        expect(rule).toBe(theirs.replace(/ \\\n /g, " "));
      }),
      { numRuns: 40 },
    );
  });
});
