import fc from "fast-check";
import { type Machine, withProgram } from "../compile.ts";
import { arbitraryValue, type DrawnValue, meaningLeaves } from "./arbitrary-value.ts";
import { programText } from "./c-program.ts";
import { type CComposite, tailOf } from "./c-type.ts";
import type { RecordCase } from "./exercise.ts";
import { expectedRecord, type Reading } from "./expectation.ts";
import { LeafReader, LeafWriter } from "./leaf-stream.ts";

/** A record's layout, as the C compiler has it; in bytes. */
export interface CLayout {
  readonly size: number;
  readonly tailOffset: number;
  readonly tailStride: number;
}

/** A sample and the words that C read from it. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly leaves: Uint8Array;
  readonly tailCount: number;
}

/** What C says of one record. */
export interface RecordOracle {
  readonly record: CComposite;
  readonly layout: CLayout;
  readonly filled: readonly RecordCase[];
  readonly random: readonly RecordCase[];
}

/** What C wrote, to be looked at as any generated file may see it. */
export interface BatchOracle {
  seenWith(reading: Reading): readonly RecordOracle[];
}

const filledCases = 4;
const randomCases = 3;
const meaningTurns = 3;
const asDeclared: Reading = { enumSign: (_, declared) => declared, int64: "bigint" };

function valuesOf(record: CComposite, seed: number, reading: Reading): DrawnValue[] {
  return fc.sample(arbitraryValue(record, reading.enumSign), { seed, numRuns: filledCases });
}

function randomBytes(length: number, seed: number): Uint8Array {
  if (length === 0) return new Uint8Array(0);
  if (seed % randomCases === 0) return new Uint8Array(length).fill(0xff);
  const [bytes] = fc.sample(fc.uint8Array({ minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
    unbiased: true,
  });
  return bytes!;
}

/** Counts the words of a value, which the program writes without saying how many they are. */
class CountingReader extends LeafReader {
  words = 0;
  override word(): bigint {
    this.words++;
    return super.word();
  }
}

function readAnswer(record: CComposite, output: Uint8Array, at: number, layout: CLayout): [Answer, number] {
  const length = Number(new DataView(output.buffer, output.byteOffset).getBigUint64(at, true));
  const tailCount = layout.tailStride === 0 ? 0 : (length - layout.tailOffset) / layout.tailStride;
  const start = at + 8 + length;
  const counting = new CountingReader(output.subarray(start));
  expectedRecord(record, counting, tailCount, asDeclared);
  const end = start + counting.words * 8;
  return [{ bytes: output.slice(at + 8, start), leaves: output.slice(start, end), tailCount }, end];
}

/**
 * Compiles and runs one program for all of `records`: random values filled in by C, random bytes read by C.
 * Everything comes from `seed`.
 */
export function askC(records: readonly CComposite[], machine: Machine, seed: number): BatchOracle {
  return withProgram(programText(records), machine, (run) => {
    const table = new LeafReader(run(new Uint8Array(0)));
    const layouts = records.map((): CLayout => {
      const [size, tailOffset, tailStride] = [table.word(), table.word(), table.word()].map(Number);
      return { size: size!, tailOffset: tailOffset!, tailStride: tailStride! };
    });
    const input = new LeafWriter();
    records.forEach((record, index) => {
      const { size, tailOffset, tailStride } = layouts[index]!;
      const put = (raw: boolean, count: number, payload: Uint8Array): void => {
        for (const word of [index, raw ? 1 : 0, count]) input.word(word);
        input.append(payload);
      };
      for (const value of valuesOf(record, seed + index, asDeclared)) put(false, value.tailCount, value.leaves);
      for (let i = 0; i < randomCases; i++) {
        const count = tailOf(record) === undefined ? 0 : (seed + i) % 5;
        const length = tailStride === 0 ? size : tailOffset + count * tailStride;
        put(true, count, randomBytes(length, seed * 31 + index * randomCases + i));
        for (let turn = 0; turn < meaningTurns; turn++) put(false, count, meaningLeaves(record, count, turn));
      }
    });
    const output = run(input.bytes());
    let at = records.length * 24;
    const answers = records.map((record, index) => {
      const next = (): Answer => {
        const [answer, end] = readAnswer(record, output, at, layouts[index]!);
        at = end;
        return answer;
      };
      const filled = Array.from({ length: filledCases }, next);
      const random = Array.from({ length: randomCases }, () => {
        const answer = next();
        const meaning = new Uint8Array(answer.bytes.length);
        for (let turn = 0; turn < meaningTurns; turn++) {
          next().bytes.forEach((byte, place) => {
            meaning[place]! |= byte;
          });
        }
        return { answer, meaning };
      });
      return { filled, random };
    });
    if (at !== output.length) throw new Error(`the C program wrote ${output.length} bytes, ${at} of them expected`);
    return {
      seenWith: (reading) =>
        records.map((record, index): RecordOracle => {
          const caseOf = ({ bytes, leaves, tailCount }: Answer): RecordCase => ({
            bytes,
            expected: expectedRecord(record, new LeafReader(leaves), tailCount, reading),
          });
          const { filled, random } = answers[index]!;
          const values = valuesOf(record, seed + index, reading);
          return {
            record,
            layout: layouts[index]!,
            filled: filled.map((answer, i) => ({ ...caseOf(answer), input: values[i]!.input })),
            random: random.map(({ answer, meaning }) => ({ ...caseOf(answer), meaning })),
          };
        }),
    };
  });
}
