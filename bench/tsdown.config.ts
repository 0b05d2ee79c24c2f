import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: {
    main: "src/main.ts",
    "suite-job": "src/suite-job.ts",
    "emulated-threads-worker": "src/emulated-threads-worker.ts",
    "soak-worker": "src/soak-worker.ts",
  },
  deps: { neverBundle: ["@rbgen/native", "vite", "rbgen", "koffi", "playwright-core", "typed-struct"] },
  platform: "node",
  target: "es2022",
  dts: false,
  clean: true,
  hash: false,
  fixedExtension: false,
});
export default config;
