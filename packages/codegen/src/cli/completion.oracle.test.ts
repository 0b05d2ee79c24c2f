import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-completion-"));
  for (const shell of ["bash", "zsh", "fish"]) {
    const host = new MemoryHost();
    expect(await runCommand(["completion", shell], host)).toBe(0);
    writeFileSync(join(folder, `rbgen.${shell}`), host.out);
  }
  mkdirSync(join(folder, "here"));
  for (const name of ["probe.bpf.c", "types.h", "lay down.h"]) writeFileSync(join(folder, "here", name), "");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Words that a shell offers for the last of `words`. */
const complete: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  bash(words) {
    // COMP_WORDS as bash parts a line, at \`=\` too; without an answer, the names of files are its own.
    const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _rbgen; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(
      execFileSync("bash", ["--norc", "-c", program, "bash", join(folder, "rbgen.bash"), ...words], {
        cwd: join(folder, "here"),
        encoding: "utf8",
      }),
    );
  },
  fish(words) {
    const line = words.join(" ");
    const program = `source ${join(folder, "rbgen.fish")}; complete --do-complete=${JSON.stringify(line)}`;
    const text = execFileSync("fish", ["--no-config", "-c", program], { cwd: join(folder, "here"), encoding: "utf8" });
    return lines(text).map((each) => each.split("\t")[0]!);
  },
  zsh(words) {
    // A shell in a terminal of its own, which lists what it would complete, asked once its editor reads keys. What it echoes of
    // a line is not what it prints.
    const script = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; cd ${join(folder, "here")}; autoload -Uz compinit; compinit -u -d ${join(folder, "dump")}; source ${join(folder, "rbgen.zsh")}; LISTMAX=1000; bindkey "^I" list-choices; zle-line-init() { print -r -- RE""ADY }; zle -N zle-line-init'
zpty -r -m shell out '*READY*'
zpty -n -w shell "$1"$'\\t'
zpty -n -w shell $'\\C-u'"print -r -- DO"'""'"NE"$'\\n'
zpty -r -m shell out '*DONE*'
print -r -- "$out"`;
    writeFileSync(join(folder, "ask.zsh"), script);
    const text = execFileSync("zsh", ["-f", join(folder, "ask.zsh"), words.join(" ")], { encoding: "utf8" });
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[A-Za-z]`, "g");
    const plain = text.replace(escapes, "").replace(/\r/g, "\n");
    return [...plain.matchAll(/(?:^|\s)(-{0,2}[\w.:-]+)/g)].map(([, word]) => word!);
  },
};

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function testCompletion(shell: string): void {
  test("offers commands, options and choices", () => {
    const of = complete[shell]!;
    expect(of(["rbgen", "la"])).toContain("layout");
    expect(of(["rbgen", "--dep"])).toContain("--depfile");
    expect(of(["rbgen", "layout", "--sv"])).toContain("--svg");
    expect(of(["rbgen", "layout", "--dep"])).not.toContain("--depfile");
    const choices = of(["rbgen", "types.h", "--int64", ""]);
    expect(choices).toContain("bigint");
    expect(choices).toContain("number");
    expect(of(["rbgen", "types.h", "--only", ""]).map((word) => word.trim())).toEqual(
      expect.arrayContaining(["decode", "views", "encode", "json", "columns"]),
    );
    expect(of(["rbgen", "types.h", "--only", "decode,vi"]).join(" ")).toMatch(/\bviews\b/);
    expect(of(["rbgen", "types.h", "--only", "decode,vi"]).join(" ")).not.toMatch(/columns/);
    expect(of(["rbgen", "explain", "RB20"])).toContain("RB2002");
    expect(of(["rbgen", "hel"])).toContain("help");
    expect(of(["rbgen", "help", "anno"])).toContain("annotate");
    expect(of(["rbgen", "completion", ""])).toEqual(expect.arrayContaining(["bash", "fish", "zsh"]));
  });
}

describe("completion in bash", () => testCompletion("bash"));
describeWith(["zsh"], "completion in zsh", () => testCompletion("zsh"));
describeWith(["fish"], "completion in fish", () => testCompletion("fish"));

test("bash completes behind =, names of files with spaces, and leaves other words to its own way", () => {
  const of = complete["bash"]!;
  expect(of(["rbgen", "--int64", "=", "b"])).toEqual(["bigint"]);
  expect(of(["rbgen", "--int64", "="])).toEqual(["bigint", "number"]);
  expect(of(["rbgen", "lay"]).sort()).toEqual(["lay down.h", "layout"]);
  expect(of(["rbgen", "x.h", "pro"])).toEqual([]);
  expect(of(["rbgen", "layout", "-o"])).toEqual([]);
});

test("a shell that is not known is told which are", async () => {
  const host = new MemoryHost();
  expect(await runCommand(["completion", "tcsh"], host)).toBe(2);
  expect(host.err).toContain('error: there is no completion for "tcsh": it is for bash, zsh, fish');
});
