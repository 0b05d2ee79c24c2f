import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: [
    "src/index.ts",
    "src/backend.ts",
    "src/emulated/index.ts",
    "src/emulated/helpers.ts",
    "src/codegen/v1.ts",
    "src/arrow/index.ts",
  ],
  platform: "neutral",
  target: "es2022",
  // Members keyed by the symbols of another file: only a whole program knows that they are unique.
  dts: { oxc: false, compilerOptions: { isolatedDeclarations: false, stripInternal: true } },
  // `Symbol.dispose` is in no dated library.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  clean: true,
  hash: false,
  fixedExtension: false,
  // Shared chunks in a folder of their own: their names must not push an entry's declarations aside.
  outputOptions: { chunkFileNames: "shared/[name].js" },
});
export default config;
