import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/main.ts", "src/emulated-threads-worker.ts", "src/soak-worker.ts"],
  external: ["vite", "rbgen", "koffi", "typed-struct"],
  platform: "node",
  target: "es2022",
  dts: false,
  clean: true,
  hash: false,
  fixedExtension: false,
});
export default config;
