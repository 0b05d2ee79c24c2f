import type { RingBufMap, RingClaim, RingPart, UserRingBufMap } from "@rbgen/runtime/backend";
import { claimMap } from "@rbgen/runtime/backend";
import type { KernelSide } from "./kernel-side.ts";

/** What a scenario needs of a kernel side that not every one has. */
export type Need = "hold" | "overwrite" | "readiness" | "no overwrite";

/** One thing that both backends must do alike. It throws where one does not. */
export interface Scenario {
  readonly title: string;
  readonly needs?: readonly Need[];
  run(kernel: KernelSide): void | Promise<void>;
}

/** Why `kernel` cannot run `scenario`, or undefined. */
export function lacking({ needs = [] }: Scenario, kernel: KernelSide): Need | undefined {
  const has: Record<Need, boolean> = {
    hold: kernel.hold !== undefined,
    overwrite: kernel.overwrite,
    "no overwrite": !kernel.overwrite,
    readiness: kernel.readiness !== undefined,
  };
  return needs.find((need) => !has[need]);
}

/** Throws unless `actual` is `expected`, by structure; needs nothing but the language, so that it runs anywhere. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const is = show(actual);
  const wanted = show(expected);
  if (is !== wanted) throw new Error(`${what}: is ${is}, should be ${wanted}`);
}

/** Throws unless `action` throws an error of `code`. */
export async function fails(action: () => unknown, code: string, what: string): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  if (error === undefined) throw new Error(`${what}: did not fail with ${code}`);
  equal((error as { code?: unknown }).code, code, `${what} (${String(error)})`);
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === "bigint") return `${inner}n`;
      if (ArrayBuffer.isView(inner)) {
        return `<${[...new Uint8Array(inner.buffer, inner.byteOffset, inner.byteLength)].join(" ")}>`;
      }
      return inner === undefined ? "undefined" : inner;
    }) ?? "undefined"
  );
}

/** `count` bytes of `value`. */
export function bytes(count: number, value = 0): Uint8Array {
  return new Uint8Array(count).fill(value);
}

/** Words and positions of a ring's user side, to put there what no reader or writer of ours would. */
export class RawRing {
  readonly #claim: RingClaim;

  constructor(map: RingBufMap | UserRingBufMap) {
    this.#claim = map[claimMap]();
  }

  get consumer(): bigint {
    return load(this.#claim.memory.consumer);
  }

  set consumer(position: bigint) {
    store(this.#claim.memory.consumer, position);
  }

  get producer(): bigint {
    return load(this.#claim.memory.producer);
  }

  set producer(position: bigint) {
    store(this.#claim.memory.producer, position);
  }

  /** A word of a header, at `position`. */
  header(position: number): number {
    const { memory } = this.#claim;
    const at = position % memory.size;
    memory.acquire?.(at - (at % 8), 8);
    return Atomics.load(this.#words(), at / 4);
  }

  setHeader(position: number, word: number): void {
    const { memory } = this.#claim;
    const at = position % memory.size;
    Atomics.store(this.#words(), at / 4, word);
    memory.release?.(at, 0);
  }

  /** Bytes of a payload at `offset` of the data. */
  payload(offset: number, length: number): Uint8Array {
    const { memory } = this.#claim;
    memory.acquire?.(offset - 8, 8);
    const { buffer, byteOffset } = memory.data;
    return new Uint8Array(buffer, byteOffset + offset, length).slice();
  }

  release(): void {
    this.#claim.release();
  }

  #words(): Int32Array {
    const { data, size } = this.#claim.memory;
    return new Int32Array(data.buffer, data.byteOffset, size / 4);
  }
}

function load(part: RingPart): bigint {
  part.pull?.();
  return Atomics.load(new BigUint64Array(part.buffer, part.byteOffset, 1), 0);
}

function store(part: RingPart, position: bigint): void {
  Atomics.store(new BigUint64Array(part.buffer, part.byteOffset, 1), 0, position);
  part.push?.();
}

/** Runs `action` on the raw ring of `map`, which is free again afterwards. */
export function raw<T>(map: RingBufMap | UserRingBufMap, action: (ring: RawRing) => T): T {
  const ring = new RawRing(map);
  try {
    return action(ring);
  } finally {
    ring.release();
  }
}
