import { defineConfig, type ViteUserConfig } from "vitest/config";
import { room } from "./rooms.mjs";

const conditions = ["@rbgen/source", "module", "node", "development|production"];

/** The unit tests of one room: what notices a change within seconds. */
const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: room?.tests ?? [],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.{oracle,kernel,browser}.test.ts", "**/hostile*.test.ts"],
    testTimeout: 300_000,
  },
});
export default config;
