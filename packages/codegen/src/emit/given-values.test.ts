import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exerciseAny } from "@rbgen/testkit/codegen/exercise-annotated";
import { cutShort, exerciseColumns } from "@rbgen/testkit/codegen/exercise-columns";
import { exerciseGiven } from "@rbgen/testkit/codegen/exercise-given";
import { type AnyCodec, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { mended } from "@rbgen/testkit/codegen/mended";
import { givenValues } from "@rbgen/testkit/codegen/type-values";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import { generate } from "../generate.ts";

const seed = Number(process.env["RBGEN_SEED"]);
const numRuns = Number(process.env["RBGEN_VALUES"] ?? 60);

const types = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"];
const integers: Readonly<Record<string, string>> = { 8: "char", 16: "short", 32: "int", 64: "long long" };
const included: Readonly<Record<string, string>> = {
  "rbgen.h": readFileSync(fileURLToPath(new URL("../../include/rbgen.h", import.meta.url)), "utf8"),
  "linux/types.h": types
    .map((name) => `typedef ${name.startsWith("u") ? "unsigned" : "signed"} ${integers[name.slice(1)]} __${name};\n`)
    .join(""),
};

const folder = fileURLToPath(new URL("testing/forms/", import.meta.url));
/** Headers whose records have several forms in one another. */
const headers = readdirSync(folder).map((file) => file.replace(/\.h$/, ""));

async function generated(name: string): Promise<string> {
  const refuse = ({ code, message }: { code: string; message: string }): never => {
    throw new Error(`${name}: ${code} ${message}`);
  };
  const module = readHeader(
    { name: `${name}.h`, text: readFileSync(`${folder}${name}.h`, "utf8") },
    `${name}.h`,
    { read: (path) => included[path.replace(/^include\//, "")] },
    {
      ...{ endian: "little", includePaths: ["include"], systemPaths: [], forcedIncludes: [] },
      ...{ defines: [], undefines: [] },
    },
    refuse,
  );
  const file = await generate(
    module,
    { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "0.0.0", columns: true },
    (diagnostic) => (diagnostic.severity === "error" ? refuse(diagnostic) : undefined),
  );
  return file?.text ?? "";
}

const files: Record<string, string> = {};
let values: ReturnType<typeof givenValues>;

beforeAll(async () => {
  for (const name of headers) files[`${name}.gen.ts`] = await generated(name);
  values = givenValues(files);
});

/** A codec of a ring has one cursor for all of its records. */
function ringOf(codec: AnyCodec): { ring?: string; kindName?: string; open: boolean } {
  const view = Object.getOwnPropertyNames(Object.getPrototypeOf(codec.createView()));
  const kindName = view.includes("$kind") ? "$kind" : "kind";
  return view.includes("value") && view.includes("tag") ? { ring: codec.name, kindName, open: false } : { open: false };
}

test.each(headers)(
  "of what the types let through, encode refuses what it cannot tell, and decode gives back the rest: %s",
  async (name) => {
    const exports = await loadGenerated(files[`${name}.gen.ts`]!);
    for (const [codecName, arbitrary] of values.get(`${name}.gen.ts`)!) {
      const codec = exports[codecName] as AnyCodec;
      const samples: Uint8Array[] = [];
      const again = (error: unknown, given: unknown): Error =>
        new Error(`${codecName}: ${String(error)}\n${fc.stringify(given)}`, { cause: error });
      for (const given of fc.sample(arbitrary, { seed, numRuns }).flatMap((drawn) => [...mended(codec, drawn)])) {
        try {
          const bytes = exerciseGiven(codec, given);
          if (bytes !== undefined && bytes.length < 200) samples.push(bytes);
        } catch (error) {
          throw again(error, given);
        }
      }
      expect(samples.length, `${codecName} (RBGEN_SEED=${seed})`).toBeGreaterThan(0);
      const ring = ringOf(codec);
      const hostile = samples.slice(0, 8).flatMap((bytes, turn) => [...cutShort(bytes), ...changed(bytes, turn)]);
      for (const [turn, bytes] of hostile.entries()) {
        try {
          exerciseAny(ring, codec, bytes, turn);
        } catch (error) {
          throw again(error, bytes);
        }
      }
      exerciseColumns(codec, [...samples.slice(0, 8), ...hostile]);
    }
  },
);

/** The same bytes with one of them changed. */
function changed(bytes: Uint8Array, turn: number): Uint8Array[] {
  return Array.from({ length: Math.min(bytes.length, 12) }, (_, index) => {
    const copy = Uint8Array.from(bytes);
    copy[(index * 5 + turn) % bytes.length]! ^= 1 << ((index + turn) % 8);
    return copy;
  });
}
