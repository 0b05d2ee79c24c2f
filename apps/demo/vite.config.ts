import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL("src/page", import.meta.url)),
  // The page lies behind a token: its files are found relative to it.
  base: "./",
  logLevel: "warn",
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page allows no data: and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
export default config;
