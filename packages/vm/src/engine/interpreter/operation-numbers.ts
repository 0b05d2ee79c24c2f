/**
 * What the interpreter switches on. Its `switch` has these as literals, since engines make a jump table of literals
 * only. Arithmetic of 32 bits is {@link narrow} above that of 64, branches that compare 32 bits {@link narrowBranch}.
 */
export const operationNumbers = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  sdiv: 4,
  mod: 5,
  smod: 6,
  or: 7,
  and: 8,
  xor: 9,
  lsh: 10,
  rsh: 11,
  arsh: 12,
  neg: 13,
  move: 14,
  extend8: 15,
  extend16: 16,
  extend32: 17,
  swap16: 40,
  swap32: 41,
  swap64: 42,
  low16: 43,
  low32: 44,
  nothing: 45,
  load1: 50,
  load2: 51,
  load4: 52,
  load8: 53,
  loadSigned1: 54,
  loadSigned2: 55,
  loadSigned4: 56,
  store1: 60,
  store2: 61,
  store4: 62,
  store8: 63,
  atomic4: 70,
  atomic8: 71,
  jump: 80,
  eq: 81,
  ne: 82,
  gt: 83,
  ge: 84,
  lt: 85,
  le: 86,
  set: 87,
  sgt: 88,
  sge: 89,
  slt: 90,
  sle: 91,
  helper: 120,
  tailCall: 121,
  call: 122,
  exit: 123,
  mayGoto: 124,
  callRegister: 125,
  /** Not of the program: looks whether registers were set. */
  expectSet: 130,
  /** Not of the program: registers are set from here on. */
  markSet: 131,
} as const;

export const narrow = 20;
export const narrowBranch = 20;

/** The operation of an atomic instruction, in its own number; {@link atomicFetch} is added where it fetches. */
export const atomicNumbers = { add: 0, or: 1, and: 2, xor: 3, xchg: 4, cmpxchg: 5 } as const;
export const atomicFetch = 8;
