import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

/** A page that is opened from a folder may load no modules: one classic script, behind what it draws into. */
const classicScript: Plugin = {
  name: "classic-script",
  enforce: "post",
  transformIndexHtml: (html) =>
    html.replace(/<script type="module" crossorigin src/, "<script defer src").replace(" crossorigin", ""),
};

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL("src/page", import.meta.url)),
  // It works from any folder.
  base: "./",
  logLevel: "warn",
  plugins: [classicScript],
  assetsInclude: ["**/*.o"],
  resolve: { conditions: ["@rbgen/source", "module", "browser", "development|production"] },
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: {
      checks: { emptyImportMeta: false, pluginTimings: false },
      output: { format: "iife", codeSplitting: false },
    },
  },
});
export default config;
