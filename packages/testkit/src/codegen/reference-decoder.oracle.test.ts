import { resolve } from "@rbgen/btf";
import { expect, test } from "vitest";
import type { Machine } from "../compile.ts";
import { describeWith } from "../tools.ts";
import { sampleRecords } from "./arbitrary-record.ts";
import { askC } from "./c-oracle.ts";
import { firstDifference } from "./difference.ts";
import { ReferenceDecoder } from "./reference-decoder.ts";
import { btfModuleOf, enumSignIn } from "./ways.ts";

const seed = Number(process.env["RBGEN_SEED"]);

describeWith(["clang", "gcc", "s390x"], `the reference decoder (RBGEN_SEED=${seed})`, () => {
  test.each<[string, Machine, "little" | "big"]>([
    ["native, little-endian", "native", "little"],
    ["s390x, big-endian", "s390x", "big"],
  ])("reads what C wrote, %s", (_, machine, endian) => {
    const records = sampleRecords(250, seed, "r", { alignInt128: endian === "big" });
    const module = btfModuleOf(records, endian);
    const oracles = askC(records, machine, seed).seenWith({ enumSign: enumSignIn(module), int64: "bigint" });
    const faults = oracles.flatMap(({ record, filled, random }) => {
      const type = resolve(module.find(record.tag)[0]!);
      if (type.kind !== "struct" && type.kind !== "union") throw new Error(`${record.tag} is a ${type.kind}`);
      return [...filled, ...random].flatMap(({ bytes, expected }) => {
        const difference = firstDifference(new ReferenceDecoder(bytes, endian).record(type), expected.value);
        return difference === undefined ? [] : [`${record.tag}: ${difference}`];
      });
    });
    expect(oracles).toHaveLength(250);
    expect(faults).toEqual([]);
  });
});
