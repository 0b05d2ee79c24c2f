/** Whether the branch of an operation is taken, by the words of its operands. */
export function holds(operation: number, low: number, high: number, otherLow: number, otherHigh: number): boolean {
  switch (operation) {
    case 81:
      return low === otherLow && high === otherHigh;
    case 82:
      return low !== otherLow || high !== otherHigh;
    case 83:
      return high === otherHigh ? low >>> 0 > otherLow >>> 0 : high >>> 0 > otherHigh >>> 0;
    case 84:
      return high === otherHigh ? low >>> 0 >= otherLow >>> 0 : high >>> 0 > otherHigh >>> 0;
    case 85:
      return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
    case 86:
      return high === otherHigh ? low >>> 0 <= otherLow >>> 0 : high >>> 0 < otherHigh >>> 0;
    case 87:
      return (low & otherLow) !== 0 || (high & otherHigh) !== 0;
    case 88:
      return high === otherHigh ? low >>> 0 > otherLow >>> 0 : high > otherHigh;
    case 89:
      return high === otherHigh ? low >>> 0 >= otherLow >>> 0 : high > otherHigh;
    case 90:
      return high === otherHigh ? low >>> 0 < otherLow >>> 0 : high < otherHigh;
    case 91:
      return high === otherHigh ? low >>> 0 <= otherLow >>> 0 : high < otherHigh;
    case 101:
      return low === otherLow;
    case 102:
      return low !== otherLow;
    case 103:
      return low >>> 0 > otherLow >>> 0;
    case 104:
      return low >>> 0 >= otherLow >>> 0;
    case 105:
      return low >>> 0 < otherLow >>> 0;
    case 106:
      return low >>> 0 <= otherLow >>> 0;
    case 107:
      return (low & otherLow) !== 0;
    case 108:
      return low > otherLow;
    case 109:
      return low >= otherLow;
    case 110:
      return low < otherLow;
    case 111:
      return low <= otherLow;
    default:
      throw new Error(`operation ${operation} is none`);
  }
}
