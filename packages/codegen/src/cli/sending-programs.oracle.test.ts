import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { type SendingProgram, sendingPrograms, sourceOf } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-sending-"));
  for (const part of ["source", "object"]) mkdirSync(join(folder, part));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a user types it: a file, and nothing else. */
function rbgen(file: string): { code: number | null; err: string; text: string } {
  const done = spawnSync(process.execPath, [bin, file], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "400" },
  });
  const made = join(folder, file.replace(/\.bpf\.[co]$/, ".gen.ts"));
  return { code: done.status, err: done.stderr, text: existsSync(made) ? readFileSync(made, "utf8") : "" };
}

/** Records by map, as the lines of standard error say them. */
function told(err: string): Record<string, string> {
  const lines = err.matchAll(/^(\w+): (.*?), (?:reserved|sent|received|written) at /gm);
  return Object.fromEntries(
    [...lines].map(([, map = "", records = ""]) => [map, records.replaceAll(" (the only struct of that size)", "")]),
  );
}

/** Maps of the generated file that have a codec. */
function typedMaps(text: string): string[] {
  return [...text.matchAll(/^ {2}\w+: \{ name: "(\w+)", type: .*codec: (?!undefined)\w+ \}/gm)].map(
    ([, name = ""]) => name,
  );
}

function whole(sent: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sent).filter(([, records]) => !records.includes("?")));
}

/** Maps in the slots of others carry what those do. */
function withSlots(known: Record<string, string>, { runs = [] }: SendingProgram): Record<string, string> {
  const slots = runs.flatMap(({ slotOf = {} }) => Object.entries(slotOf));
  const held = slots.flatMap(([slot, table]) => (known[table] === undefined ? [] : [[slot, known[table]] as const]));
  return { ...known, ...Object.fromEntries(held) };
}

function check(
  program: SendingProgram,
  known: Readonly<Record<string, string>>,
  run: ReturnType<typeof rbgen>,
  more: readonly string[] = [],
) {
  const { legacy, untagged = [] } = program;
  const expected = withSlots(whole(known), program);
  expect([run.code, told(run.err)]).toEqual([0, expected]);
  // Iterators write on no map, and maps of the old kind are none of libbpf's.
  const maps =
    legacy === true ? [] : Object.keys(expected).filter((name) => name !== "dump" && !untagged.includes(name));
  expect(typedMaps(run.text).sort()).toEqual(maps.sort());
  const warnings = run.err.match(/\bwarning RB\d+/gm) ?? [];
  const expectedToo = [...more, ...untagged.map(() => "RB4008")];
  const others = warnings.filter((one) => !expectedToo.some((code) => one.endsWith(code)));
  expect(warnings.length - others.length).toBe(expectedToo.length);
  expect(others).toHaveLength(
    Object.keys(program.sent).length - Object.keys(whole(known)).length + (legacy === true ? 1 : 0),
  );
}

/** What a command prints, in a folder, without a process of its own. */
async function inFolder(cwd: string, ...args: readonly string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const stream = (write: (text: string) => void) => ({ isTTY: false, columns: 100, write });
  const stdout = stream((text) => {
    out += text;
  });
  const code = await runCommand(args, { ...realHost(), cwd, stdout, stderr: stream(() => {}) });
  return { code, out };
}

describeWith(["clang", "libbpf"], "the configuration that annotate prints", () => {
  test.each(sendingPrograms.map((program, index) => ({ ...program, index })))(
    "changes nothing of what is generated: $title",
    async ({ index, ...program }) => {
      for (const [name, bytes] of [
        ["probe.bpf.c", sourceOf(program)],
        ["probe.bpf.o", compileBpf(sourceOf(program, true))],
      ] as const) {
        const own = join(folder, `annotated-${index}-${name.at(-1)}`);
        mkdirSync(own);
        writeFileSync(join(own, name), bytes);
        const plain = await inFolder(own, name, "-o", "-");
        const config = join(own, "rbgen.config.ts");
        // As a shell makes it before the command runs.
        writeFileSync(config, "");
        const { code, out } = await inFolder(own, "annotate", name);
        writeFileSync(config, out);
        const fixed = await inFolder(own, "-o", "-");
        expect([plain.code, code, fixed.code]).toEqual([0, 0, 0]);
        expect(fixed.out).toBe(plain.out);
      }
    },
  );
});

// `npm test` builds first; a run of this file alone may have nothing to run.
describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "the built command" : "the built command [needs a build (npm test)]",
  () => {
    describeWith(["clang", "libbpf"], "with a file of a program and no flag", () => {
      test.each(sendingPrograms.map((program, index) => ({ ...program, index })))(
        "types each map that its source and its object send on: $title",
        ({ index, ...program }) => {
          const { sent, byObject = sent, sourceOnly, warned = [], warnedByObject = warned } = program;
          writeFileSync(join(folder, `source/p${index}.bpf.c`), sourceOf(program));
          check(program, sent, rbgen(`source/p${index}.bpf.c`), warned);
          if (sourceOnly === true) return;
          writeFileSync(join(folder, `object/p${index}.bpf.o`), withoutDebugInfo(compileBpf(sourceOf(program, true))));
          check(program, byObject, rbgen(`object/p${index}.bpf.o`), warnedByObject);
        },
      );
    });
  },
);
