import { existsSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { build as esbuild, context as esbuildContext } from "esbuild";
import { rolldown, watch as rolldownWatch } from "rolldown";
import { rollup, watch as rollupWatch } from "rollup";
import { createServer, build as vite } from "vite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import webpack from "webpack";
import { rbgen } from "./plugin.ts";
import { Project } from "./testing/project.ts";

let project: Project;

beforeEach(() => {
  project = new Project();
});
afterEach(() => {
  project.remove();
});

const built = existsSync(new URL("../../runtime/dist/index.js", import.meta.url));
const external = ["@rbgen/runtime/codegen/v1"];

function webpackConfig(entry: string): webpack.Configuration {
  return {
    mode: "development",
    devtool: "source-map",
    context: project.path,
    entry: project.file(entry),
    target: "node",
    experiments: { outputModule: true },
    externals: { "@rbgen/runtime/codegen/v1": "module @rbgen/runtime/codegen/v1" },
    output: { path: project.file("out"), filename: "main.js", module: true, library: { type: "module" } },
    plugins: [rbgen.webpack()],
  };
}

function webpackRun(entry: string): Promise<webpack.Stats> {
  const compiler = webpack(webpackConfig(entry));
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      compiler.close(() => (error === null && stats !== undefined ? resolve(stats) : reject(error)));
    });
  });
}

/** Each bundler, from a module of the project to \`out/main.js\`; throws what is wrong with an input. */
const bundlers: Readonly<Record<string, (entry: string) => Promise<unknown>>> = {
  async vite(entry) {
    await vite({
      root: project.path,
      logLevel: "silent",
      configFile: false,
      plugins: [rbgen.vite()],
      build: {
        outDir: "out",
        minify: false,
        sourcemap: true,
        lib: { entry: project.file(entry), formats: ["es"], fileName: () => "main.js" },
        rollupOptions: { external },
      },
    });
  },
  async rollup(entry) {
    const bundle = await rollup({ input: project.file(entry), external, plugins: [rbgen.rollup()] });
    await bundle.write({ file: project.file("out/main.js"), sourcemap: true });
  },
  async rolldown(entry) {
    const bundle = await rolldown({ input: project.file(entry), external, plugins: [rbgen.rolldown()] });
    await bundle.write({ file: project.file("out/main.js"), sourcemap: true });
  },
  async esbuild(entry) {
    await esbuild({
      absWorkingDir: project.path,
      entryPoints: [project.file(entry)],
      outfile: project.file("out/main.js"),
      bundle: true,
      format: "esm",
      external,
      sourcemap: true,
      logLevel: "silent",
      plugins: [rbgen.esbuild()],
    });
  },
  async webpack(entry) {
    const stats = await webpackRun(entry);
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  },
};

/** Each bundler that watches by itself: tells of each build, and whether it failed; gives what ends it. */
const watchers: Readonly<Record<string, (onBuild: (failed: boolean) => void) => () => Promise<unknown>>> = {
  esbuild(onBuild) {
    const context = esbuildContext({
      absWorkingDir: project.path,
      entryPoints: [project.file("src/main.js")],
      outfile: project.file("out/main.js"),
      bundle: true,
      format: "esm",
      external,
      logLevel: "silent",
      plugins: [
        rbgen.esbuild(),
        { name: "told", setup: (build) => build.onEnd(({ errors }) => onBuild(errors.length > 0)) },
      ],
    });
    void context.then((running) => running.watch());
    return async () => (await context).dispose();
  },
  rollup(onBuild) {
    const watcher = rollupWatch({
      input: project.file("src/main.js"),
      external,
      plugins: [rbgen.rollup()],
      output: { file: project.file("out/main.js") },
    });
    watcher.on("event", (event) => {
      if (event.code === "BUNDLE_END") void event.result.close();
      if (event.code === "END" || event.code === "ERROR") onBuild(event.code === "ERROR");
    });
    return async () => watcher.close();
  },
  rolldown(onBuild) {
    const watcher = rolldownWatch({
      input: project.file("src/main.js"),
      external,
      plugins: [rbgen.rolldown()],
      output: { file: project.file("out/main.js") },
    });
    watcher.on("event", (event) => {
      if (event.code === "BUNDLE_END") void event.result.close();
      if (event.code === "END" || event.code === "ERROR") onBuild(event.code === "ERROR");
    });
    return async () => watcher.close();
  },
  webpack(onBuild) {
    const compiler = webpack(webpackConfig("src/main.js"));
    compiler.watch({}, (_, stats) => onBuild(stats?.hasErrors() !== false));
    return () => new Promise<void>((resolve) => compiler.close(() => resolve()));
  },
};

/** A module in plain JavaScript, which each of them takes without more. */
function writeScript(): void {
  project.write("src/main.js", project.read("src/main.ts").replace(/: number/, ""));
}

describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(
  built ? "an import of a header" : "an import of a header [needs a build (npm test)]",
  () => {
    describe.each(Object.entries(bundlers))("in %s", (_, bundle) => {
      test("is its codecs, with types beside it, and a map to the lines of C", async () => {
        writeScript();
        await bundle("src/main.js");
        expect(project.run("out/main.js")).toBe("16 7\n");
        expect(project.read("src/types.h.d.ts")).toContain("export declare const event: GeneratedCodec<");
        const code = project.read("out/main.js").split("\n");
        const map = new SourceMap(JSON.parse(project.read("out/main.js.map")));
        const row = code.findIndex((line) => /function decodeEvent\b/.test(line));
        const entry = map.findEntry(row, code[row]!.indexOf("function"));
        expect(entry).toMatchObject({ originalSource: expect.stringMatching(/types\.h$/), originalLine: 1 });
      });

      test("that is wrong fails with the place, the code and the hint of the command", async () => {
        writeScript();
        project.write("src/common.h", "struct header { nosuch ts; };\n");
        await expect(bundle("src/main.js")).rejects.toThrow(/common\.h:1:17: error RB\d{4}: .*nosuch/s);
      });
    });

    test.each(Object.entries(bundlers))("is found in a folder of any name, in %s", async (_, bundle) => {
      const folder = "src/C# it's ü [x] {y}";
      project.write(`${folder}/a b.h`, '#include "in clude/c.h"\nstruct event { struct c c; };\n');
      project.write(`${folder}/in clude/c.h`, "struct c { unsigned long long n; };\n");
      project.write("src/main.js", `import { event } from "./${folder.slice(4)}/a b.h";\nconsole.log(event.size);\n`);
      await bundle("src/main.js");
      expect(project.run("out/main.js")).toBe("8\n");
    });

    test("whose text is asked for is its text, in Vite", async () => {
      project.write("src/main.js", 'import text from "./types.h?raw";\nconsole.log(text.length);\n');
      await bundlers["vite"]!("src/main.js");
      expect(project.run("out/main.js")).toBe(`${project.read("src/types.h").length}\n`);
    });

    test.each(Object.entries(watchers))(
      "follows a header that it includes, and one that would be found first, in %s",
      async (name, watch) => {
        writeScript();
        project.write("rbgen.config.json", '{ "includePaths": ["first", "second"] }');
        project.write("first/other.h", "");
        project.write("src/types.h", "#include <common.h>\nstruct event { struct header header; unsigned pid; };\n");
        const header = (members: string): string => `struct header { unsigned long long ${members}; };\n`;
        // Rolldown tells of no file that comes to be.
        const found = name === "rolldown" ? "second/common.h" : "first/common.h";
        const steps = [
          { file: "second/common.h", text: header("ts"), prints: "16 7\n" },
          { file: "second/common.h", text: header("ts, more"), prints: "24 7\n" },
          { file: found, text: header("ts, more, again"), prints: "32 7\n" },
          { file: found, text: "struct header { nosuch ts; };\n", prints: undefined },
          { file: found, text: header("ts"), prints: "16 7\n" },
        ];
        const take = (): void => {
          const [step] = steps;
          if (step !== undefined) project.write(step.file, step.text);
        };
        take();
        let close: (() => Promise<unknown>) | undefined;
        await new Promise<void>((resolve) => {
          close = watch((failed) => {
            const [step] = steps;
            if (step === undefined) return;
            // A bundler may build more than once of one change.
            if (step.prints === undefined ? !failed : failed || project.run("out/main.js") !== step.prints) return;
            steps.shift();
            if (steps.length === 0) resolve();
            take();
          });
        });
        await close?.();
      },
    );

    test.each([
      ["change", "second/common.h", "that it includes is written"],
      ["add", "first/common.h", "that would be found first comes to be"],
    ])("is served by Vite, and updated at the %s of %s, a header %s", async (happened, file) => {
      project.write("rbgen.config.json", '{ "includePaths": ["first", "second"] }');
      project.write("first/other.h", "");
      project.write("second/common.h", "struct header { unsigned long long ts; };\n");
      project.write("src/types.h", "#include <common.h>\nstruct event { struct header header; unsigned pid; };\n");
      project.write(
        "src/main.ts",
        `${project.read("src/main.ts")}if (import.meta.hot) import.meta.hot.accept("./types.h", () => {});\n`,
      );
      const server = await createServer({
        root: project.path,
        logLevel: "silent",
        configFile: false,
        plugins: [rbgen.vite()],
        optimizeDeps: { noDiscovery: true },
        server: { middlewareMode: true, ws: false },
      });
      try {
        const sent: {
          readonly type: string;
          readonly updates?: readonly { readonly path: string; readonly acceptedPath: string }[];
        }[] = [];
        let told = (): void => undefined;
        const updated = new Promise<void>((resolve) => (told = resolve));
        const { hot } = server.environments.client;
        hot.send = (payload: unknown) => {
          const message = payload as (typeof sent)[number];
          sent.push(message);
          if (message.type === "update" || message.type === "full-reload") told();
        };
        const main = await server.transformRequest("/src/main.ts");
        const imported = /from "(\/src\/types\.h[^"]*)"/.exec(main?.code ?? "")?.[1] ?? "";
        const served = await server.transformRequest(imported.replace(/\?import$/, ""));
        expect(served?.code).toContain("function decodeEvent(");
        project.write(file, "struct header { unsigned long long ts, more; };\n");
        // As its watcher says it, which may not have begun yet.
        server.watcher.emit(happened, project.file(file));
        await updated;
        expect(sent.find(({ type }) => type === "update" || type === "full-reload")).toMatchObject({
          type: "update",
          updates: [{ path: "/src/main.ts", acceptedPath: "/src/types.h" }],
        });
        const again = await server.transformRequest(imported.replace(/\?import$/, ""));
        expect(again?.code).toContain("more:");
      } finally {
        await server.close();
      }
    });
  },
);

describeWith(["clang"], "an import of an object", () => {
  test.each(Object.entries(bundlers))("is its codecs and maps, in %s", async (_, bundle) => {
    const source = `
#define SEC(name) __attribute__((section(name), used))
struct event { unsigned long long ts; unsigned pid; };
struct { int (*type)[27]; int (*max_entries)[4096]; } events SEC(".maps");
static long (*output)(void *, void *, unsigned long, unsigned long) = (void *)130;
SEC("raw_tp/sched_switch") int on_switch(void *ctx) {
  struct event e = { .pid = 1 };
  output(&events, &e, sizeof(e), 0);
  return 0;
}
char LICENSE[] SEC("license") = "GPL";`;
    project.write("src/probe.bpf.o", compileBpf(source));
    project.write(
      "src/main.js",
      'import { event, maps } from "./probe.bpf.o";\nconsole.log(event.size, maps.events.maxEntries);\n',
    );
    await bundle("src/main.js");
    expect(project.run("out/main.js")).toBe("16 4096\n");
    expect(existsSync(join(project.path, "src/probe.bpf.o.d.ts"))).toBe(true);
  });
});
