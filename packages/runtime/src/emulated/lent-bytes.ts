import type { OwnedBytes } from "../codec.ts";

/** Bytes of a record or sample while a program has them, where the program's own pointers lead. */
export interface LentBytes {
  /** Looked up anew at each use: a program's memory may grow. */
  readonly buffer: ArrayBufferLike;
  /** Of their first byte. */
  readonly byteOffset: number;
  /** The program has them no longer: what it left is in the bytes that were lent, and its pointers to them die. */
  takeBack(): void;
}

/** Lends bytes of the map `name` to a program. */
export type Lend = (bytes: OwnedBytes, name: string) => LentBytes;

/** Programs in this language see the bytes themselves. */
export const lendThemselves: Lend = ({ buffer }) => ({ buffer, byteOffset: 0, takeBack() {} });
