import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";
import { suites } from "./suites.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

describeWith(
  ["kernel", "clang", "gcc", "libbpf", "vmlinux", "bpftool", "cilium", "nats", "chromium"],
  "the benchmarks",
  () => {
    test("measure every row that they tell of", { timeout: 300_000 }, () => {
      const cwd = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
      try {
        const env = { ...process.env, RBGEN_BENCH: "brief" };
        const { status, stdout } = spawnSync(process.execPath, [main], { cwd, env, encoding: "utf8" });
        const { rows, series, failures } = JSON.parse(readFileSync(join(cwd, "results/bench.json"), "utf8")) as {
          readonly rows: readonly BenchRow[];
          readonly series: readonly Series[];
          readonly failures: readonly string[];
        };
        expect(failures).toEqual([]);
        expect(status, stdout).toBe(0);
        const wanted = new Set(suites.flatMap((suite) => suite.rows));
        expect(new Set(rows.map(({ id }) => id))).toEqual(wanted);
        for (const { work, ours, peer, ratio } of rows) {
          expect([ours, peer, ratio].every(Number.isFinite), `${work}: ${ours}, ${peer}`).toBe(true);
        }
        expect(series).toHaveLength(6);
        for (const { name, sizes, lines } of series) {
          expect(readFileSync(join(cwd, `results/${name}.svg`), "utf8")).toMatch(/^<svg /);
          for (const { figures } of lines) {
            expect(figures, name).toHaveLength(sizes.length);
            expect(
              figures.every((figure) => Number.isFinite(figure) && figure > 0),
              name,
            ).toBe(true);
          }
        }
      } finally {
        rmSync(cwd, { recursive: true });
      }
    });
  },
);
