import { OverlayBuilder } from "./annotated-overlays.ts";
import type { Holder } from "./annotated-part.ts";

/** A member that tells variants apart: an integer, or text. */
export interface Tag extends Holder {
  /** The annotation that says which values mean a variant. */
  readonly note: (values: readonly bigint[]) => string;
  /** A value as the member's property has it. */
  readonly leaf: (value: bigint) => unknown;
  /** The value that zeros are; none of two letters. */
  readonly zero?: bigint;
}

/** Two that follow each other are a range. */
function valuesNote(values: readonly bigint[]): string {
  const [first = 0n, second, ...more] = values;
  if (second === first + 1n && more.length === 0) return `variant=${first}..${second}`;
  return `variant=${values.join(",")}`;
}

/** The annotation of a variant, which may be the default and may say its own values then. */
export function variantNote(tag: Tag, values: readonly bigint[], isDefault: boolean, spelt: boolean): string {
  if (!isDefault) return tag.note(values);
  return spelt ? `${tag.note(values)},default` : "variant=default";
}

/** Two letters that stand for a value. */
function lettersOf(value: bigint): string {
  return String.fromCharCode(65 + Number(value / 26n), 97 + Number(value % 26n));
}

/** Draws what tells variants apart. */
export class TagBuilder extends OverlayBuilder {
  telling(): Tag {
    if (this.chance(20)) return this.text();
    const holder = this.holder(100n);
    return { ...holder, zero: 0n, note: valuesNote, leaf: (value) => (holder.big ? value : Number(value)) };
  }

  /** Text of as many bytes as an integer has; values are of two letters, and NULs fill it up. */
  text(): Tag {
    const name = this.name();
    const size = this.pick([2, 4, 8]);
    return {
      members: [`char ${name}[${size}]`],
      path: name,
      big: false,
      direct: false,
      most: 100n,
      store: (place, expression) => {
        const letters = lettersOf(BigInt(expression.replace("ULL", "")));
        return [...letters].map((letter, index) => `${place}${name}[${index}] = '${letter}';`).join(" ");
      },
      property: (leaf) => ({ [name]: leaf }),
      note: (values) => `variant=${values.map((value) => `'${lettersOf(value)}'`).join(",")}`,
      leaf: lettersOf,
    };
  }

  values(count: number, most: bigint): bigint[][] {
    const limit = most > 100n ? 100n : most;
    const taken = new Set<bigint>();
    return Array.from({ length: count }, () =>
      Array.from({ length: 1 + this.below(2) }, () => {
        // The one behind the last makes a range of both.
        const [before] = this.chance(30) ? [...taken].slice(-1) : [];
        let value = before === undefined ? BigInt(this.below(Number(limit))) : (before + 1n) % (limit + 1n);
        while (taken.has(value)) value = (value + 1n) % (limit + 1n);
        taken.add(value);
        return value;
      }),
    );
  }
}
