import type { Gathering } from "../ring/gathering.ts";
import { lowWord } from "../ring/header.ts";
import type { ColumnBuffer } from "./column-buffer.ts";
import type { ColumnType, StructType } from "./column-type.ts";
import { DictionaryBuffer } from "./dictionary-buffer.ts";
import { NumberBuffer } from "./number-buffer.ts";

/** How a column is made of a sample's bytes: as they are, by whether they are 0, or by the number of their string. */
const made = { copied: 0, truth: 1, dictionary: 2 } as const;

/** Bytes of a sample that a row of a column is made of, and how. */
function copyOf(
  type: ColumnType,
  array: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number },
): [how: number, size: number] | undefined {
  switch (type.kind) {
    case "number":
      return [made.copied, array.BYTES_PER_ELEMENT];
    case "bool":
      return [made.truth, 1];
    case "bytes":
      return [made.copied, type.size];
    case "dictionary":
      return type.size % 4 === 0 ? [made.dictionary, type.size] : undefined;
    default:
      return undefined;
  }
}

/** Makes gatherings of a buffer whose columns a codec says the places of. */
export class Gatherer {
  readonly #plan: Uint8Array;
  readonly #columns: readonly ColumnBuffer[];

  private constructor(plan: Uint8Array, columns: readonly ColumnBuffer[]) {
    this.#plan = plan;
    this.#columns = columns;
  }

  /** Of the columns of a struct; undefined where a column is more than a copy, or the machine's order is not the records'. */
  static of(
    places: readonly number[] | undefined,
    { members }: StructType,
    columns: readonly ColumnBuffer[],
  ): Gatherer | undefined {
    if (places === undefined || lowWord !== 0) return undefined;
    if (members.length !== places.length || members.length === 0) return undefined;
    const words: number[] = [];
    for (const [index, { type }] of members.entries()) {
      const column = columns[index];
      if (!(column instanceof NumberBuffer || column instanceof DictionaryBuffer)) return undefined;
      const copy = copyOf(type, column.array);
      if (copy === undefined) return undefined;
      words.push(copy[0], places[index] as number, copy[1]);
    }
    return new Gatherer(new Uint8Array(Uint32Array.from(words).buffer), columns);
  }

  /** Into the memory that the columns have now. */
  gathering(): Gathering {
    const arrays = this.#columns.flatMap((column): readonly ArrayBufferView[] =>
      column instanceof DictionaryBuffer ? column.memory : [(column as NumberBuffer).array],
    );
    return { plan: this.#plan, arrays };
  }
}
