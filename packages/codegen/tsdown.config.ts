import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts", "src/cli/main.ts"],
  platform: "node",
  target: "es2022",
  dts: true,
  clean: true,
  hash: false,
  fixedExtension: false,
});
export default config;
