/** Shared memory of an exploration, looked at by bytes and by the words that `Atomics` works on. */
export class Arena {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly wholes: BigUint64Array;

  /** @param byteLength a multiple of 8. */
  constructor(byteLength: number) {
    const buffer = new ArrayBuffer(byteLength);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.wholes = new BigUint64Array(buffer);
  }
}

/** Bytes that are written at byte `at`. */
export interface Store {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One step of one thread on shared memory: all that the scheduler can put another thread's step in front of. */
export interface Operation {
  /** Where in the source: `kernel-producer.ts:91`. */
  readonly site: string;
  readonly text: string;
  /** Whether the step can be taken now; a thread whose step cannot is blocked. Absent: always. */
  readonly enabled?: (arena: Arena) => boolean;
  /**
   * Whether no step of another thread can make a difference to this one, nor this one to it: then nothing is put in front
   * of it. What makes it so is checked by `apply`.
   */
  readonly alone?: boolean;
  /** What a plain store writes, and where: others may see it late, and out of order with others of its kind. */
  readonly stores?: (arena: Arena) => Store;
  /** Whether the step only looks, so that stores before it may still be seen late after it. */
  readonly looks?: boolean;
  /** What the step does, and what the thread sees of it. Throws if it may not be taken. */
  readonly apply: (arena: Arena) => unknown;
}

type Element = number | bigint;
type Access = (arena: Arena) => Element;

const arithmetic: Readonly<Record<string, (old: bigint, value: bigint) => bigint>> = {
  store: (_old, value) => value,
  exchange: (_old, value) => value,
  add: (old, value) => old + value,
  sub: (old, value) => old - value,
  and: (old, value) => old & value,
  or: (old, value) => old | value,
  xor: (old, value) => old ^ value,
};

/** Functions of `Atomics` that work on one word and never block. */
export const atomicNames: readonly string[] = ["load", "compareExchange", ...Object.keys(arithmetic)];

/**
 * What `Atomics[name]` does to the word of `wide ? 8 : 4` bytes at byte `at`.
 *
 * @param spins whether a thread that fails a `compareExchange` here tries again and again: it is then blocked until it
 * succeeds, since a failed try changes nothing and would only make the exploration endless.
 */
export function atomicOperation(
  site: string,
  name: string,
  at: number,
  wide: boolean,
  operands: readonly Element[],
  spins: boolean,
): Operation {
  const text = `Atomics.${name}(${[`@${at}`, ...operands].join(", ")})`;
  const load: Access = wide ? (arena) => arena.wholes[at / 8]! : (arena) => arena.words[at / 4]!;
  const put = (arena: Arena, value: bigint): void => {
    if (wide) arena.wholes[at / 8] = value;
    else arena.words[at / 4] = Number(BigInt.asIntN(32, value));
  };
  const [first = 0, second = 0] = operands;
  if (name === "load") return { site, text, looks: true, apply: load };
  if (name === "compareExchange") {
    const equal = (arena: Arena): boolean => BigInt(load(arena)) === (wide ? BigInt(first) : BigInt(Number(first) | 0));
    const apply: Access = (arena) => {
      const old = load(arena);
      if (equal(arena)) put(arena, BigInt(second));
      return old;
    };
    return spins ? { site, text, enabled: equal, apply } : { site, text, apply };
  }
  const combine = arithmetic[name];
  if (combine === undefined) throw new Error(`${site}: Atomics.${name} is not known to the explorer`);
  const apply: Access = (arena) => {
    const old = load(arena);
    put(arena, combine(BigInt(old), BigInt(first)));
    return name === "store" ? first : old;
  };
  return { site, text, apply };
}

/**
 * `Atomics.wait` and `notify`, of waits without a timeout. A wait is two steps: the comparison that begins it, and the
 * end. In between, the word at byte `slot`, which the thread has for itself, says what it waits at.
 */
export const futex = {
  compare: (site: string, at: number, value: number, slot: number): Operation => ({
    site,
    text: `Atomics.wait(@${at}, ${value})`,
    apply: (arena) => {
      if (arena.words[at / 4] !== value) return "not-equal";
      arena.words[slot / 4] = at + 1;
      return "waits";
    },
  }),
  sleep: (site: string, slot: number): Operation => ({
    site,
    text: "sleep",
    enabled: (arena) => arena.words[slot / 4] === 0,
    apply: () => "ok",
  }),
  notify: (site: string, at: number, slots: readonly number[]): Operation => ({
    site,
    text: `Atomics.notify(@${at})`,
    apply: (arena) => {
      let count = 0;
      for (const slot of slots) {
        if (arena.words[slot / 4] !== at + 1) continue;
        arena.words[slot / 4] = 0;
        count += 1;
      }
      return count;
    },
  }),
};

/** A plain store of what `stores` says. */
function plainStore(site: string, text: string, stores: (arena: Arena) => Store): Operation {
  const apply = (arena: Arena): void => {
    const { at, bytes } = stores(arena);
    arena.bytes.set(bytes, at);
  };
  return { site, text, stores, apply };
}

/** Plain access to bytes; each is one step. */
export const plain = {
  copyWithin: (site: string, to: number, from: number, byteLength: number): Operation =>
    plainStore(site, `copy ${byteLength} bytes from @${from} to @${to}`, (arena) => ({
      at: to,
      bytes: arena.bytes.slice(from, from + byteLength),
    })),
  fill: (site: string, at: number, byteLength: number, value: number): Operation =>
    plainStore(site, `fill ${byteLength} bytes at @${at} with ${value}`, () => ({
      at,
      bytes: new Uint8Array(byteLength).fill(value),
    })),
  read: (site: string, at: number, byteLength: number): Operation => ({
    site,
    text: `read ${byteLength} bytes at @${at}`,
    looks: true,
    apply: (arena) => arena.bytes.slice(at, at + byteLength),
  }),
  write: (site: string, at: number, bytes: Uint8Array): Operation =>
    plainStore(site, `write ${bytes.length} bytes at @${at}`, () => ({ at, bytes })),
  writeWord: (site: string, at: number, value: number): Operation =>
    plainStore(site, `write ${value} at @${at}`, () => ({ at, bytes: new Uint8Array(Int32Array.of(value).buffer) })),
};

/** Sleeping and waking by a word that is 0 unless a wake-up is due. */
export const signal = {
  /** Blocks until a wake-up is due, and takes it. */
  sleep: (site: string, at: number): Operation => ({
    site,
    text: "sleep",
    enabled: (arena) => arena.words[at / 4] !== 0,
    apply: (arena) => {
      arena.words[at / 4] = 0;
    },
  }),
  wake: (site: string, at: number): Operation => ({
    site,
    text: "wake",
    apply: (arena) => {
      arena.words[at / 4] = 1;
    },
  }),
};
