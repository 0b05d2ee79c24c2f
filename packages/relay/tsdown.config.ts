import { defineConfig, type UserConfig } from "tsdown";

const common: UserConfig = {
  platform: "node",
  target: "es2022",
  hash: false,
  fixedExtension: false,
  outputOptions: { chunkFileNames: "shared/[name].js" },
};

const config: UserConfig[] = defineConfig([
  {
    ...common,
    entry: ["src/index.ts", "src/chunk/index.ts"],
    dts: true,
    // `Symbol.dispose` is in no dated library.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    clean: true,
  },
  { ...common, entry: ["src/cli/main.ts"], outDir: "dist/cli", dts: false, clean: false },
]);
export default config;
