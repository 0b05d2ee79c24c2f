import {
  alignOf,
  type Btf,
  BtfError,
  bitFieldStorage,
  btfExtOf,
  closureOf,
  compareLayouts,
  encodeBtf,
  formatDefinition,
  formatDefinitions,
  formatType,
  functionsOf,
  hashLayout,
  holesOf,
  isFlexible,
  isPacked,
  layoutOf,
  leavesOf,
  type ParseOptions,
  paddingOf,
  parseBtf,
  relocationsOf,
  resolve,
  sizeOf,
  type Type,
  underlyingName,
} from "@rbgen/btf";
import { sanitizeBtf } from "@rbgen/btf/kernel";
import fc from "fast-check";

/** What became of hostile bytes. */
export interface Outcome {
  /** Whether they were well-formed enough to be read. */
  readonly parsed: boolean;
  /** Questions that were answered, and those that a {@link BtfError} refused. */
  readonly answered: number;
  readonly refused: number;
}

/**
 * Reads the bytes and asks every question that there is about every type.
 * Anything that is thrown and is no {@link BtfError} comes out of here, which is what a test is after.
 */
export function exercise(bytes: Uint8Array, options?: ParseOptions): Outcome {
  const outcome = { parsed: false, answered: 0, refused: 0 };
  const ask = (question: () => unknown): void => {
    try {
      question();
      outcome.answered += 1;
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      outcome.refused += 1;
    }
  };
  let btf: Btf;
  try {
    btf = parseBtf(bytes, options);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return outcome;
  }
  outcome.parsed = true;
  const first = btf.firstId;
  for (let id = first; id < btf.typeCount; id++) ask(() => exerciseType(btf.typeById(id), ask, btf));
  ask(() => [...btf.names()].slice(0, 8).map((name) => btf.find(name)));
  ask(() => closureOf(btf.types(), { pointers: true }));
  ask(() => formatDefinitions(btf.types()));
  ask(() => encodeBtf(btf.types(), { endian: "little" }));
  ask(() => sanitizeBtf(btf));
  ask(() => btf.elf?.symbols);
  exerciseObject(btf, ask);
  return outcome;
}

/** What a loader asks of an object: relocations, functions, and what `.BTF.ext` says of them. */
function exerciseObject(btf: Btf, ask: (question: () => unknown) => void): void {
  const { elf } = btf;
  if (elf === undefined) return;
  for (const section of elf.sections) ask(() => relocationsOf(elf, section));
  ask(() => functionsOf(elf));
  ask(() => btfExtOf(btf)?.functions);
  ask(() => btfExtOf(btf)?.lines);
  ask(() => btfExtOf(btf)?.relocations);
}

function exerciseType(type: Type, ask: (question: () => unknown) => void, btf: Btf): void {
  ask(() => sizeOf(type));
  ask(() => alignOf(type));
  ask(() => resolve(type));
  ask(() => formatType(type, "name"));
  ask(() => underlyingName(type));
  ask(() => formatDefinition(type));
  ask(() => btf.tagsOf(type));
  switch (type.kind) {
    case "struct":
    case "union":
      ask(() => isPacked(type));
      ask(() => holesOf(type));
      ask(() => paddingOf(type));
      ask(() => leavesOf(type));
      ask(() => {
        const layout = layoutOf(type, type.name, btf.endian);
        return [hashLayout(layout), compareLayouts(layout, layout)];
      });
      for (const member of type.members) {
        ask(() => isFlexible(member, type));
        ask(() => member.tags);
        if (member.bitSize !== undefined) ask(() => bitFieldStorage(member, type, btf.endian));
      }
      break;
    case "enum":
    case "enum64":
      ask(() => type.values);
      break;
    case "func":
      ask(() => type.proto.params.map((param) => [param.type, param.tags]));
      break;
    case "datasec":
      ask(() => type.variables);
      break;
  }
}

/** A change of some bytes. */
export type Mutation = (bytes: Uint8Array) => Uint8Array;

const interesting = [
  0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** A share of the whole, each as likely: fast-check would else prefer the first bytes, and all would end at the magic number. */
const share = (most: number): fc.Arbitrary<number> => fc.noBias(fc.nat(999_999)).map((n) => (n / 1_000_000) * most);

/** A place in the bytes: anywhere, and now and then in the headers. */
const place: fc.Arbitrary<number> = fc.oneof({ arbitrary: share(1), weight: 9 }, { arbitrary: share(0.05), weight: 1 });

function at(bytes: Uint8Array, fraction: number): number {
  return Math.min(bytes.length - 1, Math.floor(fraction * bytes.length));
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array, view: DataView) => void): Uint8Array {
  if (bytes.length < 4) return bytes;
  // Not slice(): Node's Buffer makes a view of it.
  const copy = new Uint8Array(bytes);
  change(copy, new DataView(copy.buffer));
  return copy;
}

const word = (bytes: Uint8Array, fraction: number): number => Math.min(bytes.length - 4, at(bytes, fraction) & ~3);

/** One change: a byte, a bit, a word of interest, a word taken from elsewhere, a range moved. */
const change: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([where, value]): Mutation =>
      (bytes) =>
        changed(bytes, (copy) => {
          copy[at(copy, where)] = value;
        }),
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Mutation =>
      (bytes) =>
        changed(bytes, (copy) => {
          copy[at(copy, where)]! ^= 1 << bit;
        }),
  ),
  fc.tuple(place, fc.constantFrom(...interesting), fc.boolean()).map(
    ([where, value, little]): Mutation =>
      (bytes) =>
        changed(bytes, (copy, view) => {
          view.setUint32(word(copy, where), value, little);
        }),
  ),
  fc.tuple(place, fc.nat(64), fc.boolean()).map(
    ([where, value, little]): Mutation =>
      (bytes) =>
        changed(bytes, (copy, view) => {
          view.setUint32(word(copy, where), value, little);
        }),
  ),
  fc.tuple(place, place).map(
    ([where, from]): Mutation =>
      (bytes) =>
        changed(bytes, (copy, view) => {
          view.setUint32(word(copy, where), view.getUint32(word(copy, from)));
        }),
  ),
  fc.tuple(place, place, fc.nat(64)).map(
    ([to, from, length]): Mutation =>
      (bytes) =>
        changed(bytes, (copy) => {
          copy.copyWithin(at(copy, to), at(copy, from), at(copy, from) + length);
        }),
  ),
);

const truncation: fc.Arbitrary<Mutation> = place.map(
  (where): Mutation =>
    (bytes) =>
      bytes.subarray(0, at(bytes, where)),
);

/** A few changes, one after the other, or an end that is cut off. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 19,
    arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }).map(
      (changes): Mutation =>
        (bytes) =>
          changes.reduce((result, next) => next(result), bytes),
    ),
  },
  { weight: 1, arbitrary: truncation },
);

/** Numbers of words that a type of each kind has after the first three, and per element. */
const shape: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [0, 0],
  [3, 0],
  [0, 3],
  [0, 3],
  [0, 2],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 2],
  [1, 0],
  [0, 3],
  [0, 0],
  [1, 0],
  [0, 0],
  [0, 3],
];

const strings = new TextEncoder().encode("\0a\0b\0name\0.data\0int\0");

/**
 * BTF whose form is right and whose types refer to each other at random: to themselves, in circles, to kinds that make no
 * sense there, with sizes and offsets at random.
 */
export const tangledBtf: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.record({
      kind: fc.integer({ min: 1, max: 19 }),
      flag: fc.boolean(),
      vlen: fc.nat(4),
      name: fc.constantFrom(0, 1, 3, 5, 10, 16),
      third: fc.oneof(fc.nat(30), fc.constantFrom(1, 2, 4, 8, 16, 0xffff_ffff)),
      rest: fc.array(fc.oneof(fc.nat(30), fc.constantFrom(...interesting)), { minLength: 15, maxLength: 15 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((types) => {
    const words: number[] = [];
    for (const type of types) {
      const [extra, element] = shape[type.kind]!;
      const vlen = type.kind === 12 ? type.vlen % 3 : type.vlen;
      words.push(
        type.name,
        ((type.flag ? 0x8000_0000 : 0) | (type.kind << 24) | vlen) >>> 0,
        thirdOf(type.kind, type.third, types.length),
      );
      for (let i = 0; i < extra + element * vlen; i++) {
        words.push(wordOf(type.kind, i, type.rest[i] ?? 0, types.length));
      }
    }
    const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    for (const [i, value] of [24, 0, words.length * 4, words.length * 4, strings.length].entries()) {
      view.setUint32(4 + i * 4, value, true);
    }
    for (const [i, value] of words.entries()) view.setUint32(24 + i * 4, value, true);
    bytes.set(strings, 24 + words.length * 4);
    return bytes;
  });

/** The third word: a size for the kinds that have one, else an id that there is. */
function thirdOf(kind: number, value: number, count: number): number {
  if (kind === 1 || kind === 6 || kind === 19) return [1, 2, 4, 8][value % 4]!;
  if (kind === 16) return [2, 4, 8, 16][value % 4]!;
  return kind === 4 || kind === 5 || kind === 7 || kind === 15 ? value : value % (count + 1);
}

function wordOf(kind: number, i: number, value: number, count: number): number {
  switch (kind) {
    case 1:
      return (value << 24) | 8;
    case 3:
      return i < 2 ? value % (count + 1) : value;
    case 4:
    case 5:
      if (i % 3 === 0) return [0, 1, 3, 5][value % 4]!;
      return i % 3 === 1 ? value % (count + 1) : (value * 8) >>> 0;
    case 6:
    case 19:
      return i % (kind === 6 ? 2 : 3) === 0 ? [1, 3, 5][value % 3]! : value;
    case 13:
      return i % 2 === 0 ? [0, 1, 3][value % 3]! : value % (count + 1);
    case 14:
      return value % 3;
    case 15:
      return i % 3 === 0 ? value % (count + 1) : value;
    default:
      return value;
  }
}
