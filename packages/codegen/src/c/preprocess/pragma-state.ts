import type { Complaints } from "../text/complaints.ts";
import { parseInteger } from "../text/literal.ts";
import type { Expander } from "./expander.ts";
import type { PragmaMark } from "./translation.ts";

/** In force behind a `#pragma pack` that cannot be understood. */
export const malformedPack = "a malformed #pragma pack";

/** What pragmas say from one token on. */
interface State {
  readonly index: number;
  /** `#pragma pack` in bytes; 0 for none. */
  readonly pack: number;
  readonly packed: boolean;
  /** A pragma whose effect on layout is not worked out. */
  readonly refused: string | undefined;
}

const initial: State = { index: 0, pack: 0, packed: false, refused: undefined };

/** Pragmas that change layout, by the token they stand before. */
export class PragmaState {
  readonly #states: State[] = [];

  /** Takes what the preprocessor met, in order. */
  read(marks: readonly PragmaMark[], expander: Expander, complaints: Complaints): void {
    const packs: { readonly name: string | undefined; readonly pack: number }[] = [];
    const attributes: Effect[] = [];
    let pack = 0;
    let other: string | undefined;
    for (const mark of marks) {
      const words = mark.tokens.map((token) => expander.spell(token));
      if (words[0] === "pack") {
        const next = readPack(words, packs, pack);
        if (next === undefined) {
          complaints.add("RB1017", mark.pos, `#pragma ${words.join("")} is malformed`, {
            hint: "pack(n), pack(push, n), pack(pop), with n 1, 2, 4, 8 or 16",
          });
          other = malformedPack;
        } else {
          pack = next;
        }
      } else if (words[0] === "clang") {
        const said = words.join("");
        const effect = {
          packed: /\((?:__)?packed/.test(said) && said.includes("record"),
          refused: /\((?:__)?(?:aligned|ms_struct|vector_size|mode)\b/.test(said),
        };
        if (words[2] === "pop") attributes.pop();
        else if (words[2] === "(") attributes.push(joined(attributes.pop(), effect));
        else if (words[2] === "push") attributes.push(effect);
      } else {
        other =
          words[1] === "off" || words[1] === "reset" || words[1] === "default"
            ? undefined
            : `#pragma ${words.join(" ")}`;
      }
      this.#states.push({
        index: mark.index,
        pack,
        packed: attributes.some(({ packed }) => packed),
        refused: other ?? (attributes.some(({ refused }) => refused) ? "#pragma clang attribute" : undefined),
      });
    }
  }

  packAt(index: number): number {
    return this.#at(index).pack;
  }

  packedAt(index: number): boolean {
    return this.#at(index).packed;
  }

  refusedAt(index: number): string | undefined {
    return this.#at(index).refused;
  }

  #at(index: number): State {
    const states = this.#states;
    let low = 0;
    let high = states.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (states[middle]!.index <= index) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? initial : states[low - 1]!;
  }
}

interface Effect {
  readonly packed: boolean;
  readonly refused: boolean;
}

function joined(before: Effect | undefined, effect: Effect): Effect {
  return { packed: effect.packed || before?.packed === true, refused: effect.refused || before?.refused === true };
}

/** The alignment in force behind the pragma; undefined for a malformed one. */
function readPack(
  words: readonly string[],
  stack: { readonly name: string | undefined; readonly pack: number }[],
  current: number,
): number | undefined {
  if (words[1] !== "(" || words[words.length - 1] !== ")") return undefined;
  const args = words.slice(2, -1).join("").split(",");
  if (args.length === 1 && args[0] === "") return 0;
  const action = args[0] === "push" || args[0] === "pop" ? args.shift() : undefined;
  if (args[0] === "show") return current;
  const name = action !== undefined && args[0] !== undefined && !/^[0-9]/.test(args[0]) ? args.shift() : undefined;
  let value: number | undefined;
  if (args.length > 1) return undefined;
  if (args[0] !== undefined) {
    value = Number(parseInteger(args[0])?.value ?? -1n);
    if (![0, 1, 2, 4, 8, 16].includes(value)) return undefined;
  }
  if (action === undefined) return value;
  if (action === "push") {
    stack.push({ name, pack: current });
    return value ?? current;
  }
  let popped = current;
  if (name === undefined) popped = stack.pop()?.pack ?? current;
  else {
    const at = stack.map((entry) => entry.name).lastIndexOf(name);
    if (at >= 0) popped = stack.splice(at)[0]!.pack;
  }
  return value ?? popped;
}
