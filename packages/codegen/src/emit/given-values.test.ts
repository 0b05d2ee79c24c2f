import { exerciseAny } from "@rbgen/testkit/codegen/exercise-annotated";
import { cutShort, exerciseColumns } from "@rbgen/testkit/codegen/exercise-columns";
import { exerciseGiven } from "@rbgen/testkit/codegen/exercise-given";
import { type AnyCodec, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { mended } from "@rbgen/testkit/codegen/mended";
import { givenValues } from "@rbgen/testkit/codegen/type-values";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { forms, generatedForm } from "./testing/forms.ts";

const seed = Number(process.env["RBGEN_SEED"]);
const numRuns = Number(process.env["RBGEN_VALUES"] ?? 60);

const files: Record<string, string> = {};
let values: ReturnType<typeof givenValues>;

beforeAll(async () => {
  for (const name of forms) files[`${name}.gen.ts`] = await generatedForm(name);
  values = givenValues(files);
});

/** A codec of a ring has one cursor for all of its records. */
function ringOf(codec: AnyCodec): { ring?: string; kindName?: string; open: boolean } {
  const view = Object.getOwnPropertyNames(Object.getPrototypeOf(codec.createView()));
  const kindName = view.includes("$kind") ? "$kind" : "kind";
  return view.includes("value") && view.includes("tag") ? { ring: codec.name, kindName, open: false } : { open: false };
}

test.each(forms)(
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
