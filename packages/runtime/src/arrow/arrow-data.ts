import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  makeData,
  makeVector,
  Struct,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import { integer } from "../checked-number.ts";
import type {
  ArmColumn,
  BytesColumn,
  DictionaryColumn,
  FixedListColumn,
  ListColumn,
  NumberColumn,
  StructColumns,
} from "../columns/column-batch.ts";
import type { ColumnType, ElementName, MemberType, StructType } from "../columns/column-type.ts";

const numbers: Readonly<Record<ElementName, () => DataType>> = {
  Int8: () => new Int8(),
  Uint8: () => new Uint8(),
  Int16: () => new Int16(),
  Uint16: () => new Uint16(),
  Int32: () => new Int32(),
  Uint32: () => new Uint32(),
  Float32: () => new Float32(),
  Float64: () => new Float64(),
  BigInt64: () => new Int64(),
  BigUint64: () => new Uint64(),
};

/** Rows that an offset of Arrow can count. */
const mostRows = 2 ** 31 - 1;

/** What Arrow's data of any type is made of. */
interface Parts {
  readonly type: DataType;
  readonly length: number;
  /** A bit for each row, lowest first; undefined where all have a value. */
  readonly nullBitmap: Uint8Array | undefined;
  readonly data?: NumberColumn;
  readonly valueOffsets?: Int32Array;
  readonly child?: Data;
  readonly children?: readonly Data[];
  readonly dictionary?: unknown;
}

/** Arrow's own function takes each type's parts by an overload of its own. */
function made({ nullBitmap, ...parts }: Parts): Data {
  return (makeData as (parts: object) => Data)({ ...parts, nullBitmap, nullCount: nullBitmap === undefined ? 0 : -1 });
}

/** A bit for each element that is not 0, lowest first. */
function bits(values: ArrayLike<number>, length: number, has: (value: number) => boolean): Uint8Array {
  const packed = new Uint8Array(Math.ceil(length / 8));
  for (let row = 0; row < length; row++) if (has(values[row]!)) packed[row >> 3]! |= 1 << (row & 7);
  return packed;
}

function coded({ codes, values }: DictionaryColumn, length: number, nullBitmap: Uint8Array | undefined): Data {
  const type = new Dictionary(new Utf8(), new Int32());
  const known = bits(codes, length, (code) => code >= 0);
  const all = codes.every((code) => code >= 0);
  return made({
    type,
    length,
    // a row without any kind has no code
    nullBitmap: all ? nullBitmap : known.map((byte, index) => byte & (nullBitmap?.[index] ?? 0xff)),
    data: all ? codes : codes.map((code) => Math.max(0, code)),
    dictionary: makeVector(textData(values)),
  });
}

/** Texts, each once. Arrow's own builders compile a function of text, which the policy of a page may refuse. */
function textData(values: readonly string[]): Data {
  const encoder = new TextEncoder();
  const texts = values.map((value) => encoder.encode(value));
  const valueOffsets = new Int32Array(texts.length + 1);
  texts.forEach((text, index) => {
    valueOffsets[index + 1] = (valueOffsets[index] as number) + text.byteLength;
  });
  const data = new Uint8Array(valueOffsets[texts.length] as number);
  texts.forEach((text, index) => {
    data.set(text, valueOffsets[index]);
  });
  return made({ type: new Utf8(), length: texts.length, nullBitmap: undefined, valueOffsets, data });
}

/** `length` rows of a column of `type`, in the batch's own memory where Arrow has the same form. */
function columnData(type: ColumnType, column: unknown, length: number, nullBitmap?: Uint8Array): Data {
  switch (type.kind) {
    case "number":
      return made({ type: numbers[type.of](), length, nullBitmap, data: column as NumberColumn });
    case "bool":
      return made({ type: new Bool(), length, nullBitmap, data: bits(column as Uint8Array, length, Boolean) });
    case "int128": {
      const { values } = column as FixedListColumn<BigUint64Array>;
      return fixedList(
        "half",
        2,
        columnData({ kind: "number", of: "BigUint64" }, values, 2 * length),
        length,
        nullBitmap,
      );
    }
    case "bytes":
      return made({
        ...{ type: new FixedSizeBinary(type.size), length, nullBitmap },
        data: (column as FixedListColumn<Uint8Array>).values,
      });
    case "binary":
    case "text": {
      const { offsets, bytes } = column as BytesColumn;
      const as = type.kind === "text" ? new Utf8() : new Binary();
      return made({ type: as, length, nullBitmap, valueOffsets: offsets, data: bytes });
    }
    case "dictionary":
    case "kind":
      return coded(column as DictionaryColumn, length, nullBitmap);
    case "list": {
      if (type.count !== undefined) {
        const { values } = column as FixedListColumn;
        return fixedList("item", type.count, columnData(type.of, values, type.count * length), length, nullBitmap);
      }
      const { offsets, values } = column as ListColumn;
      const child = columnData(type.of, values, offsets[length]!);
      return made({
        ...{ type: new List(new Field("item", child.type, true)), length, nullBitmap },
        ...{ valueOffsets: offsets, child },
      });
    }
    case "struct":
      return structData(type, column as StructColumns, nullBitmap);
  }
}

function fixedList(name: string, count: number, child: Data, length: number, nullBitmap: Uint8Array | undefined): Data {
  return made({ type: new FixedSizeList(count, new Field(name, child.type, true)), length, nullBitmap, child });
}

function memberData({ type, arm, path }: MemberType, { columns, length }: StructColumns): Data {
  const column = columns[path];
  if (arm === undefined) return columnData(type, column, length);
  const { validity, values } = column as ArmColumn;
  return columnData(type, values, length, validity);
}

/** The rows of a struct, a child for each column. */
export function structData(type: StructType, columns: StructColumns, nullBitmap?: Uint8Array): Data<Struct> {
  const length = integer(columns.length, "the length of a batch", 0, mostRows);
  const children = type.members.map((member) => memberData(member, columns));
  const fields = type.members.map(({ path, arm }, index) => new Field(path, children[index]!.type, arm !== undefined));
  return made({ type: new Struct(fields), length, nullBitmap, children }) as Data<Struct>;
}
