import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts"],
  platform: "node",
  target: "es2022",
  hash: false,
  fixedExtension: false,
  dts: true,
  clean: true,
});
export default config;
