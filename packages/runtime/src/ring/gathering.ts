/** Columns that a backend can fill by itself, since each is a copy of bytes at a fixed place. */
export interface Gathering {
  /** Words of this machine's order, three for each column: how it is made, the first of its bytes in a sample, and how many. */
  readonly plan: Uint8Array;
  /** The memory of each column in turn: its array, or of a dictionary the codes, the keys and the slots. */
  readonly arrays: readonly ArrayBufferView[];
}
