import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../../dist/cli/start.cjs", import.meta.url));
let folder = "";
let running: Watched | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-watch-"));
});
afterEach(async () => {
  await running?.end("SIGKILL");
  running = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const read = (path: string): string => readFileSync(join(folder, path), "utf8");

/** A running `rbgen --watch`, of which each text is waited for that it prints. */
class Watched {
  text = "";
  #from = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string | null>;
  #look: () => void = () => undefined;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [bin, "--watch", ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      this.#look();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        resolve(code ?? signal);
        this.#look();
      });
    });
    running = this;
  }

  /** What was printed since the last such call, up to `wanted`. */
  async until(wanted: RegExp): Promise<string> {
    for (;;) {
      const found = wanted.exec(this.text.slice(this.#from));
      if (found !== null) {
        const end = this.#from + found.index + found[0].length;
        const text = this.text.slice(this.#from, end);
        this.#from = end;
        return text;
      }
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.#child.kill(signal);
    return await this.#ended;
  }
}

const watching = /watching \d+ files?\n/;
const event = (member: string): string => `struct event { unsigned ${member}; };\n`;

describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "rbgen --watch" : "rbgen --watch [needs a build (npm test)]",
  () => {
    test("generates anew when an input or a header that it includes is written, and nothing else", async () => {
      write("inc/b.h", "struct b { int x; };\n");
      write("a.h", `#include "b.h"\nstruct event { struct b b; };\n`);
      write("other.h", event("z"));
      const run = new Watched(["a.h", "other.h", "-I", "inc"]);
      expect(await run.until(watching)).toMatch(/a\.h → a\.gen\.ts.*other\.h → other\.gen\.ts.*watching 3 files\n/s);
      write("inc/b.h", "struct b { int changed_here; };\n");
      expect(await run.until(watching)).toMatch(/^inc\/b\.h changed\na\.h → a\.gen\.ts {2}\d.*\nother.* unchanged/);
      expect(read("a.gen.ts")).toContain("changedHere");
      write("unrelated.txt", "x");
      write("a.h", `#include "b.h"\nstruct event { struct b b; int second; };\n`);
      expect(await run.until(watching)).toMatch(/^a\.h changed\n/);
      // Nothing is cleared, and nothing is written to the terminal but lines.
      expect(run.text).not.toContain("\u001b");
      expect(await run.end("SIGINT")).toBe(0);
    });

    test("goes on after errors, and tells of the next success", async () => {
      write("a.h", event("x"));
      const run = new Watched(["a.h"]);
      await run.until(watching);
      write("a.h", "struct event { nosuch x; };\n");
      expect(await run.until(watching)).toContain("a.h:1:16: error RB");
      expect(read("a.gen.ts")).toContain("readonly x: number");
      rmSync(join(folder, "a.h"));
      expect(await run.until(watching)).toContain("RB5001");
      write("a.h", event("again"));
      expect(await run.until(watching)).toMatch(/a\.h → a\.gen\.ts/);
      expect(read("a.gen.ts")).toContain("again");
      expect(await run.end("SIGTERM")).toBe(0);
    });

    test.each(["SIGINT", "SIGTERM"] as const)(
      "ends at once by %s while it generates, as while it waits",
      async (signal) => {
        write("a.h", event("x"));
        write(
          "rbgen.config.mjs",
          'console.error("evaluated"); export default await new Promise((end) => setTimeout(end, 1e9));',
        );
        const run = new Watched(["a.h"]);
        await run.until(/evaluated/);
        expect(await run.end(signal)).toBe(0);
      },
    );

    test("waits for no pipe", async () => {
      write("a.h", event("x"));
      spawnSync("sh", ["-c", "mkfifo slow.h"], { cwd: folder });
      const run = new Watched(["a.h", "slow.h"]);
      expect(await run.until(watching)).toContain("slow.h: it is a pipe or a device, and --watch is for files");
      expect(await run.end("SIGINT")).toBe(0);
    });

    test("evaluates the configuration no more while it and what it imports stay as they are", async () => {
      write("a.h", event("x"));
      write("types.mjs", "export const types = ['event'];\n");
      write(
        "rbgen.config.mjs",
        'import { types } from "./types.mjs"; console.error("evaluated"); export default { types };',
      );
      const run = new Watched(["a.h"]);
      expect(await run.until(watching)).toContain("evaluated");
      write("a.h", event("again"));
      expect(await run.until(watching)).not.toContain("evaluated");
      write("types.mjs", "export const types = ['struct event'];\n");
      expect(await run.until(watching)).toContain("evaluated");
      expect(await run.end("SIGINT")).toBe(0);
    });

    test("starts with an error, and with a file that is not there yet", async () => {
      const run = new Watched(["later/a.h"]);
      expect(await run.until(watching)).toContain("RB5001");
      write("later/a.h", event("x"));
      await run.until(/later\/a\.gen\.ts/);
      await run.until(watching);
      expect(await run.end("SIGINT")).toBe(0);
    });

    test("survives editors that replace a file by another, and folders that vanish, are moved and come back", async () => {
      write("dir/sub/a.h", event("x"));
      const run = new Watched(["dir/sub/a.h", "-o", "out.ts"]);
      await run.until(watching);
      for (const member of ["one", "two", "three"]) {
        write("dir/sub/.a.h.swp", event(member));
        renameSync(join(folder, "dir/sub/.a.h.swp"), join(folder, "dir/sub/a.h"));
        await run.until(/→ out\.ts/);
        await run.until(watching);
        expect(read("out.ts")).toContain(`readonly ${member}: number`);
      }
      rmSync(join(folder, "dir"), { recursive: true });
      await run.until(/RB5001/);
      await run.until(watching);
      write("dir/sub/a.h", event("back"));
      await run.until(/→ out\.ts/);
      await run.until(watching);
      renameSync(join(folder, "dir"), join(folder, "moved"));
      await run.until(/RB5001/);
      await run.until(watching);
      renameSync(join(folder, "moved"), join(folder, "dir"));
      await run.until(/→ out\.ts/);
      await run.until(watching);
      write("dir/sub/a.h", event("last"));
      await run.until(/dir\/sub\/a\.h changed/);
      await run.until(watching);
      expect(read("out.ts")).toContain("last");
    });

    test("sees a header that would be found first now, and one that was missing", async () => {
      write("second/b.h", "struct b { int second; };\n");
      mkdirSync(join(folder, "first"));
      write("a.h", `#include <b.h>\nstruct event { struct b b; };\n`);
      const run = new Watched(["a.h", "-I", "first", "-I", "third", "-I", "second"]);
      await run.until(watching);
      expect(read("a.gen.ts")).toContain("second");
      write("third/b.h", "struct b { int third; };\n");
      // The folder may be seen before the file in it.
      await run.until(/third(?:\/b\.h)? changed/);
      await run.until(/a\.gen\.ts {2}1 record, \d/);
      await run.until(watching);
      expect(read("a.gen.ts")).toContain("third");
      write("first/b.h", "struct b { int first; };\n");
      await run.until(/first\/b\.h changed/);
      await run.until(watching);
      expect(read("a.gen.ts")).toContain("readonly first");
      rmSync(join(folder, "first/b.h"));
      await run.until(/first\/b\.h changed/);
      await run.until(watching);
      expect(read("a.gen.ts")).toContain("third");
    });

    test("sees what links lead to: written there, led elsewhere, and not there yet", async () => {
      write("far/b.h", "struct b { int first; };\n");
      write("a.h", `#include "inc/one.h"\nstruct event { struct b b; };\n`);
      mkdirSync(join(folder, "inc"));
      symlinkSync("../near.h", join(folder, "inc/one.h"));
      symlinkSync("far/b.h", join(folder, "near.h"));
      const run = new Watched(["a.h"]);
      await run.until(watching);
      const next = async (member: string): Promise<void> => {
        await run.until(/a\.gen\.ts {2}1 record, \d/);
        await run.until(watching);
        expect(read("a.gen.ts")).toContain(`readonly ${member}: number`);
      };
      write("far/b.h", "struct b { int second; };\n");
      await next("second");
      rmSync(join(folder, "near.h"));
      symlinkSync("other/b.h", join(folder, "near.h"));
      await run.until(/RB1001/);
      await run.until(watching);
      write("other/b.h", "struct b { int third; };\n");
      await next("third");
      expect(await run.end("SIGINT")).toBe(0);
    });

    test.each(["ts", "js", "mjs"])(
      "sees what the configuration (%s) imports, in whatever form, and evaluates all of it anew",
      async (form) => {
        write("package.json", '{ "type": "module" }');
        write("src/a.h", "struct event { unsigned long long snake_case; };\n");
        write("conf/inputs.js", 'import { names } from "./names.mjs";\nexport const inputs = names;\n');
        write("conf/names.mjs", 'export const names = ["src/*.h"];\n');
        write("conf/case.cjs", 'module.exports = "camel";\n');
        write("conf/form.json", '{ "int64": "number" }\n');
        write(
          `rbgen.config.${form}`,
          `import { inputs } from "./conf/inputs.js";
import style from "./conf/case.cjs";
import options from "./conf/form.json" with { type: "json" };
export default { inputs, case: style, ...options };
`,
        );
        const run = new Watched([]);
        await run.until(watching);
        expect(read("src/a.gen.ts")).toContain("readonly snakeCase: number");
        const next = async (changed: string): Promise<string> => {
          await run.until(new RegExp(`${changed.replaceAll(".", "\\.")} changed`));
          return await run.until(watching);
        };
        write("conf/form.json", '{ "int64": "bigint" }\n');
        await next("conf/form.json");
        expect(read("src/a.gen.ts")).toContain("readonly snakeCase: bigint");
        write("conf/case.cjs", 'module.exports = "preserve";\n');
        await next("conf/case.cjs");
        expect(read("src/a.gen.ts")).toContain("readonly snake_case: bigint");
        rmSync(join(folder, "conf/names.mjs"));
        expect(await next("conf/names.mjs")).toContain("RB5007");
        write("src/b.h", event("x"));
        write("conf/names.mjs", 'export const names = ["src/b.h", "src/a.h"];\n');
        expect(await next("conf/names.mjs")).toMatch(/b\.h → src\/b\.gen\.ts/);
        write("conf/names.mjs", "export const names = [() => 1];\n");
        expect(await next("conf/names.mjs")).toMatch(/RB5007.*could not be cloned/);
        write("conf/names.mjs", "await new Promise(() => undefined);\nexport const names = [];\n");
        expect(await next("conf/names.mjs")).toMatch(/RB5007.*awaits what never comes/);
        // A write that is seen in two steps is generated for twice: then the signal may come in between.
        expect([0, "SIGINT"]).toContain(await run.end("SIGINT"));
      },
    );

    test.each([["json"], ["ts"]])(
      "follows the configuration (%s): one that is written, changed, and takes more inputs by a pattern",
      async (form) => {
        write("src/a.h", event("x"));
        const file = `rbgen.config.${form}`;
        const config = (value: object): void =>
          write(file, `${form === "ts" ? "export default " : ""}${JSON.stringify(value)}\n`);
        config({ inputs: ["src/*.h"] });
        const run = new Watched([]);
        await run.until(watching);
        expect(read("src/a.gen.ts")).toContain("readonly x: number");
        config({ inputs: ["src/*.h"], case: "nonsense" });
        expect(await run.until(watching)).toContain("RB5008");
        config({ inputs: ["src/**/*.h"], int64: "number" });
        await run.until(/rbgen\.config\.\w+ changed/);
        await run.until(watching);
        write("src/deep/b.h", "struct b { unsigned long long n; };\n");
        await run.until(/deep\/b\.h → src\/deep\/b\.gen\.ts/);
        await run.until(watching);
        expect(read("src/deep/b.gen.ts")).toContain("readonly n: number");
      },
    );

    test("is quiet where it is asked to, and as JSON has lines of JSON alone", async () => {
      write("a.h", event("x"));
      const run = new Watched(["a.h", "--diagnostics", "json"]);
      write("a.h", "struct event { nosuch x; };\n");
      await run.until(/\{"schema":1,.*\}\n/);
      await run.end("SIGINT");
      for (const line of run.text.trimEnd().split("\n")) expect(JSON.parse(line)).toMatchObject({ schema: 1 });
    });

    test.each([["-"], ["a.h -o -"], ["a.h --json"], ["a.h --check"], ["a.h --dry-run"]])(
      "is refused for `%s`",
      (args) => {
        write("a.h", event("x"));
        const done = spawnSync(process.execPath, [bin, "--watch", ...args.split(" ")], {
          cwd: folder,
          encoding: "utf8",
          input: "",
        });
        expect([done.status, done.stderr]).toEqual([2, expect.stringMatching(/^error: --watch /)]);
      },
    );
  },
);
