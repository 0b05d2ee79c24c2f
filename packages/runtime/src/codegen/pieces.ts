import { DecodeError } from "../errors.ts";
import { atMost, isCount, lostBytes, outOfRange } from "./bounds.ts";
import { copyBytes, writeBytes, zero } from "./bytes.ts";
import { bool, countBytes, countElements, givenLength } from "./given.ts";
import { longestFill, readString, utf8Length, writeString } from "./strings.ts";
import { valueText } from "./value-text.ts";

// Pieces stand one behind another, and an array beside them has the bytes of each. That array is `count` integers at `lengthsAt`, of
// `size` bytes each.

/** The integer at a place as a number. */
export function lengthAt(view: DataView, at: number, size: number, signed: boolean, little: boolean): number {
  switch (size) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, little) : view.getUint16(at, little);
    case 4:
      return signed ? view.getInt32(at, little) : view.getUint32(at, little);
    default:
      return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
  }
}

/** Bytes of all pieces as their lengths say, of which a negative one is 0. */
export function toldPieces(
  view: DataView,
  lengthsAt: number,
  count: number,
  size: number,
  signed: boolean,
  little: boolean,
): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += Math.max(0, lengthAt(view, lengthsAt + i * size, size, signed, little));
  return bytes;
}

/**
 * Bytes of all pieces out of `available`.
 * @throws DecodeError with both lengths if one lies
 */
export function checkPieces(
  view: DataView,
  lengthsAt: number,
  count: number,
  size: number,
  signed: boolean,
  little: boolean,
  available: number,
  record: string,
  path: string,
): number {
  for (let i = 0; signed && i < count; i++) {
    const length = lengthAt(view, lengthsAt + i * size, size, signed, little);
    if (length < 0) throw new DecodeError(record, length, available, `${path}[${i}]`);
  }
  const bytes = toldPieces(view, lengthsAt, count, size, signed, little);
  if (bytes <= available) return bytes;
  throw new DecodeError(record, bytes, available, path);
}

/** Where pieces and their lengths are. */
type PiecesPlace = [
  view: DataView,
  offset: number,
  bytes: number,
  lengthsAt: number,
  count: number,
  size: number,
  signed: boolean,
  little: boolean,
];

/** The pieces in `bytes` bytes at `offset`, each by `read`: what lies behind these bytes is of none. */
function readPieces<Piece>(
  read: (view: DataView, offset: number, length: number) => Piece,
  [view, offset, bytes, lengthsAt, count, size, signed, little]: PiecesPlace,
): Piece[] {
  const pieces: Piece[] = [];
  const end = offset + bytes;
  let at = offset;
  for (let i = 0; i < count; i++) {
    const told = lengthAt(view, lengthsAt + i * size, size, signed, little);
    const length = Math.min(Math.max(0, told), end - at);
    pieces.push(read(view, at, length));
    at += length;
  }
  return pieces;
}

/** Pieces of text, each up to its first NUL or its end. */
export function readTextPieces(...place: PiecesPlace): string[] {
  return readPieces(readString, place);
}

/** Pieces of bytes. */
export function readBytePieces(...place: PiecesPlace): ReturnType<typeof copyBytes>[] {
  return readPieces(copyBytes, place);
}

/** The lengths that a record has, for a writer of its pieces. */
export function readLengths(
  view: DataView,
  lengthsAt: number,
  count: number,
  size: number,
  signed: boolean,
  little: boolean,
): number[] {
  return Array.from({ length: count }, (_, i) => lengthAt(view, lengthsAt + i * size, size, signed, little));
}

type Lengths = ArrayLike<number | bigint>;
type Pieces = readonly (string | Uint8Array)[];

function pieceLength(piece: string | Uint8Array | undefined, text: boolean, path: string): number {
  return text ? utf8Length(piece as string | undefined, path) : countBytes(piece as Uint8Array | undefined, path);
}

/**
 * The lengths that a value gives, as a copy, which answers alike each time; those of its pieces where it leaves them out, and undefined
 * where it leaves out both. In `bytes` they are a Uint8Array, as one-byte integers are, which may be shorter than an array of `fixed`
 * elements.
 */
export function givenLengths<Given extends Lengths>(
  lengths: Given | undefined,
  pieces: Pieces | undefined,
  text: boolean,
  bytes: boolean,
  path: string,
  lengthsPath: string,
  fixed?: number,
): Given | undefined {
  if (lengths !== undefined) {
    if (bytes) {
      const own = new Uint8Array(Math.max(fixed ?? 0, givenLength(lengths as unknown as Uint8Array, lengthsPath)));
      own.set(lengths as unknown as Uint8Array);
      return own as unknown as Given;
    }
    const count = countElements(lengths, lengthsPath);
    const own: (number | bigint)[] = [];
    for (let i = 0; i < count; i++) {
      const length = lengths[i];
      asNumber(length, `${lengthsPath}[${i}]`);
      own.push(length!);
    }
    return own as unknown as Given;
  }
  if (pieces === undefined) return undefined;
  const count = countElements(pieces, path);
  if (count !== (fixed ?? count)) outOfRange(path, pieces, `has ${count} elements in place of ${fixed}`);
  const own = Array.from({ length: count }, (_, i) => {
    const length = pieceLength(pieces[i], text, `${path}[${i}]`);
    return bytes ? atMost(length, 255, pieces[i], `${path}[${i}]`) : length;
  });
  return (bytes ? Uint8Array.from(own) : own) as unknown as Given;
}

function countOf(pieces: Pieces | undefined, lengths: Lengths | undefined, path: string, lengthsPath: string): number {
  const count = lengths?.length ?? 0;
  const given = pieces === undefined ? count : countElements(pieces, path);
  if (given === count) return count;
  return outOfRange(path, pieces, `has ${given} elements, and ${lengthsPath} has ${count}`);
}

function asNumber(length: unknown, path: string): number {
  if (typeof length === "number" && Number.isInteger(length)) return length;
  return typeof length === "bigint" ? Number(length) : outOfRange(path, length, "is no length");
}

/** Bytes of pieces by the lengths that a value has of them. */
export function countPieces(
  pieces: Pieces | undefined,
  lengths: Lengths | undefined,
  path: string,
  lengthsPath: string,
): number {
  const count = countOf(pieces, lengths, path, lengthsPath);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const length = asNumber(lengths![i], `${lengthsPath}[${i}]`);
    if (!isCount(length)) outOfRange(`${lengthsPath}[${i}]`, lengths![i], "is no length");
    bytes += length;
  }
  if (bytes > longestFill) checkFills(pieces, lengths, count, path, lengthsPath);
  return bytes;
}

/** Refuses lengths of pieces that say so many more bytes than they have that no record is meant. */
function checkFills(
  pieces: Pieces | undefined,
  lengths: Lengths | undefined,
  count: number,
  path: string,
  lengthsPath: string,
): void {
  let fill = 0;
  for (let i = 0; i < count; i++) {
    const own = `${path}[${i}]`;
    const piece = pieces?.[i];
    const length = pieceLength(piece, typeof piece === "string", own);
    fill += Math.max(0, Number(lengths![i])) - length;
    if (fill > longestFill) outOfRange(own, piece, `has ${length} bytes, and ${lengthsPath} says ${lengths![i]}`);
  }
}

/**
 * The same where a negative length is 0 and pieces may be `cut`: then the last one that is not empty is as long as itself, or all of
 * them take `most` bytes where that is given.
 */
export function countCutPieces(
  pieces: Pieces | undefined,
  lengths: Lengths | undefined,
  text: boolean,
  path: string,
  lengthsPath: string,
  cut: boolean | undefined,
  most?: number,
): number {
  const count = countOf(pieces, lengths, path, lengthsPath);
  if (cut === true && most !== undefined) return most;
  let last = count;
  if (cut === true) while (last > 0 && pieceLength(pieces?.[last - 1], text, `${path}[${last - 1}]`) === 0) last--;
  let bytes = 0;
  for (let i = 0; i < last; i++) {
    const cuts = cut === true && i === last - 1;
    bytes += cuts
      ? pieceLength(pieces?.[i], text, `${path}[${i}]`)
      : Math.max(0, asNumber(lengths![i], `${lengthsPath}[${i}]`));
  }
  if (bytes > longestFill) checkFills(pieces, lengths, cut === true ? last - 1 : last, path, lengthsPath);
  return bytes;
}

/**
 * Refuses lengths by which pieces would be `cut` that are not given so, or the other way round.
 * @throws EncodeError
 */
export function checkCutPieces(
  lengths: Lengths | undefined,
  available: number,
  cut: boolean | undefined,
  cutPath: string,
  lengthsPath: string,
): void {
  bool(cut, cutPath);
  let told = 0;
  for (let i = 0; i < (lengths?.length ?? 0); i++) told += Math.max(0, Number(lengths![i]));
  if (told > available === (cut === true)) return;
  const why = cut === true ? "is true, and nothing is cut" : `is not true, and ${lengthsPath} says more than is given`;
  outOfRange(cutPath, cut, why);
}

/**
 * Writes pieces one behind another into `bytes` bytes, each as long as its length says: a text may be shorter, and is filled up with
 * zeros. What is left is zeros.
 */
export function writePieces(
  pieces: Pieces | undefined,
  lengths: Lengths | undefined,
  view: DataView,
  offset: number,
  bytes: number,
  text: boolean,
  path: string,
  lengthsPath: string,
): void {
  const count = countOf(pieces, lengths, path, lengthsPath);
  const end = offset + bytes;
  let at = offset;
  for (let i = 0; i < count; i++) {
    const own = `${path}[${i}]`;
    const piece = pieces?.[i];
    const room = Math.min(Math.max(0, Number(lengths![i])), end - at);
    const length = pieceLength(piece, text, own);
    if (text ? length > room : length !== room) {
      outOfRange(own, piece, `has ${valueText(length)} bytes, and ${lengthsPath} says ${room}${lostBytes(piece)}`);
    }
    if (text) writeString(piece as string | undefined, view, at, room, own);
    else writeBytes(piece as Uint8Array | undefined, view, at, room, own);
    at += room;
  }
  zero(view, at, end - at);
}
