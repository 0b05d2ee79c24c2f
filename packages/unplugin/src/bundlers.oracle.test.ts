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

    test("follows a header that it includes, in esbuild", async () => {
      writeScript();
      const results: string[] = [];
      let told = (): void => undefined;
      const context = await esbuildContext({
        absWorkingDir: project.path,
        entryPoints: [project.file("src/main.js")],
        outfile: project.file("out/main.js"),
        bundle: true,
        format: "esm",
        external,
        logLevel: "silent",
        plugins: [
          rbgen.esbuild(),
          {
            name: "told",
            setup(build) {
              build.onEnd(() => {
                results.push(project.run("out/main.js"));
                told();
              });
            },
          },
        ],
      });
      try {
        const first = new Promise<void>((resolve) => (told = resolve));
        await context.watch();
        await first;
        const second = new Promise<void>((resolve) => (told = resolve));
        project.write("src/common.h", "struct header { unsigned long long ts, more; };\n");
        await second;
      } finally {
        await context.dispose();
      }
      expect(results.slice(0, 2)).toEqual(["16 7\n", "24 7\n"]);
    });

    test.each([
      [
        "rollup",
        () =>
          rollupWatch({
            input: project.file("src/main.js"),
            external,
            plugins: [rbgen.rollup()],
            output: { file: project.file("out/main.js") },
          }),
      ],
      [
        "rolldown",
        () =>
          rolldownWatch({
            input: project.file("src/main.js"),
            external,
            plugins: [rbgen.rolldown()],
            output: { file: project.file("out/main.js") },
          }),
      ],
    ] as const)("follows a header that it includes, in %s", async (_, start) => {
      writeScript();
      const watcher = start();
      const results: string[] = [];
      let told = (): void => undefined;
      watcher.on("event", (event: { code: string; result?: { close(): unknown } | null }) => {
        if (event.code === "BUNDLE_END") void event.result?.close();
        if (event.code !== "END") return;
        results.push(project.run("out/main.js"));
        told();
      });
      const second = new Promise<void>((resolve) => {
        told = () => {
          if (results.length === 1) project.write("src/common.h", "struct header { unsigned long long ts, more; };\n");
          if (results.at(-1) === "24 7\n") resolve();
        };
      });
      await second;
      await watcher.close();
      expect(results[0]).toBe("16 7\n");
    });

    test("follows a header that it includes, in webpack", async () => {
      writeScript();
      const compiler = webpack(webpackConfig("src/main.js"));
      const results: string[] = [];
      await new Promise<void>((resolve, reject) => {
        compiler.watch({}, (error) => {
          if (error !== null) return reject(error);
          results.push(project.run("out/main.js"));
          if (results.length === 1) project.write("src/common.h", "struct header { unsigned long long ts, more; };\n");
          if (results.at(-1) === "24 7\n") resolve();
        });
      });
      await new Promise<void>((resolve) => compiler.close(() => resolve()));
      expect(results[0]).toBe("16 7\n");
    });

    test("is served by Vite, and updated when a header that it includes is written", async () => {
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
        project.write("src/common.h", "struct header { unsigned long long ts, more; };\n");
        // As its watcher says it, which may not have begun yet.
        server.watcher.emit("change", project.file("src/common.h"));
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
