import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The playground as it was built is the second page. */
const playground: Plugin = {
  name: "playground",
  closeBundle() {
    const folder = here("dist/page/playground");
    // What an earlier build left there has other names, and would be packed.
    rmSync(folder, { recursive: true, force: true });
    cpSync(here("../playground/dist"), folder, { recursive: true });
  },
};

const config: UserConfig = defineConfig({
  root: here("src/page"),
  // The page lies behind a token: its files are found relative to it.
  base: "./",
  logLevel: "warn",
  plugins: [playground],
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
