import { EncodeError } from "@rbgen/runtime";
import { fail, sameBytes } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";

/** Numbers below a bound, the same ones for the same seed. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b1 + 1) >>> 0;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * count);
  }
}

/** What an untyped program may give, none of which is any member's. */
const odd: readonly unknown[] = [Symbol("odd"), Object.create(null), { length: 3n }, null, "odd", 7n, 1.5, () => 1, []];

/** Another value than `value`, of the same kind or of none. */
function other(value: unknown, dice: Dice): unknown {
  const roll = dice.below(8);
  if (roll === 0) return undefined;
  if (roll === 1) return odd[dice.below(odd.length)];
  const size = dice.below(6);
  if (value instanceof Uint8Array) return new Uint8Array(Math.max(0, value.length + size - 3)).fill(0x77);
  if (Array.isArray(value))
    return size < 3 ? value.slice(size) : [...value, ...value].slice(0, value.length + size - 3);
  if (typeof value === "string") return size < 3 ? value.slice(size) : value + "x".repeat(size - 3);
  if (typeof value === "bigint") return BigInt(size);
  return typeof value === "number" ? size : value;
}

/** The kinds that a value may name, whatever its codec calls them: the names of all of its members, too. */
function kinds(value: object, dice: Dice): unknown {
  const names = [...Object.keys(value), "unknown"];
  return names[dice.below(names.length)];
}

/**
 * A value that answers anew at each look: a member is what it was, is left out, is longer or shorter, or is nothing that
 * the record has. It answers alike whenever as many looks came before.
 */
function changing(value: unknown, dice: Dice): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return new Proxy(value, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      if (typeof name === "symbol" || typeof own === "function") return own;
      if (Array.isArray(target) && name === "length") return dice.below(3) === 0 ? dice.below(6) : own;
      if (/kind$/i.test(name)) return dice.below(2) === 0 ? own : kinds(target, dice);
      return changing(dice.below(3) === 0 ? other(own, dice) : own, dice);
    },
  });
}

const room = 512;
const start = 16;

/** What is in a target that held `ground` after an encode of a changing value; undefined where it is refused. */
function encoded(codec: AnyCodec, input: unknown, seed: number, ground: number): Uint8Array | undefined {
  const bytes = new Uint8Array(room + (codec.size + start) * 4).fill(ground);
  const value = changing(input, new Dice(seed));
  let length: number;
  try {
    length = codec.encode(value, new DataView(bytes.buffer), start);
  } catch (error) {
    if (!(error instanceof EncodeError)) fail(`encode of a changing value throws ${String((error as Error).stack)}`);
    return undefined;
  }
  const beside = [...bytes.subarray(0, start), ...bytes.subarray(start + length)];
  if (beside.some((byte) => byte !== ground))
    fail(`encode of a changing value writes beyond the ${length} bytes it tells`);
  return bytes.slice(start, start + length);
}

/**
 * Values of which every member changes between two looks: refused with an EncodeError, or encoded to bytes of which none is
 * left from what was there before, nor lies beyond those that are told.
 */
export function exerciseChanging(codec: AnyCodec, input: unknown, seed: number, turns = 12): number {
  let taken = 0;
  for (let turn = 0; turn < turns; turn++) {
    const own = seed * 1000 + turn;
    const [zeros, others] = [0x00, 0xee].map((ground) => encoded(codec, input, own, ground));
    if ((zeros === undefined) !== (others === undefined)) fail("a changing value is refused by what was there before");
    if (zeros !== undefined && others !== undefined) {
      taken += 1;
      sameBytes("a changing value over 0xee", others, zeros);
    }
    try {
      codec.byteLengthOf(changing(input, new Dice(own)));
    } catch (error) {
      if (!(error instanceof EncodeError))
        fail(`byteLengthOf a changing value throws ${String((error as Error).stack)}`);
    }
  }
  return taken;
}
