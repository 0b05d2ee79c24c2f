import { build, type Rollup } from "vite";

/** What `vitest` is in a browser, where a suite's scenarios are run without it. */
const noVitest = ["describe", "test", "beforeAll", "afterAll"].map((name) => `export const ${name} = undefined;`);

/** A TypeScript module with all it imports, as one script module over the workspace's sources. */
export async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@rbgen/source"] },
    plugins: [
      {
        name: "no-vitest",
        enforce: "pre",
        resolveId: (id) => (id === "vitest" ? "\0vitest" : undefined),
        load: (id) => (id === "\0vitest" ? noVitest.join("\n") : undefined),
      },
    ],
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: { entry, formats: ["es"], fileName: "page" },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]) as Rollup.RollupOutput[];
  const [chunk, ...more] = outputs.flatMap(({ output }) => output);
  if (chunk?.type !== "chunk" || more.length > 0) throw new Error(`${entry} did not become one file`);
  return chunk.code;
}
