import type { OwnedBytes } from "../codec.ts";
import { atMost, checkBounds } from "./bounds.ts";
import { givenLength } from "./given.ts";

// A subarray and its slice cost more than this many single reads.
const short = 24;

/** A copy of `length` bytes, never over shared memory. */
export function copyBytes(view: DataView, offset: number, length: number): OwnedBytes {
  if (length > short) return new Uint8Array(view.buffer, view.byteOffset + offset, length).slice();
  const copy = new Uint8Array(length);
  for (let i = 0; i < length; i++) copy[i] = view.getUint8(offset + i);
  return copy;
}

/** Copies up to `length` bytes into `target`, as many as it holds; returns how many. */
export function copyBytesTo(target: Uint8Array, view: DataView, offset: number, length: number): number {
  const count = Math.min(target.length, length);
  target.set(new Uint8Array(view.buffer, view.byteOffset + offset, count));
  return count;
}

/** Zeros: padding and what was left out, so that no stale byte is published. */
export function zero(view: DataView, offset: number, length: number): void {
  if (length > 16 * short) {
    new Uint8Array(view.buffer, view.byteOffset + offset, length).fill(0);
    return;
  }
  let at = offset;
  const end = offset + length;
  for (; end - at > 3; at += 4) view.setUint32(at, 0);
  for (; at < end; at++) view.setUint8(at, 0);
}

/**
 * The memory of a reserved sample, which holds what was there before, with zeros in its place; null is none.
 * @throws DecodeError where it has less than is `needed`.
 */
export function clearSample<Memory extends DataView | null>(
  record: string,
  view: Memory,
  offset: number,
  byteLength: number,
  needed: number,
): Memory {
  if (view === null) return view;
  checkBounds(record, view, offset, byteLength, needed);
  zero(view, offset, byteLength);
  return view;
}

function putBytes(source: Uint8Array, view: DataView, offset: number, count: number): void {
  if (count > short) new Uint8Array(view.buffer, view.byteOffset + offset, count).set(source);
  else for (let i = 0; i < count; i++) view.setUint8(offset + i, source[i]!);
}

/** Writes bytes into an array of `length`; a shorter source is filled up with zeros, a longer one refused. */
export function writeBytes(
  source: Uint8Array | undefined,
  view: DataView,
  offset: number,
  length: number,
  path: string,
): void {
  if (source === undefined) {
    zero(view, offset, length);
    return;
  }
  const count = atMost(givenLength(source, path), length, source, path);
  putBytes(source, view, offset, count);
  if (count < length) zero(view, offset + count, length - count);
}
