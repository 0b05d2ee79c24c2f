import { createUnplugin, type UnpluginInstance } from "unplugin";
import { ImportError, importInput, type RbgenPluginOptions } from "./imported.ts";

const inputs = /\.(?:h|bpf\.c|bpf\.o)$/;

/**
 * Imports of C headers, sources and objects as typed codecs: `rbgen.vite()`, `rbgen.rollup()`, `rbgen.rolldown()`,
 * `rbgen.webpack()`, `rbgen.esbuild()`.
 */
export const rbgen: UnpluginInstance<RbgenPluginOptions | undefined, false> = createUnplugin<
  RbgenPluginOptions | undefined
>((options = {}) => {
  const include = options.include ?? inputs;
  return {
    name: "unplugin-rbgen",
    // Before what would take a file of such a name for an asset.
    enforce: "pre",
    loadInclude: (id) => include.test(pathOf(id)),
    async load(id) {
      try {
        const { code, map, read, warnings } = await importInput(pathOf(id), options);
        for (const file of read) this.addWatchFile(file);
        if (warnings !== "") this.warn(warnings);
        return { code, map: map === null ? null : JSON.parse(map) };
      } catch (error) {
        // What is mended in one of them is to be seen.
        if (error instanceof ImportError) for (const file of error.read) this.addWatchFile(file);
        throw error;
      }
    },
  };
});

/** A module's path without what a bundler hangs on it. */
function pathOf(id: string): string {
  return id.replace(/[?#].*$/s, "");
}
