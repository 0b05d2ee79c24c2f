import { defineConfig, type UserConfig } from "tsdown";

const common: UserConfig = { platform: "node", target: "es2022", hash: false };

const config: UserConfig[] = defineConfig([
  {
    ...common,
    entry: ["src/index.ts", "src/node.ts", "src/cli/host/config-thread.ts"],
    outputOptions: { chunkFileNames: "shared/[name].js" },
    fixedExtension: false,
    dts: true,
    clean: true,
    copy: [{ from: "../../docs/diagnostics/*.md", to: "dist/diagnostics" }],
  },
  {
    ...common,
    // CommonJS, since on Node 20 what V8 made of it can be kept between runs, and in few files, since each one costs.
    entry: ["src/cli/start.ts"],
    outDir: "dist/cli",
    format: "cjs",
    dts: false,
    clean: false,
    deps: { alwaysBundle: ["@rbgen/btf"] },
    outputOptions: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } },
  },
]);
export default config;
