import { BtfError, type BtfErrorCode } from "../error.ts";
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
  const { words, start, firstId, stringsEnd } = input;
  const end = words.length;
  const index = new Uint32Array(Math.floor(end / 3));
  let count = 0;
  let highestRef = 0;
  let highestRefBy = 0;
  let at = 0;
  let partialInts = false;
  // No closure and no object in this loop: it runs cold, over every word of a kernel's BTF.
  while (at < end) {
    if (end - at < 3) throw failure(input, count, at, "bounds", "the type section ends inside of a type");
    const info = words[at + 1]!;
    const third = words[at + 2]!;
    const kind = (info >>> kindShift) & kindMask;
    const vlen = info & vlenMask;
    if (words[at]! >= stringsEnd) throw outside(input, count, at, words[at]!);
    const form = forms[kind]!;
    const perElement = form & 3;
    const first = at + 3;
    const next =
      first + (form === unknown ? unknownWords(input, count, at, kind, vlen) : ((form >> 2) & 3) + perElement * vlen);
    if (next > end) {
      const what = `${kindName[kind] ?? `kind ${kind}`} with ${vlen} elements`;
      throw failure(input, count, at, "bounds", `${what} reaches beyond the type section`);
    }
    if (third > highestRef && (form & thirdIsId) !== 0) {
      highestRef = third;
      highestRefBy = firstId + count;
    }
    if (perElement > 0) {
      const named = (form & elementIsNamed) !== 0;
      const ref = elementRef[kind]!;
      for (let element = first; element < next; element += perElement) {
        if (named && words[element]! >= stringsEnd) throw outside(input, count, at, words[element]!);
        if (ref === 0xff) continue;
        const id = words[element + ref]!;
        if (id > highestRef) {
          highestRef = id;
          highestRefBy = firstId + count;
        }
      }
    } else if (kind === kindNumber.array) {
      const id = Math.max(words[first]!, words[first + 1]!);
      if (id > highestRef) {
        highestRef = id;
        highestRefBy = firstId + count;
      }
    } else if (kind === kindNumber.func) {
      if (vlen >= linkages.length) {
        throw failure(input, count, at, "type", `a function's linkage is 0, 1 or 2, not ${vlen}`);
      }
    } else if (kind === kindNumber.int) partialInts ||= (words[first]! & 0xff_ffff) !== third * 8;
    if ((form & hasRules) !== 0) {
      const wrong = broken(kind, third, vlen, words[first] ?? 0);
      if (wrong !== undefined) throw failure(input, count, at, wrong[0], wrong[1]);
    }
    index[count++] = at;
    at = next;
  }
  if (highestRef >= firstId + count) {
    throw new BtfError("type-id", `type id ${highestRef} is referred to, the last one is ${firstId + count - 1}`, {
      typeId: highestRefBy,
      offset: start + index[highestRefBy - firstId]! * 4,
    });
  }
  return { index: index.slice(0, count), partialInts };
}

const thirdIsId = 1 << 4;
const elementIsNamed = 1 << 5;
const hasRules = 1 << 6;
const unknown = 1 << 7;
/** By kind: words per element (2 bits) and once (2 bits), then the flags above. One look-up per type. */
const forms: Uint8Array = new Uint8Array(128).fill(unknown);
for (let kind = 1; kind <= lastKind; kind++) forms[kind] = elementWords[kind]! | (extraWords[kind]! << 2);
flag(thirdIsId, "ptr", "typedef", "volatile", "const", "restrict", "type_tag", "decl_tag", "func", "func_proto", "var");
flag(elementIsNamed, "struct", "union", "enum", "enum64", "func_proto");
flag(hasRules, "int", "enum", "enum64", "float", "var");
/** By kind: which word of an element is a type id; 0xff where none is. */
const elementRef: Uint8Array = new Uint8Array(128).fill(0xff);
elementRef[kindNumber.struct] = 1;
elementRef[kindNumber.union] = 1;
elementRef[kindNumber.func_proto] = 1;
elementRef[kindNumber.datasec] = 0;

function flag(bit: number, ...kinds: (keyof typeof kindNumber)[]): void {
  for (const kind of kinds) forms[kindNumber[kind]]! |= bit;
}

function failure(input: ScanInput, count: number, at: number, code: BtfErrorCode, message: string): BtfError {
  return new BtfError(code, message, { typeId: input.firstId + count, offset: input.start + at * 4 });
}

function outside(input: ScanInput, count: number, at: number, offset: number): BtfError {
  return failure(input, count, at, "string", `string offset ${offset} is outside of the string section`);
}

/** Words after the first three of a type whose kind only the file knows. */
function unknownWords(input: ScanInput, count: number, at: number, kind: number, vlen: number): number {
  const described = kind === 0 ? undefined : input.sizes(kind);
  if (described !== undefined) return described[0] + described[1] * vlen;
  throw failure(input, count, at, "kind", `kind ${kind} is not known, and the file does not describe it`);
}

/** The rule that a type's numbers break. */
function broken(
  kind: number,
  size: number,
  vlen: number,
  word: number,
): readonly ["size" | "type", string] | undefined {
  switch (kind) {
    case kindNumber.var:
      return word < linkages.length ? undefined : ["type", `a variable's linkage is 0, 1 or 2, not ${word}`];
    case kindNumber.float:
      return [2, 4, 8, 12, 16].includes(size) ? undefined : ["size", `a float of ${size} bytes`];
    case kindNumber.int: {
      if (![1, 2, 4, 8, 16].includes(size)) return ["size", `an integer of ${size} bytes`];
      const offset = (word >>> 16) & 0xff;
      const width = word & 0xff;
      if (width > 0 && offset + width <= size * 8) return undefined;
      return ["type", `an integer of ${width} bits at bit ${offset} does not fit in ${size} bytes`];
    }
    default:
      // Clang writes an enum that is only declared with neither bytes nor values.
      if (size === 0 && vlen === 0) return undefined;
      return [1, 2, 4, 8].includes(size) ? undefined : ["size", `an enum of ${size} bytes`];
  }
}
