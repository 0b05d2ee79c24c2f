import { existsSync } from "node:fs";
import { createUnplugin, type UnpluginBuildContext, type UnpluginInstance } from "unplugin";
import { checkedOptions } from "./checked-options.ts";
import { ImportError, type ImportedModule, importInput, type RbgenPluginOptions } from "./imported.ts";

const inputs = /\.(?:h|bpf\.c|bpf\.o)$/;

/**
 * Imports of C headers, sources and objects as typed codecs: `rbgen.vite()`, `rbgen.rollup()`, `rbgen.rolldown()`,
 * `rbgen.webpack()`, `rbgen.esbuild()`.
 */
export const rbgen: UnpluginInstance<RbgenPluginOptions | undefined, false> = createUnplugin<
  RbgenPluginOptions | undefined
>((given = {}, { framework }) => {
  const options = checkedOptions(given);
  const pattern = new RegExp(options.include ?? inputs);
  /** Whether a path is one of an input: a pattern with the flag g would go on where it was in the path before. */
  const included = (path: string): boolean => {
    pattern.lastIndex = 0;
    return pattern.test(path);
  };
  /** Inputs by the missing files that would make them others, for Vite's server: it takes what is watched for an import, which is there. */
  const awaiting = new Map<string, Set<string>>();
  /** Has a bundler load an input again when one of the files changes, or one that is missing comes to be. */
  const watchFiles = (context: UnpluginBuildContext, input: string, { read, missing }: Files): void => {
    for (const file of read) context.addWatchFile(file);
    const native = context.getNativeBuildContext?.();
    for (const file of missing) {
      if (framework === "vite") awaiting.set(file, (awaiting.get(file) ?? new Set()).add(input));
      else if (native?.framework === "webpack") native.loaderContext?.addMissingDependency(file);
      else context.addWatchFile(file);
    }
  };
  return {
    name: "unplugin-rbgen",
    // Before what would take a file of such a name for an asset.
    enforce: "pre",
    loadInclude: (id) => !ofOthers.test(id) && included(pathOf(id)),
    async load(id) {
      const input = pathOf(id);
      try {
        const { code, map, warnings, ...files } = await importInput(input, options);
        watchFiles(this, input, files);
        if (warnings !== "") this.warn(warnings);
        return { code, map: map === null ? null : JSON.parse(map) };
      } catch (error) {
        // What is mended in one of them is to be seen.
        if (error instanceof ImportError) watchFiles(this, input, error);
        // Of what is thrown, esbuild takes no files to watch.
        if (framework !== "esbuild" || !(error instanceof ImportError)) throw error;
        this.error(error.message);
        return { code: "" };
      }
    },
    vite: {
      configureServer({ watcher }) {
        watcher.on("add", (file) => {
          for (const input of awaiting.get(file) ?? []) watcher.emit("change", input);
        });
      },
    },
  };
});

/** What an input was made of. */
type Files = Pick<ImportedModule, "read" | "missing">;

/** What other plugins make of a file, and Vite where its text or its address is asked for. */
const ofOthers = /^\0|[?&](?:raw|url|inline)(?:[&=]|$)/;

/** A module's path without what a bundler hangs on it; folders may be called with the same characters. */
function pathOf(id: string): string {
  const paths = [id, id.replace(/[?#][^/\\]*$/, ""), id.replace(/[?#].*$/s, "")];
  return paths.find((path) => existsSync(path)) ?? id;
}
