import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts", "src/chunk/index.ts"],
  platform: "node",
  target: "es2022",
  dts: true,
  // `Symbol.dispose` is in no dated library.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  clean: true,
  hash: false,
  fixedExtension: false,
  outputOptions: { chunkFileNames: "shared/[name].js" },
});
export default config;
