import fc from "fast-check";
import type { Machine } from "../compile.ts";
import { altered } from "./altered.ts";
import { askC, type BatchOracle, type RecordOracle } from "./c-oracle.ts";
import { definitionText } from "./c-text.ts";
import { type CComposite, tailOf } from "./c-type.ts";
import { exerciseFilled, exerciseRandom } from "./exercise.ts";
import { cutShort, exerciseColumns } from "./exercise-columns.ts";
import { exerciseGiven } from "./exercise-given.ts";
import { exerciseCount, exerciseLengths, exerciseRanges } from "./exercise-refusals.ts";
import type { Reading } from "./expectation.ts";
import { type AnyCodec, codecsOf, loadGenerated } from "./load-generated.ts";
import { mended } from "./mended.ts";
import { reduceRecord } from "./reduce.ts";

/** A generated file for a batch of records. */
export interface Generated {
  readonly text: string;
  readonly reading: Reading;
}

/** Turns a batch of records into generated files, one for each way that their types can reach the generator. */
export type Generator = (records: readonly CComposite[]) => Promise<Readonly<Record<string, Generated>>>;

/** A record for which a generated codec and C disagree. */
export interface Failure {
  readonly tag: string;
  readonly way: string;
  readonly message: string;
  readonly source: string;
}

function exercise(oracle: RecordOracle, codec: AnyCodec, seed: number): void {
  const { record, layout } = oracle;
  const minByteLength = tailOf(record) === undefined ? layout.size : layout.tailOffset;
  exerciseLengths(codec, minByteLength, layout.size, oracle.filled[0]?.input ?? {});
  oracle.filled.forEach((sample, index) => {
    exerciseFilled(record, codec, sample, index);
    exerciseCount(record, codec, sample, layout.tailOffset);
    if (index < 2) exerciseRanges(record, codec, sample.input);
  });
  oracle.random.forEach((sample, index) => {
    exerciseRandom(record, codec, sample, index);
  });
  if (record.length !== undefined) exerciseNear(oracle, codec, seed);
  const samples = [...oracle.filled, ...oracle.random].map(({ bytes }) => bytes);
  exerciseColumns(codec, [...samples, ...samples.slice(0, 1).flatMap(cutShort)]);
}

/** Values that are nearly right: each is refused, or given back. */
function exerciseNear({ filled }: RecordOracle, codec: AnyCodec, seed: number): void {
  for (const { input } of filled.slice(0, 3)) {
    for (const drawn of fc.sample(altered(input), { seed, numRuns: 6 })) {
      for (const given of mended(codec, drawn)) exerciseGiven(codec, given);
    }
  }
}

async function failuresOf(
  batch: BatchOracle,
  way: string,
  { text, reading }: Generated,
  seed: number,
): Promise<Failure[]> {
  const codecs = codecsOf(await loadGenerated(text));
  return batch.seenWith(reading).flatMap((oracle) => {
    const { record } = oracle;
    const failure = (message: string): Failure[] => [{ tag: record.tag, way, message, source: definitionText(record) }];
    const codec = codecs.get(record.tag);
    if (codec === undefined) return failure("no codec was generated");
    try {
      exercise(oracle, codec, seed);
      return [];
    } catch (error) {
      return failure(error instanceof Error ? error.message : String(error));
    }
  });
}

/** Every record of a batch, in every way that it reaches the generator, against C; one program for all. */
export async function prove(
  records: readonly CComposite[],
  machine: Machine,
  seed: number,
  generator: Generator,
): Promise<Failure[]> {
  const batch = askC(records, machine, seed);
  const files = await generator(records);
  const failures: Failure[] = [];
  for (const [way, generated] of Object.entries(files))
    failures.push(...(await failuresOf(batch, way, generated, seed)));
  return failures;
}

/** Failures that say the same of different records are one fault: names and numbers left out. */
function faultOf(message: string): string {
  const [line] = message.split("\n");
  return line!.replace(
    /"[^"]*"|\{[^}]*\}|[\w.[\]$-]*\d[\w.[\]$-]*|\b(at|lacks member|member) \S+|[\w.[\]]+(?=:? (is|has|does))/g,
    "…",
  );
}

/**
 * A report of `failures`: one record for each fault, made as small as it still fails, and how many more there are.
 * `again` proves a single record anew.
 */
export async function reportOf(
  failures: readonly Failure[],
  records: readonly CComposite[],
  again: (record: CComposite) => Promise<readonly Failure[]>,
  faults = 8,
): Promise<string> {
  const groups = new Map<string, Failure[]>();
  for (const failure of failures) {
    const fault = `${failure.way} ${faultOf(failure.message)}`;
    groups.set(fault, [...(groups.get(fault) ?? []), failure]);
  }
  const reports: string[] = [];
  for (const [fault, group] of [...groups].slice(0, faults)) {
    const [first] = group;
    const record = records.find((candidate) => candidate.tag === first!.tag)!;
    let least = first!;
    await reduceRecord(record, async (candidate) => {
      const same = (failure: Failure): boolean => `${failure.way} ${faultOf(failure.message)}` === fault;
      // Taking a part away may leave what no compiler accepts: two forms of one tag, a union of nothing.
      const found = await again(candidate).then(
        (failures) => failures.find(same),
        () => undefined,
      );
      if (found !== undefined) least = found;
      return found !== undefined;
    });
    reports.push(`${least.way}: ${least.message} (${group.length} records)\n${least.source}`);
  }
  const more = groups.size - reports.length;
  return [...reports, ...(more > 0 ? [`and ${more} more faults`] : [])].join("\n");
}
