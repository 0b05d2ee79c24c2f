import { type NamedType, parseBtf } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { arbitraryPrograms } from "@rbgen/testkit/c/arbitrary-program";
import { compile } from "@rbgen/testkit/c/clang";
import { anchors, differences } from "@rbgen/testkit/c/same-type";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { readHeader } from "./front-end.ts";

const programsPerCompilation = 250;
const compilations = Number(process.env["RBGEN_RANDOM_C"] ?? 22);
const seed = Number(process.env["RBGEN_SEED"]);

const batch = arbitraryPrograms(programsPerCompilation);

/** The lines of `text` about what `name` names, for a message that can be read. */
function excerpt(programs: readonly string[], name: string): string {
  return programs[Number(/^p(\d+)_/.exec(name)?.[1])] ?? "";
}

async function faultsOf(
  programs: readonly string[],
  endian: "little" | "big",
): Promise<{ readonly faults: string[]; readonly types: number }> {
  const text = programs.join("\n");
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "random.h", text },
    "random.h",
    { read: () => undefined },
    {
      endian,
      includePaths: [],
      systemPaths: [],
      forcedIncludes: [],
      defines: [],
      undefines: [],
    },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const types = [...module.types()];
  const compiled = await compile(`${text}\n${anchors(types)}`, endian);
  const faults = diagnostics.map(
    ({ code, message, span }) => `${code} ${message}: ${span?.source.text.slice(span.start - 60, span.end + 60)}`,
  );
  if (!compiled.accepted) return { faults: [...faults, compiled.messages], types: 0 };
  const btf = parseBtf(compiled.object);
  for (const type of types) {
    const kind = (other: NamedType): string => (other.kind === "enum64" ? "enum" : other.kind);
    const theirs = btf.find(type.name).find((other) => kind(other) === kind(type));
    const found = theirs === undefined ? ["is not in clang's BTF"] : differences(type, theirs);
    if (found.length > 0)
      faults.push(`${type.kind} ${type.name}: ${found.join("; ")}\n${excerpt(programs, type.name)}`);
  }
  return { faults, types: types.length };
}

describeWith(["clang"], "random C", () => {
  test(`${compilations * programsPerCompilation} programs have clang's layouts, in both byte orders (seed ${seed})`, async () => {
    process.stdout.write(`random C: seed ${seed}\n`);
    let types = 0;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(batch, async (programs) => {
        const result = await faultsOf(programs, run++ % 2 === 0 ? "little" : "big");
        types += result.types;
        expect(result.faults.slice(0, 5)).toEqual([]);
      }),
      { seed, numRuns: compilations, endOnFailure: true },
    );
    expect(types).toBeGreaterThan(compilations * programsPerCompilation);
  });
});
