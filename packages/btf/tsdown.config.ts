import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts", "src/kernel/index.ts"],
  platform: "neutral",
  target: "es2022",
  // What only parseBtf and split BTF use of a Btf is nobody else's.
  dts: { oxc: { stripInternal: true } },
  clean: true,
  hash: false,
  fixedExtension: false,
  // Shared chunks in a folder of their own: their names must not push an entry's declarations aside.
  outputOptions: { chunkFileNames: "shared/[name].js" },
});
export default config;
