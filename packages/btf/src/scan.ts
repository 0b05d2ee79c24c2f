import {
  elementWords,
  extraWords,
  kindMask,
  kindName,
  kindNumber,
  kindShift,
  lastKind,
  linkages,
  vlenMask,
} from "./constants.ts";
import { BtfError } from "./error.ts";

/** Sizes of kinds that are not known, from the layout section: `[extra words, words per element]` by kind. */
export type KindSizes = (kind: number) => readonly [number, number] | undefined;

/** What {@link scanTypes} reads. */
export interface ScanInput {
  /** The type section, in the machine's byte order. */
  readonly words: Uint32Array;
  /** Where the type section starts in the file, for errors. */
  readonly start: number;
  /** Id of the first type: 1, or what follows the base's last one. */
  readonly firstId: number;
  /** First string offset that does not exist. */
  readonly stringsEnd: number;
  readonly sizes: KindSizes;
}

/** What one pass over the type section tells. */
export interface ScannedTypes {
  /** First word of each type. */
  readonly index: Uint32Array;
  /** Some integer has fewer bits than its bytes: members that have it are old-style bit-fields. */
  readonly partialInts: boolean;
}

/**
 * One pass over the type section: where each type starts. All that can be checked without
 * looking at another type is checked here: that types end in the section, that names lie in the string section,
 * that ids exist, that sizes and linkages are possible.
 * @throws {@link BtfError} `bounds`, `kind`, `type`, `type-id`, `string`, `size`.
 */
export function scanTypes(input: ScanInput): ScannedTypes {
  const { words, start, firstId, stringsEnd, sizes } = input;
  const end = words.length;
  const index = new Uint32Array(Math.floor(end / 3));
  let count = 0;
  let highestRef = 0;
  let highestRefBy = 0;
  let at = 0;
  let partialInts = false;

  const fail = (code: "bounds" | "kind" | "type" | "string" | "size", message: string): never => {
    throw new BtfError(code, message, { typeId: firstId + count, offset: start + at * 4 });
  };
  // A closure per loop would cost more than the loop: the two checks below are written out where they are hot.
  const name = (offset: number): void => {
    if (offset >= stringsEnd) fail("string", `string offset ${offset} is outside of the string section`);
  };
  const refer = (id: number): void => {
    if (id > highestRef) {
      highestRef = id;
      highestRefBy = firstId + count;
    }
  };

  while (at < end) {
    if (end - at < 3) fail("bounds", "the type section ends inside of a type");
    const info = words[at + 1]!;
    const third = words[at + 2]!;
    const kind = (info >>> kindShift) & kindMask;
    const vlen = info & vlenMask;
    name(words[at]!);
    let extra: number;
    let perElement: number;
    if (kind >= 1 && kind <= lastKind) {
      extra = extraWords[kind]!;
      perElement = elementWords[kind]!;
    } else {
      const described = kind === 0 ? undefined : sizes(kind);
      if (described === undefined) {
        throw new BtfError("kind", `kind ${kind} is not known, and the file does not describe it`, {
          typeId: firstId + count,
          offset: start + at * 4,
        });
      }
      [extra, perElement] = described;
    }
    const first = at + 3;
    // A function's vlen is its linkage: no elements follow.
    const next = first + extra + perElement * vlen;
    if (next > end) {
      fail("bounds", `${kindName[kind] ?? `kind ${kind}`} with ${vlen} elements reaches beyond the type section`);
    }
    switch (kind) {
      case kindNumber.int:
        checkInt(third, words[first]!, fail);
        if ((words[first]! & 0xff_ffff) !== third * 8) partialInts = true;
        break;
      case kindNumber.ptr:
      case kindNumber.typedef:
      case kindNumber.volatile:
      case kindNumber.const:
      case kindNumber.restrict:
      case kindNumber.type_tag:
      case kindNumber.decl_tag:
        refer(third);
        break;
      case kindNumber.array:
        refer(words[first]!);
        refer(words[first + 1]!);
        break;
      case kindNumber.struct:
      case kindNumber.union:
        for (let member = first; member < next; member += 3) {
          if (words[member]! >= stringsEnd) name(words[member]!);
          if (words[member + 1]! > highestRef) refer(words[member + 1]!);
        }
        break;
      case kindNumber.enum:
        if (third !== 1 && third !== 2 && third !== 4 && third !== 8) fail("size", `an enum of ${third} bytes`);
        for (let value = first; value < next; value += 2) if (words[value]! >= stringsEnd) name(words[value]!);
        break;
      case kindNumber.enum64:
        if (third !== 1 && third !== 2 && third !== 4 && third !== 8) fail("size", `an enum of ${third} bytes`);
        for (let value = first; value < next; value += 3) if (words[value]! >= stringsEnd) name(words[value]!);
        break;
      case kindNumber.func:
        if (linkages[vlen] === undefined) fail("type", `a function's linkage is 0, 1 or 2, not ${vlen}`);
        refer(third);
        break;
      case kindNumber.func_proto:
        refer(third);
        for (let param = first; param < next; param += 2) {
          if (words[param]! >= stringsEnd) name(words[param]!);
          if (words[param + 1]! > highestRef) refer(words[param + 1]!);
        }
        break;
      case kindNumber.var:
        if (linkages[words[first]!] === undefined) {
          fail("type", `a variable's linkage is 0, 1 or 2, not ${words[first]}`);
        }
        refer(third);
        break;
      case kindNumber.datasec:
        for (let entry = first; entry < next; entry += 3) if (words[entry]! > highestRef) refer(words[entry]!);
        break;
      case kindNumber.float:
        if (third !== 2 && third !== 4 && third !== 8 && third !== 12 && third !== 16) {
          fail("size", `a float of ${third} bytes`);
        }
        break;
    }
    index[count++] = at;
    at = next;
  }
  if (highestRef >= firstId + count) {
    throw new BtfError("type-id", `type id ${highestRef} is referred to, the last one is ${firstId + count - 1}`, {
      typeId: highestRefBy,
    });
  }
  return { index: index.slice(0, count), partialInts };
}

function checkInt(size: number, encoding: number, fail: (code: "size" | "type", message: string) => never): void {
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8 && size !== 16) fail("size", `an integer of ${size} bytes`);
  const offset = (encoding >>> 16) & 0xff;
  const width = encoding & 0xff;
  if (width === 0 || offset + width > size * 8) {
    fail("type", `an integer of ${width} bits at bit ${offset} does not fit in ${size} bytes`);
  }
}
