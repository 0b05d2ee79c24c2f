import { atomicFetch } from "./operation-numbers.ts";

/**
 * Does what an atomic instruction does to the word at `address` (`eight`: the double word): `extra` has its number in
 * its lowest bits.
 * @param s words of the source in `values`, which are the registers
 */
export function exchange(
  view: DataView,
  values: Int32Array,
  address: number,
  s: number,
  extra: number,
  eight: boolean,
): void {
  const oldLow = view.getInt32(address, true);
  const oldHigh = eight ? view.getInt32(address + 4, true) : 0;
  let low = values[s] as number;
  let high = values[s + 1] as number;
  switch (extra & 7) {
    case 0: {
      const sum = (oldLow >>> 0) + (low >>> 0);
      high = (oldHigh + high + (sum > 0xffffffff ? 1 : 0)) | 0;
      low = sum | 0;
      break;
    }
    case 1:
      low |= oldLow;
      high |= oldHigh;
      break;
    case 2:
      low &= oldLow;
      high &= oldHigh;
      break;
    case 3:
      low ^= oldLow;
      high ^= oldHigh;
      break;
    case 4:
      break;
    default: {
      const equal = values[0] === oldLow && (!eight || values[1] === oldHigh);
      values[0] = oldLow;
      values[1] = oldHigh;
      if (!equal) return;
    }
  }
  view.setInt32(address, low, true);
  if (eight) view.setInt32(address + 4, high, true);
  if ((extra & atomicFetch) !== 0 && (extra & 7) !== 5) {
    values[s] = oldLow;
    values[s + 1] = oldHigh;
  }
}
