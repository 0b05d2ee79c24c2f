import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import latest from "typescript";
import oldest from "typescript-5.4";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const runtime = fileURLToPath(new URL("../../../runtime", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-js-"));
  mkdirSync(join(folder, "node_modules/@rbgen"), { recursive: true });
  symlinkSync(runtime, join(folder, "node_modules/@rbgen/runtime"));
  write("package.json", '{ "type": "module" }');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const read = (path: string): string => readFileSync(join(folder, path), "utf8");

function rbgen(...args: string[]) {
  const env = { ...process.env, NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8", env });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const common = `/* Of all events. */
enum kind { OPEN = 1, CLOSE = 2 };

struct header {
	unsigned long long ts;
	enum kind kind;
	unsigned pid : 24;
	unsigned root : 1;
};
`;

const events = `#include "inc/common.h"

struct event {
	struct header header;
	union {
		unsigned length;
		int error;
	};
	char comm[16];
	unsigned short args[3];
};
`;

/** The lines of C, from 1, on which \`text\` is found. */
function lineOf(file: string, text: string): number {
  return (
    read(file)
      .split("\n")
      .findIndex((line) => line.includes(text)) + 1
  );
}

/** Where the maps say that \`text\` of an output comes from: once for each time that it stands there. */
function originsOf(output: string, text: string | RegExp): string[] {
  const map = new SourceMap(JSON.parse(read(`${output}.map`)));
  const origins: string[] = [];
  read(output)
    .split("\n")
    .forEach((line, row) => {
      for (const { index } of line.matchAll(new RegExp(text, "g"))) {
        const entry = map.findEntry(row, index);
        if (!("originalSource" in entry) || entry.generatedLine !== row) continue;
        origins.push(`${join(dirname(output), entry.originalSource)}:${entry.originalLine + 1}`);
      }
    });
  return origins;
}

describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "--format js" : "--format js [needs a build (npm test)]",
  () => {
    beforeEach(() => {
      write("src/inc/common.h", common);
      write("src/events.h", events);
    });

    test("writes JavaScript that runs as it is, declarations, and a map of both, and --check sees each", () => {
      expect(rbgen("src/events.h", "--format", "js")).toMatchObject({ code: 0, out: "" });
      const files = ["events.gen.d.ts", "events.gen.d.ts.map", "events.gen.js", "events.gen.js.map"];
      expect(readdirSync(join(folder, "src")).sort()).toEqual(["events.h", ...files, "inc"].sort());
      write(
        "src/main.js",
        `import { event } from "./events.gen.js";
        const bytes = event.toBytes({ header: { ts: 5n, pid: 7 }, comm: "sh", args: [1, 2, 3] });
        console.log(JSON.stringify(event.toJSON(event.decode(bytes))));`,
      );
      const done = spawnSync(process.execPath, ["src/main.js"], { cwd: folder, encoding: "utf8" });
      expect(done.stderr).toBe("");
      expect(JSON.parse(done.stdout)).toMatchObject({ header: { ts: "5", pid: 7 }, comm: "sh", args: [1, 2, 3] });
      expect(rbgen("src/events.h", "--format", "js", "--check").code).toBe(0);
      for (const name of files) {
        const text = read(`src/${name}`);
        write(`src/${name}`, text.replace("event", "evnt"));
        expect([name, rbgen("src/events.h", "--format", "js", "--check", "--force").code]).toEqual([name, 3]);
        write(`src/${name}`, text);
      }
      expect(rbgen("src/events.h", "--format", "js").err).toContain("1 record, unchanged");
    });

    test("maps lead to the line of C of a member, of a struct, and of an enum", () => {
      rbgen("src/events.h", "--format", "js", "-o", "gen/");
      for (const output of ["gen/events.gen.js", "gen/events.gen.d.ts"]) {
        const isScript = output.endsWith(".js");
        const at = (file: string, text: string): string => `src/${file}:${lineOf(`src/${file}`, text)}`;
        const only = (text: string | RegExp): string[] => [...new Set(originsOf(output, text))];
        expect(only(isScript ? /\bcomm(?=:)/ : "readonly comm")).toEqual([at("events.h", "char comm")]);
        expect(only(isScript ? /\bargs(?=:)/ : "readonly args")).toEqual([at("events.h", "short args")]);
        expect(only(isScript ? /\bts(?=:)/ : "readonly ts")).toEqual([at("inc/common.h", "long ts")]);
        expect(only(isScript ? /\bpid(?=:)/ : "readonly pid")).toEqual([at("inc/common.h", "pid : 24")]);
        expect(only(/function decodeEvent\b/)).toEqual([at("events.h", "struct event {")]);
        expect(only(/\bevent(?=[:]? ?[:=])/)).toEqual([at("events.h", "struct event {")]);
        expect(only(isScript ? /const Kind\b/ : /const Kind\b/)).toEqual([at("inc/common.h", "enum kind")]);
      }
    });

    test("an editor goes from a property to the member in C", async () => {
      rbgen("src/events.h", "--format", "js");
      write("tsconfig.json", JSON.stringify({ compilerOptions: { module: "nodenext", strict: true, types: [] } }));
      const text = 'import type { Event } from "./events.gen.js";\nexport const f = (e: Event): string => e.comm;\n';
      write("src/app.ts", text);
      const file = join(folder, "src/app.ts");
      const offset = text.split("\n")[1]!.indexOf("comm") + 1;
      // What editors ask TypeScript's server.
      const requests = [
        { command: "open", arguments: { file } },
        { command: "definition", arguments: { file, line: 2, offset } },
      ].map((request, seq) => `${JSON.stringify({ seq, type: "request", ...request })}\n`);
      const path = fileURLToPath(new URL("./tsserver.js", import.meta.resolve("typescript")));
      const server = spawn(process.execPath, [path, "--disableAutomaticTypingAcquisition"], { cwd: folder });
      server.stdin.write(requests.join(""));
      let answer: { readonly body: unknown } | undefined;
      for await (const line of createInterface({ input: server.stdout })) {
        if (!line.startsWith("{")) continue;
        const message = JSON.parse(line);
        if (message.command !== "definition") continue;
        answer = message;
        server.stdin.end();
      }
      expect(answer?.body).toMatchObject([
        { file: join(folder, "src/events.h"), start: { line: lineOf("src/events.h", "char comm[16]") } },
      ]);
    });

    test.each([
      ["5.4", oldest as unknown as typeof latest],
      ["this repository's", latest],
    ])("the declarations compile in strict mode under TypeScript %s, unchecked libraries being none", (_, compiler) => {
      rbgen("src/events.h", "--format", "js", "--columns");
      write(
        "src/app.ts",
        'import { event } from "./events.gen.js";\nexport const n: number = event.decode(new Uint8Array(64)).header.pid;\n',
      );
      const program = compiler.createProgram([join(folder, "src/app.ts"), join(folder, "src/events.gen.d.ts")], {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        module: compiler.ModuleKind.NodeNext,
        moduleResolution: compiler.ModuleResolutionKind.NodeNext,
        target: compiler.ScriptTarget.ES2022,
        lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
        types: [],
      });
      const found = compiler.getPreEmitDiagnostics(program);
      const texts = found.map(
        ({ file, messageText }) => `${file?.fileName}: ${compiler.flattenDiagnosticMessageText(messageText, "\n")}`,
      );
      expect(texts).toEqual([]);
    });

    test("a module of another name has declarations of that name, and BTF has no maps", () => {
      expect(rbgen("src/events.h", "--format", "js", "-o", "out.mjs").code).toBe(0);
      expect(existsSync(join(folder, "out.d.mts"))).toBe(true);
      expect(read("out.mjs")).toMatch(/\n\/\/# sourceMappingURL=out\.mjs\.map\n$/);
      expect(read("out.mjs").split("\n")[0]).toContain("Generated by rbgen");
      expect(read("out.d.mts").split("\n")[0]).toContain("Generated by rbgen");
    });

    test("what rbgen did not write is left alone, declarations and maps too", () => {
      for (const name of ["events.gen.js", "events.gen.d.ts", "events.gen.js.map"]) {
        write(`src/${name}`, "mine\n");
        const run = rbgen("src/events.h", "--format", "js");
        expect([run.code, run.err]).toEqual([1, expect.stringContaining(`its output src/${name} is there already`)]);
        expect(readdirSync(join(folder, "src")).sort()).toEqual(["events.h", name, "inc"].sort());
        rmSync(join(folder, "src", name));
      }
    });

    test.each([["-o -"], ["-o out.ts"]])("%s is refused: it names no JavaScript", (args) => {
      const run = rbgen("src/events.h", "--format", "js", ...args.split(" "));
      expect([run.code, run.err]).toEqual([2, expect.stringContaining("--format js writes several files")]);
    });

    test("the configuration says it, and a depfile names all files", () => {
      write("rbgen.config.json", JSON.stringify({ inputs: ["src/*.h"], format: "js" }));
      expect(rbgen("--depfile", "all.d").code).toBe(0);
      expect(read("all.d")).toMatch(
        /^src\/events\.gen\.js src\/events\.gen\.d\.ts src\/events\.gen\.js\.map src\/events\.gen\.d\.ts\.map: src\/events\.h \\\n rbgen\.config\.json \\\n src\/inc\/common\.h/,
      );
    });

    test("generated files import nothing by a relative path, so that there is no extension to choose", () => {
      rbgen("src/events.h", "--format", "js");
      rbgen("src/events.h");
      for (const name of ["events.gen.js", "events.gen.d.ts", "events.gen.ts"]) {
        const specifiers = [...read(`src/${name}`).matchAll(/ from "(.*)"|import\("(.*)"\)/g)].map(
          ([, a, b]) => a ?? b,
        );
        expect(new Set(specifiers)).toEqual(new Set(["@rbgen/runtime/codegen/v1"]));
      }
    });
  },
);
