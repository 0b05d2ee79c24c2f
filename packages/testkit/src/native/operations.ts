/** Operations of both interpreters, in the numbers of interpreter.bpf.c; those of user space are run between two programs. */
export const ringOp = { reserve: 0, submit: 1, discard: 2, output: 3, query: 4 } as const;

/** Who executes a step: one of the three programs, or user space on one of the two rings. */
export type Actor = "ring_ops" | "dynptr_ops" | "user_ops" | "consumer" | "producer";

/** One operation. Numbers are what `struct op` holds; 64-bit ones as [low, high] words. */
export interface Step {
  readonly actor: Actor;
  readonly code: number;
  readonly slot: number;
  readonly flags: number;
  readonly kind: number;
  readonly size: number;
  readonly a: readonly [low: number, high: number];
  readonly b: readonly [low: number, high: number];
  readonly c: readonly [low: number, high: number];
}

/** What user space does to the consumer position of a ring buffer. */
export const consumerOp = { consume: 0, forward: 1, set: 2, catchUp: 3 } as const;

/** What user space does to a user ring, truthful or not. */
export const producerOp = { post: 0, finish: 1, forward: 2, set: 3, poke: 4 } as const;

/** 32-bit words of `struct op` and `struct result`. */
export const opWords = 8;
export const resultWords = 10;
/** Operations that one run takes. */
export const maxOps = 4096;
/** Given instead of a kernel's return where a slot is not in the state that the operation needs. */
export const taken = -1000;

const none: readonly [number, number] = [0, 0];

/** Deterministic random numbers (mulberry32): the same seed gives the same sequence everywhere. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** A 32-bit word. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  /** 0 … bound − 1. */
  below(bound: number): number {
    return this.word() % bound;
  }
  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const interestingSizes = [
  0, 1, 7, 8, 9, 15, 16, 24, 40, 100, 500, 1016, 1024, 2032, 2040, 2048, 3072, 4064, 4072, 4079, 4080, 4081, 4088, 4096,
  5000, 8191,
];
const commitFlags = [0, 0, 0, 1, 1, 2, 3];

function size(random: Random): number {
  if (random.once(3)) return random.pick(interestingSizes);
  return random.once(4) ? random.below(4200) : random.below(200);
}

function step(actor: Actor, fields: Partial<Step>): Step {
  return { actor, code: 0, slot: 0, flags: 0, kind: 0, size: 0, a: none, b: none, c: none, ...fields };
}

/** Some operations on a ring buffer: a run of a program, then what its consumer does. */
export function ringSteps(random: Random, steps: Step[]): void {
  const count = 4 + random.below(60);
  if (random.once(4)) {
    for (let i = 0; i < count / 4; i++) steps.push(dynptrStep(random));
  } else {
    for (let i = 0; i < count; i++) steps.push(programStep(random));
  }
  const moves = 1 + random.below(3);
  for (let i = 0; i < moves; i++) steps.push(consumerStep(random));
}

function programStep(random: Random): Step {
  const slot = random.below(3);
  const b = [random.word(), random.word()] as const;
  const choice = random.below(20);
  if (choice < 7) {
    const refused = random.once(40) ? 1 + random.below(7) : 0;
    return step("ring_ops", { code: ringOp.reserve, slot, kind: random.below(2), a: [refused, 0], b });
  }
  // Unknown flag bits are ignored by submit and discard.
  const flags = random.once(30) ? random.word() : random.pick(commitFlags);
  if (choice < 11) return step("ring_ops", { code: ringOp.submit, slot, a: [flags, 0] });
  if (choice < 13) return step("ring_ops", { code: ringOp.discard, slot, a: [flags, 0] });
  if (choice < 18) {
    const output = random.once(30) ? random.below(16) : random.pick(commitFlags);
    return step("ring_ops", { code: ringOp.output, size: size(random), a: [output, 0], b });
  }
  return step("ring_ops", { code: ringOp.query, a: [random.below(7), 0] });
}

function dynptrStep(random: Random): Step {
  const first = random.once(30) ? random.pick([0xffffff, 0x1000000, 0x1ffffff]) : size(random);
  const second = size(random);
  const third = size(random);
  // op->a: 25 bits of the first size, 16 of the second, 16 of the third
  const packed = BigInt(first) | (BigInt(second) << 25n) | (BigInt(third) << 41n);
  const length = random.below(32);
  const offset = random.once(5) ? random.below(0x10000) : random.below(128);
  const start = random.below(random.once(5) ? 0x10000 : 64);
  const end = random.below(random.once(5) ? 0x10000 : 256);
  const b = (BigInt(random.word()) << 32n) | BigInt(((random.word() << 24) | (offset << 8) | length) >>> 0);
  const c = BigInt(random.below(8)) | (BigInt(start) << 16n) | (BigInt(end) << 32n);
  return step("dynptr_ops", {
    kind: random.below(3),
    flags: random.once(20) ? 1 : 0,
    size: random.below(512),
    a: words(packed),
    b: words(random.once(10) ? b | (1n << 63n) : b & ~(1n << 63n)),
    c: words(c),
  });
}

function consumerStep(random: Random): Step {
  const choice = random.below(40);
  if (choice < 30) return step("consumer", { code: consumerOp.consume, size: random.pick([1, 2, 5, 30, 1000]) });
  if (choice < 35) return step("consumer", { code: consumerOp.catchUp });
  if (choice < 38) return step("consumer", { code: consumerOp.forward, a: [(random.below(64) - 32) * 8, 0] });
  // A lie: any number, aligned or not. The next look but one catches up, or nothing would happen for long.
  return step("consumer", {
    code: consumerOp.set,
    a: random.once(2) ? [random.below(9000), 0] : [random.word(), random.word()],
  });
}

/** Some operations on a user ring: what its producer does, then a run of drains. */
export function userSteps(random: Random, steps: Step[]): void {
  const posts = 1 + random.below(12);
  for (let i = 0; i < posts; i++) steps.push(producerStep(random));
  const drains = 1 + random.below(4);
  for (let i = 0; i < drains; i++) {
    steps.push(
      step("user_ops", {
        size: random.once(4) ? 1 + random.below(5) : 0,
        kind: random.below(8),
        a: [random.once(30) ? random.below(16) : random.pick([0, 0, 1, 2, 3]), 0],
        b: [random.word(), 0],
      }),
    );
  }
  if (random.once(6)) steps.push(step("producer", { code: producerOp.set, kind: 1 }));
}

function producerStep(random: Random): Step {
  const b = [random.word(), 0] as const;
  const choice = random.below(60);
  if (choice < 40) {
    const marks = random.pick([0, 0, 0, 0x80000000, 0x40000000, 0xc0000000]);
    return step("producer", {
      code: producerOp.post,
      kind: random.once(20) ? 0 : 1,
      size: (size(random) | marks) >>> 0,
      b,
    });
  }
  if (choice < 52) return step("producer", { code: producerOp.finish, slot: random.below(8), kind: random.below(2) });
  if (choice < 54) return step("producer", { code: producerOp.forward, a: [(random.below(64) - 32) * 8, 0] });
  if (choice < 55) return step("producer", { code: producerOp.forward, a: [random.below(64), 0] });
  if (choice < 56) return step("producer", { code: producerOp.set, a: [random.below(20000), 0] });
  // A header or payload that nobody posted.
  const header = random.once(2) ? random.below(300) : random.word();
  return step("producer", { code: producerOp.poke, size: random.below(4096), a: [header, random.word()] });
}

function words(value: bigint): readonly [number, number] {
  return [Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn)];
}

/** Writes steps as the array of `struct op` that the programs read. */
export function encodeSteps(steps: readonly Step[], from: number, to: number, target: Uint32Array): void {
  for (let i = from; i < to; i++) {
    const { code, slot, flags, kind, size: length, a, b, c } = steps[i] as Step;
    const at = (i - from) * opWords;
    target[at] = code | (slot << 8) | (flags << 16) | (kind << 24);
    target[at + 1] = length;
    target[at + 2] = a[0];
    target[at + 3] = a[1];
    target[at + 4] = b[0];
    target[at + 5] = b[1];
    target[at + 6] = c[0];
    target[at + 7] = c[1];
  }
}

/** The bytes that records are filled with: the same on both kernels. */
export function patternBytes(): Uint8Array {
  const random = new Random(0x5eed);
  return Uint8Array.from({ length: 16384 }, () => random.below(256));
}
