import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { peerSource } from "./native/peer.ts";
import type { BenchRow } from "./row.ts";

/** `bench/src`, whether this runs from there or from `dist`. */
const sources = dirname(dirname(peerSource("rings.bpf.c")));

/** What apps import, bundled as they are. */
const reader = (file: string): string => `
import { RingBufReader } from "@rbgen/runtime";
import { execEvent } from "./codecs/${file}";
export const open = (map) => new RingBufReader(map, execEvent);`;
const decoders = (file: string, ...names: readonly string[]): string =>
  `export { ${names.join(", ")} } from "./codecs/${file}";`;

/** P12: what a browser downloads, minified and compressed. */
export async function run(): Promise<BenchRow[]> {
  const app = await sizeOf(reader("shapes.gen.ts"));
  const decoding = await sizeOf(reader("shapes-decode.gen.ts"));
  const generated = await added("shapes.gen.ts", "decodeTick", "decodeFlowEvent");
  const byHand = await added("hand-written.ts", "decodeTick", "decodeFlow");
  const machine = await sizeOf('export * from "@rbgen/vm";');
  const notes = `minified, gzip -9; ${bundler()}`;
  const limited = (work: string, ours: number, limit: number): BenchRow => ({
    ...{ id: "P12", work, ours, peer: limit, unit: "kB", ratio: ours / limit, notes },
    ...{ target: `≤ ${limit} kB`, holds: ours <= limit, peerName: "the limit" },
  });
  return [
    limited("an app that reads records of one type: the reader and what is left of its file", app, 7),
    limited("the same of a file that was generated with --only decode", decoding, 7),
    {
      id: "P12",
      work: "what the decoder of one more record adds (72 bytes, two structs in it)",
      ours: generated,
      peer: byHand,
      unit: "kB",
      ratio: generated / byHand,
      target: "≤ 1.3 × hand-written",
      holds: generated <= 1.3 * byHand,
      peerName: "hand-written, with the same checks",
      notes,
    },
    limited("the virtual machine with every export", machine, 90),
  ];
}

/** Kilobytes of a module with all it imports, minified and compressed. */
async function sizeOf(text: string): Promise<number> {
  return gzipSync(await bundle(text), { level: 9 }).length / 1000;
}

/** What the decoder `more` adds to a bundle that has `first`. */
async function added(file: string, first: string, more: string): Promise<number> {
  return (await sizeOf(decoders(file, first, more))) - (await sizeOf(decoders(file, first)));
}

/** A module with all it imports as one minified script module. */
async function bundle(text: string): Promise<string> {
  const name = join(sources, "entry.ts");
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
