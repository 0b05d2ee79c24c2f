import { type BitFieldStorage, BtfError } from "@rbgen/btf";
import type { Block, Lane } from "./block.ts";

/** Bytes side by side. */
export const bytesPerRow = 16;
const bitsPerRow = bytesPerRow * 8;

/** The part of a block that lies in one row; vertical places as a fraction of the row's tracks. */
export interface Segment {
  readonly block: Block;
  /** Bits from the start of the row. */
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly height: number;
  /** Whether the block begins in this row, so that its name stands here. */
  readonly first: boolean;
  /** Values of the tag that mean this arm of a union. */
  readonly when?: readonly string[];
}

/** A storage unit of bit-fields that begins in a row, and who has which of its bits. */
export interface StorageUnit {
  readonly byteOffset: number;
  readonly byteSize: number;
  readonly fields: readonly Block[];
}

/** Sixteen bytes of a layout, or several such that one block fills alike. */
export interface Row {
  /** First byte, and bytes: more than sixteen where rows of the same block are left out. */
  readonly from: number;
  readonly bytes: number;
  /** Lanes above each other at most. */
  readonly tracks: number;
  readonly segments: readonly Segment[];
  readonly units: readonly StorageUnit[];
}

/** Rows that one picture may have: what fills several alike counts once. */
const mostRows = 4096;

/** @throws BtfError for a type that would have more rows than a picture can show. */
export function checkRows(name: string, lanes: readonly Lane[], size: number): void {
  let rows = 0;
  for (const _ of placesOf(lanes, size)) {
    rows += 1;
    if (rows <= mostRows) continue;
    throw new BtfError("limit", `more than ${mostRows} rows of ${bytesPerRow} bytes are no picture`, { path: name });
  }
}

/** Cuts blocks into rows, from the first byte to the end of the type; a flexible member that begins there gets a row of its own. */
export function rowsOf(lanes: readonly Lane[], size: number): readonly Row[] {
  const units = unitsOf(lanes);
  return Array.from(placesOf(lanes, size), ({ from, bytes }) => rowAt(lanes, from, bytes, units));
}

/** Where each row begins, and its bytes. */
function* placesOf(lanes: readonly Lane[], size: number): Generator<Pick<Row, "from" | "bytes">, undefined> {
  const tails = lanes.flatMap(({ blocks }) => blocks.filter(({ kind }) => kind === "flexible"));
  const end = Math.max(size, 1, ...tails.map(({ from }) => from / 8 + 1));
  for (let from = 0; from < end; ) {
    const alike = Math.floor((filledTo(lanes, from) / 8 - from) / bytesPerRow) * bytesPerRow;
    // What is filled alike for three rows or more is drawn once.
    const bytes = alike >= 3 * bytesPerRow ? alike : bytesPerRow;
    yield { from, bytes };
    from += bytes;
  }
}

/** The bit up to which each lane is filled by one block without parts, that has the whole row and has had it since before; 0 where one is not. */
function filledTo(lanes: readonly Lane[], from: number): number {
  let to = Number.POSITIVE_INFINITY;
  for (const { blocks } of lanes) {
    const found = blocks.find((block) => block.from < from * 8 && block.to >= (from + bytesPerRow) * 8);
    if (found === undefined) return 0;
    to = Math.min(to, found.lanes === undefined ? found.to : filledTo(found.lanes, from));
  }
  return to;
}

function rowAt(lanes: readonly Lane[], from: number, bytes: number, units: readonly StorageUnit[]): Row {
  const start = from * 8;
  const segments: Segment[] = [];
  const tracks = tracksOf(lanes, start);
  cut(lanes, start, 0, tracks, segments);
  return {
    from,
    bytes,
    tracks: Math.max(1, tracks),
    segments,
    units: units.filter(({ byteOffset }) => byteOffset >= from && byteOffset < from + bytes),
  };
}

function inRow({ from, to, kind }: Block, start: number): boolean {
  if (kind === "flexible") return from >= start && from < start + bitsPerRow;
  return from < start + bitsPerRow && to > start;
}

/** How many lanes blocks need above each other in a row. */
function tracksOf(lanes: readonly Lane[], start: number): number {
  let sum = 0;
  for (const { blocks } of lanes) {
    let most = 0;
    for (const block of blocks) {
      if (!inRow(block, start)) continue;
      most = Math.max(most, block.lanes === undefined ? 1 : Math.max(1, tracksOf(block.lanes, start)));
    }
    sum += most;
  }
  return sum;
}

/** `told`: by which values of a tag the arm is meant that begins with the first of these blocks. */
function cut(
  lanes: readonly Lane[],
  start: number,
  top: number,
  height: number,
  segments: Segment[],
  told?: readonly string[],
): void {
  const needs = lanes.map((lane) => tracksOf([lane], start));
  const all = needs.reduce((sum, need) => sum + need, 0);
  let at = top;
  for (const [index, { blocks, when }] of lanes.entries()) {
    const share = all === 0 ? 0 : (height * needs[index]!) / all;
    for (const block of blocks) {
      if (!inRow(block, start)) continue;
      const meant = block === blocks[0] ? (when ?? told) : undefined;
      segments.push({
        block,
        from: Math.max(0, block.from - start),
        to: block.kind === "flexible" ? bitsPerRow : Math.min(bitsPerRow, block.to - start),
        top: at,
        height: share,
        first: block.from >= start,
        ...(meant === undefined ? {} : { when: meant }),
      });
      if (block.lanes !== undefined) cut(block.lanes, start, at, share, segments, meant);
    }
    at += share;
  }
}

function unitsOf(lanes: readonly Lane[]): readonly StorageUnit[] {
  const units = new Map<string, { readonly storage: BitFieldStorage; readonly fields: Block[] }>();
  const visit = (inner: readonly Lane[]): void => {
    for (const { blocks } of inner) {
      for (const block of blocks) {
        if (block.lanes !== undefined) visit(block.lanes);
        const { storage } = block;
        if (storage === undefined) continue;
        const key = `${storage.byteOffset}+${storage.byteSize}`;
        const unit = units.get(key) ?? { storage, fields: [] };
        unit.fields.push(block);
        units.set(key, unit);
      }
    }
  };
  visit(lanes);
  return [...units.values()]
    .map(({ storage, fields }) => ({ byteOffset: storage.byteOffset, byteSize: storage.byteSize, fields }))
    .sort((a, b) => a.byteOffset - b.byteOffset);
}
