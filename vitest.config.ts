import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * What is drawn at random belongs to the sources it is drawn for: the same tree draws the same, so that what a run says holds
 * when it is run again, and each change draws anew. RBGEN_SEED chooses another.
 */
function seedOfSources(): string {
  try {
    const tree = execFileSync("git", ["rev-parse", "HEAD:packages"], { cwd: import.meta.dirname, encoding: "utf8" });
    return String(Number.parseInt(tree.slice(0, 8), 16) >>> 1);
  } catch {
    return "1";
  }
}
process.env["RBGEN_SEED"] ??= seedOfSources();

// Unit and property tests run anywhere, in a minute: what takes seconds by itself is among the oracles. Those need clang,
// gcc, bpftool and pahole; kernel needs root and bpf(2); browser needs Chromium. A test of the last three is skipped by
// name where its tool is absent (see packages/testkit).
const conditions = ["@rbgen/source", "module", "node", "development|production"];
const project = (
  name: string,
  include: string[],
  limits: { testTimeout?: number; exclude?: string[]; setupFiles?: string[] } = {},
) => {
  // A test that hangs is to end, and no other by its time: all cores may be busy with something else.
  const { testTimeout = 300_000, exclude = [], setupFiles = [] } = limits;
  const seeded = join(import.meta.dirname, "packages/testkit/src/seeded.ts");
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include,
      setupFiles: [seeded, ...setupFiles],
      exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
      testTimeout,
      hookTimeout: testTimeout,
      pool: "forks" as const,
      // Unit tests are short, and their files share a process: loading the sources anew for each took half of the time.
      isolate: name !== "unit",
      // Rings of the kernel and browsers are watched as they run: one file at a time. The others take what there is.
      maxWorkers: name === "kernel" || name === "browser" ? 1 : "100%",
    },
  };
};

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      project("unit", ["{packages,apps,bench}/**/src/**/*.test.ts"], {
        exclude: ["**/*.{oracle,kernel,browser}.test.ts"],
      }),
      project("oracle", ["{packages,apps,bench,fuzz}/**/src/**/*.oracle.test.ts"], { testTimeout: 900_000 }),
      project("kernel", ["{packages,apps,bench}/**/src/**/*.kernel.test.ts"], {
        testTimeout: 900_000,
        setupFiles: [join(import.meta.dirname, "packages/testkit/src/native/held-by-kernel.ts")],
      }),
      project("browser", ["{packages,apps,bench}/**/src/**/*.browser.test.ts"], { testTimeout: 300_000 }),
    ],
  },
});
export default config;
