import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";

/**
 * A TypeScript script with all it imports, as one module in `folder` that `node` runs: processes that a test starts by the
 * dozen are not to load a hundred files each. Whatever looks for files beside itself finds them where its source is.
 */
export async function bundleScript(entry: string, folder: string, name: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@rbgen/source"] },
    ssr: { noExternal: true, resolve: { conditions: ["@rbgen/source", "module", "node"] } },
    plugins: [
      {
        name: "own-url",
        transform: (code, id) =>
          code.includes("import.meta.url")
            ? { code: code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)), map: null }
            : undefined,
      },
    ],
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: "es2022",
      rolldownOptions: { output: { format: "es", entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  });
  return join(folder, `${name}.mjs`);
}
