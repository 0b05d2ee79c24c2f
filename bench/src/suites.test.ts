import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { select, suites } from "./suites.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

test("without a name all suites run, and all rows show", () => {
  const { suites: chosen, shows } = select([]);
  expect(chosen).toEqual(suites);
  expect(chosen.every((suite) => suite.rows.every((row) => shows(suite, row)))).toBe(true);
});

test("a row runs the suites that measure it, and shows alone", () => {
  const { suites: chosen, shows, unknown } = select(["P2"]);
  expect(chosen.map(({ name }) => name)).toEqual(["native-rings", "cilium"]);
  expect(chosen.map((suite) => suite.rows.filter((row) => shows(suite, row)))).toEqual([["P2"], ["P2"]]);
  expect(unknown).toEqual([]);
});

test("a suite and a row may be named together, and what is neither is told", () => {
  const { suites: chosen, shows, unknown } = select(["vm", "P1c", "P99"]);
  expect(chosen.map(({ name }) => name)).toEqual(["native-rings", "vm"]);
  expect(chosen.flatMap((suite) => suite.rows.filter((row) => shows(suite, row)))).toEqual([
    "P1c",
    "V1",
    "V2",
    "V3",
    "V4",
  ]);
  expect(unknown).toEqual(["P99"]);
});

test("the ids of all rows that the sources measure are those of the suites", () => {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !/\.(test|gen)\.ts$|^(suites|row)\.ts$/.test(name),
  );
  const ids = sources.flatMap((name) =>
    [
      ...readFileSync(`${folder}${name}`, "utf8").matchAll(/"(P\d+\w?|Perf(?: o)?|V\d|Relay|Page|Arrow|Lag|soak)"/g),
    ].map(([, id]) => id),
  );
  expect([...new Set(ids)].sort()).toEqual([...new Set(suites.flatMap(({ rows }) => rows))].sort());
});
