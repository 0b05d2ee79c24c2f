import fc from "fast-check";
import { EndingBuilder } from "./annotated-endings.ts";
import { merge, type Part } from "./annotated-part.ts";
import { type Tag, variantNote } from "./annotated-tags.ts";
import { mark } from "./annotated-text.ts";

/**
 * Records that annotations describe: lengths, lists, data-loc, unions and rings with tags. Each is C text with marks where
 * annotations go, and values as C statements, so that what bytes they are is for a C compiler to say.
 */
export interface AnnotatedRecord {
  readonly tag: string;
  /** Definitions with a mark for each annotation: see {@link withAnnotations}. */
  readonly definitions: string;
  /** The ring that the record is a variant of; the generated codec has this name. */
  readonly ring?: string;
  readonly samples: readonly AnnotatedSample[];
  /** The property that tells a ring's variants apart. */
  readonly kindName?: string;
  /** Elements lie over other members: what was stored last stands, whatever else was given. */
  readonly overlaid: boolean;
  /** A sample may end before its last element: shorter ones are other values, not errors. */
  readonly open: boolean;
}

/** One value of a record. */
export interface AnnotatedSample {
  /** C statements that fill `r`, a pointer to zeroed bytes; `p` is free for a place behind it. */
  readonly fill: readonly string[];
  /** C expression for the bytes of the sample. */
  readonly length: string;
  /** What `encode` is given. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What `decode` gives, with a {@link Probe} for each number that only C knows. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What a writer is given beside `value`: tags and lengths that other members tell. */
  readonly told: Readonly<Record<string, unknown>>;
}

/** The tags of one record of a ring. */
interface RingValues {
  readonly values: readonly bigint[];
  /** All tags that mean no other record mean it, too. */
  readonly isDefault: boolean;
  /** A default says its own values, too. */
  readonly spelt: boolean;
}

class AnnotatedBuilder extends EndingBuilder {
  record(samples: number): AnnotatedRecord {
    const parts: Part[] = [];
    for (let i = this.below(4); i > 0; i--) parts.push(this.filler());
    if (this.chance(25)) {
      const overlaid = this.overlaid();
      const record = this.finish([...parts, overlaid, ...this.close()], samples, overlaid.open === true);
      return { ...record, overlaid: true };
    }
    if (this.chance(10)) parts.push(this.outer());
    const ending = this.ending();
    return this.finish([...parts, ending], samples, ending.open === true);
  }

  /** Records that share a ring: the same head in each, then anything. */
  ring(count: number, samples: number): AnnotatedRecord[] {
    const ring = `${this.tag}_ring`;
    const tag = this.telling();
    const before = this.chance(40) ? [this.plain()] : [];
    const values = this.values(count, tag.most);
    const head = before.flatMap((part) => part.members);
    const base = this.tag;
    const packed = this.chance(25);
    // What all tags mean that mean no other record, and some of its own or none.
    const other = this.chance(40) ? this.below(count) : -1;
    const spelt = this.chance(50);
    const records = Array.from({ length: count }, (_, index) => {
      const member = new AnnotatedBuilder(this.g, `${base}v${index}`);
      member.serial = 50 * (index + 1);
      member.taken = new Set(this.taken);
      member.packed = packed;
      if (index === 0) member.definitions = this.definitions;
      const told = { values: values[index]!, isDefault: index === other, spelt };
      return member.variant(ring, tag, head, before, told, samples);
    });
    // A union in one of them may be told apart by `kind` already.
    const taken = records.some(({ samples: drawn }) => drawn.some(({ value }) => "kind" in value));
    const kindName = taken ? "$kind" : "kind";
    // A changed tag makes a sample one of another variant.
    const open = records.some((record) => record.open);
    return records.map((record) => ({
      ...record,
      open,
      kindName,
      samples: record.samples.map((sample) => ({
        ...sample,
        input: { [kindName]: record.tag, ...sample.input },
        value: { [kindName]: record.tag, ...sample.value },
      })),
    }));
  }

  variant(
    ring: string,
    tag: Tag,
    head: readonly string[],
    before: readonly Part[],
    { values, isDefault, spelt }: RingValues,
    samples: number,
  ): AnnotatedRecord {
    const written = isDefault && !spelt ? tag.zero : values[0];
    const tagged: Part = {
      members: [...head, ...tag.members],
      draw: (place) => {
        const drawn = before.map((part) => part.draw(place));
        const value = this.pick(values);
        const property = tag.property(tag.leaf(value));
        // The first value is written where the tag is left out.
        const given = value === written && this.chance(60) ? {} : property;
        return merge([
          ...drawn,
          { fill: [tag.store(place, `${value}ULL`)], input: given, value: property, told: property },
        ]);
      },
    };
    const ending = this.ending();
    const notes = [`record=${ring}`, `tag=${tag.path}`, variantNote(tag, values, isDefault, spelt)];
    const record = this.finish([tagged, ending], samples, ending.open === true, mark(this.tag, notes.join(";")));
    return { ...record, ring };
  }

  finish(parts: readonly Part[], samples: number, open: boolean, note = ""): AnnotatedRecord {
    this.packed ??= this.chance(25);
    const packed = this.packed ? " __attribute__((packed))" : "";
    const members = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    const definitions = `${this.definitions}struct ${this.tag} {\n${members.join("")}}${packed}${note};\n`;
    const drawn = Array.from({ length: samples }, (): AnnotatedSample => {
      const { fill, input, value, told = {}, length } = merge(parts.map((part) => part.draw("r->")));
      return { fill, input, value, told, length: length ?? `sizeof(struct ${this.tag})` };
    });
    return { tag: this.tag, definitions, samples: drawn, open, overlaid: false };
  }

  /** What may follow elements that lie over others, and leaves the place of all members alone. */
  close(): Part[] {
    const parts = this.chance(50) ? [this.filler()] : [];
    return this.chance(40) ? [...parts, this.counted(this.pick(["", "5"]))] : parts;
  }

  filler(): Part {
    const roll = this.below(100);
    if (roll < 40) return this.scalar();
    if (roll < 60) return this.meant();
    if (roll < 72) return this.bits();
    if (roll < 82) return this.strings();
    if (roll < 87) return this.outer();
    if (roll < 91) return this.wireBits();
    if (roll < 95) return this.placedPieces();
    return this.bounded();
  }
}

/** `count` groups of records from `seed`: single ones, and every fourth the variants of a ring. */
export function sampleAnnotated(count: number, seed: number, prefix: string, samples = 4): AnnotatedRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const arbitrary = fc.gen().map((g) => {
      const builder = new AnnotatedBuilder(g, `${prefix}${index}`);
      return index % 4 === 3 ? builder.ring(2 + (index % 3), samples) : [builder.record(samples)];
    });
    return fc.sample(arbitrary, { seed: (seed + index) | 0, numRuns: 1, unbiased: true })[0]!;
  }).flat();
}
