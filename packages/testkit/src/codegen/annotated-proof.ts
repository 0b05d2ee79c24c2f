import fc from "fast-check";
import { type Diagnostic, type GenerateOptions, generate, readBtfModule, readHeader, type TypeModule } from "rbgen";
import { compileBpf, type Machine } from "../compile.ts";
import { altered } from "./altered.ts";
import { askAnnotated } from "./annotated-oracle.ts";
import type { AnnotatedRecord } from "./annotated-record.ts";
import { type AnnotationPlace, withAnnotations } from "./annotated-text.ts";
import { exerciseAnnotated } from "./exercise-annotated.ts";
import { cutShort, exerciseColumns } from "./exercise-columns.ts";
import { exerciseGiven } from "./exercise-given.ts";
import { type AnyCodec, codecsOf, loadGenerated } from "./load-generated.ts";
import { mended } from "./mended.ts";
import type { Failure } from "./proof.ts";
import { givenValues } from "./type-values.ts";

type Endian = "little" | "big";

interface Way {
  readonly name: string;
  readonly place: AnnotationPlace;
  /** Arrays of numbers become typed arrays. */
  readonly typedArrays?: true;
  readonly read: (text: string, records: readonly AnnotatedRecord[], endian: Endian) => TypeModule;
}

function throughClang(text: string, records: readonly AnnotatedRecord[], endian: Endian): TypeModule {
  const anchors = records.map(({ tag }, index) => `struct ${tag} *anchor${index};\n`).join("");
  // Nothing refers to the items of a list but their name.
  const items = [...text.matchAll(/^struct (\w+_item) \{/gm)].map(([, tag]) => `struct ${tag} *anchor_${tag};\n`);
  const enums = [...text.matchAll(/^enum (\w+) \{/gm)].map(([, tag]) => `enum ${tag} anchor_${tag};\n`);
  const object = compileBpf(text + anchors + items.join("") + enums.join(""), endian);
  const module = readBtfModule(object, { name: "types.bpf.o", path: "types.bpf.o" }, refuse);
  if (module === undefined) throw new Error("clang's BTF is not read");
  return module;
}

function throughHeader(text: string, _: readonly AnnotatedRecord[], endian: Endian): TypeModule {
  const options = { endian, includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  return readHeader({ name: "types.h", text }, "types.h", { read: () => undefined }, options, refuse);
}

function refuse(diagnostic: Diagnostic): void {
  throw new Error(`${diagnostic.code} ${diagnostic.message}`);
}

/** Each place where annotations may stand, and each front-end. */
export const annotatedWays: readonly Way[] = [
  { name: "decl tags in clang's BTF", place: "tags", read: throughClang },
  { name: "comments and counted_by in a header", place: "comments", read: throughHeader },
  { name: "decl tags in a header", place: "tags", read: throughHeader },
  {
    name: "the configuration, over clang's BTF, with typed arrays",
    place: "config",
    read: throughClang,
    typedArrays: true,
  },
];

/** The file that is generated for `records`. @throws Error with the first diagnostics where there is none. */
export async function annotatedFile(
  records: readonly AnnotatedRecord[],
  way: Way,
  endian: Endian,
  parts: Pick<GenerateOptions, "only" | "columns"> = { columns: true },
): Promise<string> {
  const whole = records.map(({ definitions }) => definitions).join("");
  const { text, config } = withAnnotations(whole, way.place);
  const module = way.read(`#include <linux/types.h>\n#define WIRE(order)\n${text}`, records, endian);
  const options: GenerateOptions = {
    types: records.map(({ tag }) => tag),
    all: false,
    maps: {},
    case: "camel",
    int64: "bigint",
    ...parts,
    typedArrays: way.typedArrays === true,
    annotations: config,
    version: "0.0.0",
  };
  const errors: string[] = [];
  const file = await generate(module, options, ({ severity, code, at, message }) => {
    if (severity === "error") errors.push(`${code} ${at ?? ""}: ${message}`);
  });
  if (file === undefined) throw new Error(`nothing was generated: ${errors.slice(0, 5).join("\n")}`);
  return file.text;
}

/** A sample, and what it becomes where it is cut or a bit of it is another one. */
function hostileSamples({ bytes }: { readonly bytes: Uint8Array }, turn: number): Uint8Array[] {
  const changed = Array.from({ length: Math.min(bytes.length, 16) }, (_, index) => {
    const copy = Uint8Array.from(bytes);
    copy[(index * 7 + turn) % bytes.length]! ^= 1 << (index % 8);
    return copy;
  });
  return [bytes, ...cutShort(bytes), ...changed];
}

/** Values that are nearly right, and those that `types` let through: each is refused, or given back. */
function exerciseValues(
  record: AnnotatedRecord,
  codec: AnyCodec,
  types: fc.Arbitrary<unknown> | undefined,
  seed: number,
): void {
  const near = record.samples.flatMap(({ input }) => fc.sample(altered(input), { seed, numRuns: 6 }));
  const typed = types === undefined ? [] : fc.sample(types, { seed, numRuns: 6 });
  for (const drawn of [...near, ...typed]) {
    for (const given of mended(codec, drawn)) exerciseGiven(codec, given, record.open);
  }
}

/** What the types of a generated file let through, for each of its codecs. */
function typedValues(
  text: string,
  exports: Readonly<Record<string, unknown>>,
): (codec: AnyCodec) => fc.Arbitrary<unknown> | undefined {
  const names = new Map(Object.entries(exports).map(([name, value]) => [value, name]));
  const values = givenValues({ "records.gen.ts": text }).get("records.gen.ts");
  return (codec) => values?.get(names.get(codec) ?? "");
}

/** Every sample of `records`, made by C on `machine`, against what is generated in each way. */
export async function proveAnnotated(
  records: readonly AnnotatedRecord[],
  machine: Machine,
  seed: number,
  ways: readonly Way[] = annotatedWays,
): Promise<Failure[]> {
  const answers = askAnnotated(records, machine);
  const failures: Failure[] = [];
  for (const way of ways) {
    const text = await annotatedFile(records, way, machine === "native" ? "little" : "big");
    const exports = await loadGenerated(text);
    const codecs = codecsOf(exports);
    // What is given to encode is the same whatever way the types came.
    const values = way === ways[0] ? typedValues(text, exports) : undefined;
    for (const [index, record] of records.entries()) {
      const codec = codecs.get(record.ring ?? record.tag);
      const source = withAnnotations(record.definitions, way.place).text;
      try {
        if (codec === undefined) throw new Error("no codec was generated");
        answers[index]!.forEach((sample, turn) => {
          exerciseAnnotated(record, codec, sample, index + turn);
        });
        exerciseColumns(codec, answers[index]!.flatMap(hostileSamples));
        if (values !== undefined && !record.overlaid) exerciseValues(record, codec, values(codec), seed + index);
      } catch (error) {
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
        failures.push({ tag: record.tag, way: way.name, message, source });
      }
    }
  }
  return failures;
}
