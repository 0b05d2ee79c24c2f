import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { realHost } from "./cli/host/machine.ts";
import { runCommand } from "./cli/program.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const target = `-D__TARGET_ARCH_${process.arch === "arm64" ? "arm64" : "x86"}`;

async function rbgen(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const told = { out: "", err: "" };
  const stream = (to: "out" | "err") => ({
    isTTY: false,
    columns: 100,
    write: (text: string): void => {
      told[to] += text;
    },
  });
  const code = await runCommand(args, { ...realHost(), cwd: root, stdout: stream("out"), stderr: stream("err") });
  return { code, ...told };
}

/** Of each program, the lines that are printed, and the codecs of its maps; an iterator's goes by its own name. */
const programs: readonly (readonly [name: string, lines: readonly string[], codecs: readonly string[]])[] = [
  ["execs", ["execs: struct exec_event, sent at"], ["execs: execEvent"]],
  ["files", ["files: struct opened, struct closed, reserved at"], ["files: files"]],
  [
    "commands",
    ["commands: struct command, received at", "answers: struct answer, sent at"],
    ["commands: command", "answers: answer"],
  ],
  ["tasks", ["tasks: struct task, written at"], []],
  ["allocations", ["allocations: struct allocation, reserved at"], ["allocations: allocation"]],
  ["requests", ["requests: struct request, sent at"], ["requests: request"]],
];

describeWith(["clang", "libbpf"], "the programs of examples/", () => {
  test("are all tried", () => {
    const files = readdirSync(`${root}examples/src`);
    expect(files.sort()).toEqual(programs.map(([name]) => `${name}.bpf.c`).sort());
  });

  test.each(programs)("%s has all of its maps typed, with no flag", async (name, lines, codecs) => {
    const path = `examples/src/${name}.bpf.c`;
    compileBpf(readFileSync(root + path, "utf8"), "little", [`-I${root}examples/include`, target]);
    const { code, out, err } = await rbgen(path, "-o", "-");
    expect([code, err]).toEqual([0, expect.not.stringMatching(/warning|error/)]);
    for (const line of lines) expect(err).toContain(line);
    // Each map that carries records has a codec.
    const carriers = [
      ...out.matchAll(/^ {2}\w+: \{ name: "(\w+)", type: "(?:ringbuf|user_ringbuf|perf_event_array)"(.*)\}/gm),
    ];
    expect(carriers.map(([, map]) => map).sort()).toEqual(codecs.map((codec) => codec.split(": ")[0]).sort());
    for (const [, , rest] of carriers) expect(rest).toMatch(/codec: (?!undefined)\w/);
    expect(out).toMatch(/^export const \w+: GeneratedCodec</m);
    for (const codec of codecs) {
      const [map, own] = codec.split(": ");
      expect(out).toMatch(new RegExp(`^  ${map}: \\{.*codec: ${own} \\}`, "m"));
    }
  });

  test("the line of their README is what is printed", async () => {
    const { err } = await rbgen("examples/src/execs.bpf.c", "-o", "-");
    const [, shown = ""] =
      /\$ npx rbgen \S+ -o -\n([\s\S]*?)```/.exec(readFileSync(`${root}examples/README.md`, "utf8")) ?? [];
    expect(shown).not.toBe("");
    expect(err).toContain(shown);
  });
});
