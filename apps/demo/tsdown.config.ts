import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: {
    main: "src/main.ts",
    "vm-thread": "src/backends/vm-thread.ts",
    "emulated-thread": "src/backends/emulated-thread.ts",
  },
  platform: "node",
  target: "es2022",
  dts: false,
  clean: true,
  hash: false,
  fixedExtension: false,
});
export default config;
