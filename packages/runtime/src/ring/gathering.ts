import type { Lease } from "./lease.ts";
import type { RingMemory } from "./memory.ts";

/** Fewer samples cost less one by one than by a call. */
const fewGathered = 16;

/** Columns that a backend can fill by itself, since each is a copy of bytes at a fixed place. */
export interface Gathering {
  /** Words of this machine's order, three for each column: how it is made, the first of its bytes in a sample, and how many. */
  readonly plan: Uint8Array;
  /** The memory of each column in turn: its array, or of a dictionary the codes, the keys and the slots. */
  readonly arrays: readonly ArrayBufferView[];
}

/**
 * Fills rows of columns at once with the samples behind the one under `lease`, as far as they are known to be like it, and
 * moves it to the last of them; how many. There is room for `rows` rows from `row` on.
 */
export type Gather = (lease: Lease, gathering: Gathering, row: number, rows: number) => number;

/** As a backend gathers. */
export function gatherBy(gather: NonNullable<RingMemory["gather"]>): Gather {
  return (lease, gathering, row, rows) => {
    const { offset, stride, last, byteLength } = lease;
    const alike = lease.alike ? Math.floor((last - offset) / stride) : 0;
    const most = Math.min(rows, alike);
    if (most < fewGathered) return 0;
    const count = gather(gathering, offset + stride, byteLength, stride, most, row);
    lease.offset = offset + count * stride;
    return count;
  };
}
