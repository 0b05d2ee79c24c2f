import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { typeCheck } from "../emit/testing/type-check.ts";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-bin-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function rbgen(args: readonly string[], input?: string) {
  const done = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 1 << 30,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const header = "struct event { unsigned long long ts; unsigned int pid; char comm[16]; };\n";

test("the stub says what to do where nothing is built", () => {
  const elsewhere = join(folder, "package", "bin");
  mkdirSync(elsewhere, { recursive: true });
  cpSync(bin, join(elsewhere, "rbgen.mjs"));
  const done = spawnSync(process.execPath, [join(elsewhere, "rbgen.mjs")], { encoding: "utf8" });
  expect(done.stderr).toContain("rbgen is not built yet");
  expect(done.status).toBe(70);
});

// `npm test` builds first; a run of this file alone may have nothing to run.
describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "the built command" : "the built command [needs a build (npm test)]",
  () => {
    test.each([["types.h"], ["list", "types.h"], ["--version"]])(
      "says that the working directory is gone: %s",
      (...args) => {
        const gone = join(folder, "gone");
        mkdirSync(gone);
        const script = 'rmdir "$PWD"; exec "$0" "$@"';
        const done = spawnSync("sh", ["-c", script, process.execPath, bin, ...args], { cwd: gone, encoding: "utf8" });
        expect(done.stderr).toMatch(/^error: the working directory is gone: change to one that is there/);
        expect({ code: done.status, out: done.stdout, lines: done.stderr.trimEnd().split("\n").length }).toEqual({
          code: 1,
          out: "",
          lines: 1,
        });
      },
    );

    test.each([
      ["is a promise that nobody settles", "export default new Promise(() => {});"],
      ["awaits one", "await new Promise(() => {}); export default { inputs: [] };"],
      ["awaits one in its getter", "export default { get inputs() { return new Promise(() => {}); } };"],
    ])("does not end well where the configuration %s", (_, text) => {
      writeFileSync(join(folder, "never.config.ts"), text);
      for (const args of [[], ["--check"], ["list", "types.h"]]) {
        const { code, out, err } = rbgen([...args, "--config", "never.config.ts"]);
        expect({ code, out }).toEqual({ code: 1, out: "" });
        expect(err).toMatch(/never\.config\.ts(: inputs)?: error RB500[78]: /);
      }
    });

    test("takes a configuration that is settled late", () => {
      writeFileSync(join(folder, "types.h"), header);
      const text = "export default new Promise((resolve) => setTimeout(resolve, 50, { inputs: ['types.h'] }));";
      writeFileSync(join(folder, "late.config.ts"), text);
      expect(rbgen(["--config", "late.config.ts"])).toMatchObject({ code: 0 });
    });

    test("writes a file whole, keeps its mode, follows a link to it, and leaves nothing beside it", () => {
      writeFileSync(join(folder, "types.h"), header);
      writeFileSync(join(folder, "real.ts"), "old", { mode: 0o640 });
      symlinkSync("real.ts", join(folder, "link.ts"));
      expect(rbgen(["types.h", "-o", "link.ts"])).toMatchObject({ code: 1, out: "" });
      expect(readFileSync(join(folder, "real.ts"), "utf8")).toBe("old");
      // What may read it does not depend on the mask of who generates.
      chmodSync(join(folder, "real.ts"), 0o666);
      expect(rbgen(["types.h", "-o", "link.ts", "--force"])).toMatchObject({ code: 0, out: "" });
      expect(readFileSync(join(folder, "real.ts"), "utf8")).toContain("decodeEvent");
      expect(statSync(join(folder, "real.ts")).mode & 0o777).toBe(0o666);
      expect(lstatSync(join(folder, "link.ts")).isSymbolicLink()).toBe(true);
      expect(execFileSync("ls", ["-A", folder], { encoding: "utf8" })).not.toContain(".tmp");
    });

    test("writes what a link leads to that is not there yet, and makes a folder that is named as one", () => {
      writeFileSync(join(folder, "types.h"), header);
      symlinkSync("later.ts", join(folder, "next.ts"));
      symlinkSync("next.ts", join(folder, "first.ts"));
      expect(rbgen(["types.h", "-o", "first.ts"])).toMatchObject({ code: 0, out: "" });
      expect(readFileSync(join(folder, "later.ts"), "utf8")).toContain("decodeEvent");
      expect(["first.ts", "next.ts"].every((name) => lstatSync(join(folder, name)).isSymbolicLink())).toBe(true);
      expect(rbgen(["types.h", "-o", "made/here/"])).toMatchObject({ code: 0, out: "" });
      expect(readFileSync(join(folder, "made/here/types.gen.ts"), "utf8")).toContain("decodeEvent");
    });

    test("prints the pages of diagnostics and the folder of rbgen.h", () => {
      expect(rbgen(["explain", "RB2002"]).out).toContain("What to do");
      expect(readFileSync(join(rbgen(["include"]).out.trim(), "rbgen.h"), "utf8")).toContain("RB_RECORD");
    });

    test("an input error leaves an old output as it was", () => {
      writeFileSync(join(folder, "bad.h"), "struct a { nosuch x; };\n");
      writeFileSync(join(folder, "bad.gen.ts"), "old");
      expect(rbgen(["bad.h"]).code).toBe(1);
      expect(readFileSync(join(folder, "bad.gen.ts"), "utf8")).toBe("old");
    });

    test("reads standard input, a pipe and a device, and writes to a device", () => {
      expect(rbgen(["-"], header).out).toContain("decodeEvent");
      const command = `cat types.h | "${process.execPath}" "${bin}" /dev/stdin -o /dev/stdout 2>&1 | cat`;
      expect(execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" })).toContain("decodeEvent");
      expect(rbgen(["/dev/null"])).toMatchObject({ code: 1, err: expect.stringContaining("RB5002") });
    });

    test("a reader that goes away is no error", () => {
      const text = execFileSync("sh", ["-c", `"${process.execPath}" "${bin}" --help | head -1; echo done`], {
        encoding: "utf8",
      });
      expect(text).toBe("Usage: rbgen [options] [inputs...]\ndone\n");
    });

    test("a full disk is told, and is an error", () => {
      const command = `"${process.execPath}" "${bin}" --help > /dev/full`;
      const done = spawnSync("sh", ["-c", command], { encoding: "utf8" });
      expect(done.stderr).toContain("cannot write to standard output: ");
      expect(done.status).toBe(1);
    });

    test("doctor answers, with or without @rbgen/native", () => {
      expect([0, 1]).toContain(rbgen(["doctor"]).code);
    });

    describeWith(["clang", "gcc", "vmlinux"], "on what users have", () => {
      test("a header, an object and the kernel's BTF each give a file that type-checks", () => {
        writeFileSync(join(folder, "h.h"), header);
        const source = `${header}
        struct { int (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps"), used));
        struct event *anchor;`;
        writeFileSync(join(folder, "probe.bpf.o"), compileBpf(source));
        expect(rbgen(["h.h"])).toMatchObject({ code: 0 });
        expect(rbgen(["probe.bpf.o", "--map", "events=event"])).toMatchObject({ code: 0 });
        expect(rbgen(["/sys/kernel/btf/vmlinux", "--type", "task_struct"])).toMatchObject({ code: 0 });
        const names = ["h.gen.ts", "probe.gen.ts", "vmlinux.gen.ts"];
        const texts = names.map((name) => readFileSync(join(folder, name), "utf8"));
        for (const text of texts) expect(text).toContain("GeneratedCodec<");
        const files = Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
        expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
      });
    });
  },
);
