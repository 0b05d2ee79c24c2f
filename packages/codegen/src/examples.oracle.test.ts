import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { realHost } from "./cli/host/machine.ts";
import { runCommand } from "./cli/program.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

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

describeWith(["clang", "libbpf"], "the programs of examples/", () => {
  test.each([
    ["execs", ["execs: struct exec_event, sent at"], ["execs: execEvent"]],
    ["files", ["files: struct opened, struct closed, reserved at"], ["files: files"]],
    [
      "commands",
      ["commands: struct command, received at", "answers: struct answer, sent at"],
      ["commands: command", "answers: answer"],
    ],
  ])("%s has all of its maps typed, with no flag", async (name, lines, codecs) => {
    const path = `examples/src/${name}.bpf.c`;
    compileBpf(readFileSync(root + path, "utf8"), "little", [`-I${root}examples/include`]);
    const { code, out, err } = await rbgen(path, "-o", "-");
    expect([code, err]).toEqual([0, expect.not.stringMatching(/warning|error/)]);
    for (const line of lines) expect(err).toContain(line);
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
