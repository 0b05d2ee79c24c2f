import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import type { BenchRow } from "./row.ts";

const parts = [
  { entry: "@rbgen/runtime", exports: "{ RingBufReader, UserRingBufWriter }", what: "reader and writer", limit: 6 },
  { entry: "@rbgen/runtime", exports: "*", what: "the runtime with every export", limit: 6 },
  { entry: "@rbgen/runtime/codegen/v1", exports: "*", what: "codegen/v1 with every export", limit: 2 },
  { entry: "@rbgen/vm", exports: "*", what: "the virtual machine with every export", limit: 90 },
] as const;

/** P12: what a browser downloads, minified and compressed. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { entry, exports, what, limit } of parts) {
    const module = fileURLToPath(import.meta.resolve(entry));
    const code = await bundle(`export ${exports} from ${JSON.stringify(module)};`);
    const compressed = gzipSync(code, { level: 9 }).length / 1000;
    rows.push({
      id: "P12",
      work: `size of ${what}, minified and compressed`,
      ours: compressed,
      peer: limit,
      unit: "kB",
      ratio: compressed / limit,
      target: `≤ ${limit} kB`,
      holds: compressed <= limit,
      peerName: "the limit",
      notes: `${(code.length / 1000).toFixed(1)} kB minified, gzip -9; ${bundler()}`,
    });
  }
  return rows;
}

/** A module with all it imports as one minified script module. */
async function bundle(text: string): Promise<string> {
  const name = "\0entry";
  const result = await build({
    configFile: false,
    logLevel: "warn",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === name ? name : undefined),
        load: (id) => (id === name ? text : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: "es2022",
      rolldownOptions: { input: name, preserveEntrySignatures: "strict" },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]) as Rollup.RollupOutput[];
  return outputs
    .flatMap(({ output }) => output)
    .map((file) => (file.type === "chunk" ? file.code : ""))
    .join("");
}

function bundler(): string {
  const { version } = createRequire(import.meta.url)("vite/package.json") as { version: string };
  return `vite ${version}`;
}
