import { readFileSync } from "node:fs";
import type { Struct, Union } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { GuardedBytes } from "@rbgen/testkit/codegen/canary";
import { exerciseDecode } from "@rbgen/testkit/codegen/exercise";
import { type AnyCodec, codecsOf, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { isData, ReferenceDecoder } from "@rbgen/testkit/codegen/reference-decoder";
import { generated, optionsFor } from "@rbgen/testkit/codegen/ways";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { readBtfModule } from "./btf/btf-module.ts";
import { typeCheck } from "./emit/testing/type-check.ts";
import type { TypeModule } from "./module.ts";

const seed = Number(process.env["RBGEN_SEED"]);
const largest = 64 * 1024;
/** A third of the structs is type-checked, another one by each seed: TypeScript takes minutes for all. */
const share = process.env["RBGEN_LONG"] === "1" ? 1 : 3;
const vmlinux = "/sys/kernel/btf/vmlinux";

/** Named structs and unions of up to 64 KiB; of names that two types share, neither. */
function recordsOf(module: TypeModule): (Struct | Union)[] {
  return [...module.types()].filter(
    (type): type is Struct | Union =>
      (type.kind === "struct" || type.kind === "union") &&
      type.size > 0 &&
      type.size <= largest &&
      module.find(type.name).filter((found) => found.kind !== "fwd").length === 1,
  );
}

function compare(type: Struct | Union, codec: AnyCodec, index: number): string | undefined {
  // As long as the type, as short as its flexible member allows, and longer.
  for (const length of new Set([type.size, codec.minByteLength, type.size + 24])) {
    const size = { minLength: length, maxLength: length };
    const [bytes] = fc.sample(fc.uint8Array(size), { seed: seed + index, numRuns: 1, unbiased: true });
    try {
      exerciseDecode(
        codec,
        new GuardedBytes(length, index, bytes),
        new ReferenceDecoder(bytes!, "little").record(type),
      );
    } catch (error) {
      return `${type.kind} ${type.name}, ${length} bytes: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}

describeWith(["vmlinux"], `the structs of the running kernel (RBGEN_SEED=${seed})`, () => {
  let module: TypeModule;
  let types: (Struct | Union)[];
  beforeAll(() => {
    const read = readBtfModule(readFileSync(vmlinux), { name: "vmlinux", path: vmlinux }, (problem) => {
      throw new Error(problem.message);
    });
    if (read === undefined) throw new Error("the kernel's BTF is not read");
    module = read;
    types = recordsOf(module);
  });

  test("of up to 64 KiB decode from random bytes, and show in views, what the reference decoder finds", async () => {
    const options = optionsFor(
      types.map((type) => type.name),
      { case: "preserve", int64: "bigint" },
    );
    const codecs = codecsOf(await loadGenerated(await generated(module, options)));
    const faults = types.flatMap((type, index) => {
      const codec = codecs.get(type.name);
      if (codec === undefined) return [`${type.name} has no codec`];
      return compare(type, codec, index) ?? [];
    });
    expect(faults).toEqual([]);
    expect(types.length).toBeGreaterThan(5000);
  });

  test("that are made of data type-check in one program, under plain strict on TypeScript 5.4 and under all flags", async () => {
    const known = new Map();
    const all = types.filter((type) => isData(type, known)).map((type) => type.name);
    expect(all.length).toBeGreaterThan(2500);
    const data = all.filter((_, index) => index % share === seed % share);
    const text = await generated(module, optionsFor(data, { case: "camel", int64: "bigint" }));
    expect(typeCheck({ "vmlinux.gen.ts": text })).toEqual({ oldest: [], own: [] });
  });
});
