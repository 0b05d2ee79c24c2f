import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts"],
  platform: "neutral",
  target: "es2022",
  dts: { oxc: false, compilerOptions: { isolatedDeclarations: false, stripInternal: true } },
  // `Symbol.dispose` is in no dated library.
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  clean: true,
  hash: false,
  fixedExtension: false,
});
export default config;
