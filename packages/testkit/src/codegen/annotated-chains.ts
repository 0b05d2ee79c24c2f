import { ArrayBuilder } from "./annotated-arrays.ts";
import { type Drawn, type Ending, literal, merge, nothing, type Part } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";
import { UnionBuilder } from "./annotated-unions.ts";

/** An array without a place of its own, and what C does to find it: `p` stands behind what is before. */
interface Link {
  readonly members: readonly string[];
  readonly array: string;
  /** The name of what is declared first. */
  readonly first: string;
  readonly draw: (place: string) => Drawn;
  /** It may be cut, so that no padding follows it. */
  readonly cut: boolean;
}

function statements(...fill: readonly string[]): Drawn {
  return { ...nothing(), fill };
}

/** Bits that say which parts are there: drawn once for all of them. */
interface Flags extends Part {
  /** The annotation of a part, and whether it is there in what is drawn next. */
  readonly bit: () => { readonly note: string; readonly there: () => boolean };
}

/** Draws structs that end in several arrays, each where the one before it ends. */
export class ChainBuilder extends UnionBuilder {
  chained(): Ending {
    const names = Array.from({ length: 2 + this.below(3) }, () => this.name());
    const flags = this.flags();
    const links = names.map((name, index) => {
      const last = index === names.length - 1;
      return this.chance(30) ? this.part(name, names[index - 1], flags) : this.link(name, names[index - 1], last);
    });
    const start = `__builtin_offsetof(struct ${this.tag}, ${links[0]!.first})`;
    return {
      members: [...flags.members, ...links.flatMap(({ members }) => members), ...links.map(({ array }) => array)],
      draw: (place) => {
        const head = flags.draw(place);
        const begin = statements(`p = (char *)r + ${start};`);
        const parts = links.map((link) => link.draw(place));
        const drawn = merge([head, begin, ...parts]);
        const end = "p - (char *)r";
        return { ...drawn, length: links.at(-1)?.cut ? end : `LONGER(sizeof(struct ${this.tag}), ${end})` };
      },
    };
  }

  /** Bits of a member, of which parts may share some. */
  flags(): Flags {
    const holder = this.holder(255n);
    let used = 0;
    let now = 0;
    return {
      members: holder.members,
      bit: () => {
        const mask = used === 0 || this.chance(75) ? 1 << this.below(7) : used & -used;
        used |= mask;
        const text = this.pick([`${mask}`, `(1 << ${Math.log2(mask)})`]);
        return { note: `present=${holder.path}${this.pick(["&", " & "])}${text}`, there: () => (now & mask) !== 0 };
      },
      draw: (place) => {
        now = this.below(256) & used;
        const more = this.chance(30) ? 128 : 0;
        const leaf = holder.big ? BigInt(now | more) : now | more;
        const whole = holder.property(leaf);
        const given = more !== 0 || this.chance(50) ? whole : {};
        return { fill: [holder.store(place, `${now | more}`)], input: given, value: whole, told: whole };
      },
    };
  }

  /** One value that is there where a bit says so. */
  part(name: string, before: string | undefined, flags: Flags): Link {
    const align = before === undefined ? 1 : this.pick([1, 1, 2, 4, 8]);
    const after = before === undefined ? [] : [align === 1 ? `after=${before}` : `after=${before},align=${align}`];
    const { note, there } = flags.bit();
    let element = this.element();
    // What arrays of bytes are made of is an integer by itself.
    while (element.form !== "list") element = this.element();
    const { draw, text } = element;
    return {
      members: [],
      cut: false,
      first: name,
      array: `${text} ${name}[0]${mark(this.own(name), [...after, note].join(";"))}`,
      draw: () => {
        if (!there()) return { fill: [], input: {}, value: { [name]: undefined } };
        const { fill, input, value } = draw(`((${text} *)p)[0]`);
        const pad = align === 1 ? [] : [`p = (char *)r + (p - (char *)r + ${align - 1}) / ${align} * ${align};`];
        return {
          fill: [...pad, fill, `p += sizeof(${text});`],
          input: { [name]: input },
          value: { [name]: value },
        };
      },
    };
  }

  /** An array with what says how long it is. */
  link(name: string, before: string | undefined, last: boolean): Link {
    const align = before === undefined ? 1 : this.pick([1, 1, 2, 4, 8]);
    const own = align === 1 ? `after=${before}` : `after=${before},align=${align}`;
    const after = before === undefined ? [] : [own];
    const pad = align === 1 ? [] : [`p = (char *)r + (p - (char *)r + ${align - 1}) / ${align} * ${align};`];
    if (this.chance(20)) return this.listed(name, after, pad, last);
    if (this.chance(20)) return this.pieces(name, before, last);
    // Where it begins is kept, for what says how far it is from the start.
    const begins = `${name}_begins`;
    const measure = this.measure(() => begins, last);
    const element = this.element();
    const note = mark(this.own(name), [...after, measure.note].join(";"));
    return {
      members: measure.members,
      cut: measure.clamps,
      first: name,
      array: `${element.text} ${name}[${last ? "" : "0"}]${note}`,
      draw: (place) => {
        const { count, told, truncated } = this.lengths(measure, 4, undefined);
        return merge([
          statements(...pad, `size_t ${begins} = p - (char *)r;`),
          this.elements(element, place, name, count, `((${element.text} *)p)`),
          measure.told(place, name, told, truncated),
          statements(`p += ${count} * sizeof(${element.text});`),
        ]);
      },
    };
  }

  /** Lengths of pieces, as an array that itself stands behind what is before, and the pieces. */
  pieces(name: string, before: string | undefined, last: boolean): Link {
    const holder = this.holder(1023n);
    const lengths = this.name();
    const type = this.int([1, 2, 4, 8]);
    // One byte of C's char is text, and has no numbers.
    const typed = type.size === 1 ? this.pick(["__u8", "unsigned char"]) : type.text;
    const text = this.chance(60);
    const clamps = last && !this.clamped && this.chance(30);
    if (clamps) this.clamped = true;
    const after = before === undefined ? [] : [`after=${before}`];
    const own = mark(
      this.own(lengths),
      [...after, `length=${holder.path}${holder.direct ? "" : ",elements"}`].join(";"),
    );
    const note = mark(this.own(name), `after=${lengths};lengths=${lengths}${clamps ? ",clamp" : ""}`);
    return {
      members: holder.members,
      cut: clamps,
      first: lengths,
      array: `${typed} ${lengths}[0]${own};\n\t${text ? "char" : "__u8"} ${name}[${last ? "" : "0"}]${note}`,
      draw: (place) => {
        const drawn = this.drawPieces(text, clamps);
        const told = drawn.lengths.map((length) => (type.size === 8 ? BigInt(length) : length));
        const counts = type.size === 1 ? Uint8Array.from(drawn.lengths) : told;
        const fill = drawn.lengths.map((length, index) => {
          const at = `((${typed} *)p)[${index}]`;
          return `${at} = ${type.size === 1 ? length : literal(type, BigInt(length))};`;
        });
        const list: Drawn = {
          fill: [...fill, `p += ${told.length} * sizeof(${typed});`, ...drawn.fill],
          input: { ...(drawn.cut || this.chance(50) ? { [lengths]: counts } : {}), [name]: drawn.pieces },
          value: { [lengths]: counts, [name]: drawn.pieces },
        };
        const truncated: Record<string, unknown> = clamps ? { truncated: drawn.cut } : {};
        const cut: Drawn = { fill: [], input: drawn.cut ? truncated : {}, value: truncated };
        // A writer finds pieces by the lengths that were set before.
        return merge([this.told(holder, place, `${told.length}`), list, cut]);
      },
    };
  }

  /** Pieces of an array that has its place, as many as another one has elements. */
  placedPieces(): Part {
    const [lengths, name] = [this.name(), this.name()];
    const type = this.int([2, 4, 8]);
    const text = this.chance(50);
    const clamps = !this.clamped && this.chance(40);
    if (clamps) this.clamped = true;
    const [count, most] = [1 + this.below(3), 1 + this.below(12)];
    const note = mark(this.own(name), `lengths=${lengths}${clamps ? ",clamp" : ""}`);
    const padding = this.name();
    return {
      members: [
        `${type.text} ${lengths}[${count}]`,
        `${text ? "char" : "__u8"} ${name}[${most}]${note}`,
        `__u8 ${padding}`,
      ],
      draw: (place) => {
        const bytes = Array.from({ length: most }, () => (text ? 33 + this.below(90) : this.below(256)));
        let at = 0;
        const told = Array.from({ length: count }, () => {
          const length = this.below(clamps ? most + 2 : most - Math.min(at, most) + 1);
          at += length;
          return length;
        });
        let start = 0;
        const pieces = told.map((length) => {
          const piece = bytes.slice(start, start + length);
          start += length;
          return text ? String.fromCharCode(...piece) : Uint8Array.from(piece);
        });
        const cut = at > most;
        const own = told.map((length) => (type.size === 8 ? BigInt(length) : length));
        const truncated: Record<string, unknown> = clamps ? { truncated: cut } : {};
        const store = (length: number, index: number): string =>
          `${place}${lengths}[${index}] = ${literal(type, BigInt(length))};`;
        const there = bytes.slice(0, at).map((byte, index) => `${place}${name}[${index}] = ${byte};`);
        return {
          fill: [...told.map(store), ...there],
          input: { ...(cut || this.chance(50) ? { [lengths]: own } : {}), [name]: pieces, ...(cut ? truncated : {}) },
          value: { [lengths]: own, [name]: pieces, ...truncated, [padding]: 0 },
        };
      },
    };
  }

  /** Some pieces, and what says how long they are: more than there is of the last one and those behind it, where they are cut. */
  drawPieces(text: boolean, clamps: boolean): { lengths: number[]; pieces: unknown[]; fill: string[]; cut: boolean } {
    const all = Array.from({ length: this.below(5) }, () =>
      Array.from({ length: this.below(8) }, () => (text ? 33 + this.below(90) : this.below(256))),
    );
    const cut = clamps && all.length > 0 && this.chance(40);
    const at = cut ? this.below(all.length) : all.length;
    const there = all.map((piece, index) => (index > at ? [] : piece));
    const lengths = all.map((piece, index) => (index === at ? piece.length + 1 + this.below(9) : piece.length));
    const pieces = there.map((piece) => (text ? String.fromCharCode(...piece) : Uint8Array.from(piece)));
    return { lengths, pieces, fill: there.flat().map((byte) => `*(unsigned char *)p++ = ${byte};`), cut };
  }

  /** Items of a struct of fixed size, of which a member says how many bytes they take. */
  listed(name: string, after: readonly string[], pad: readonly string[], last: boolean): Link {
    const holder = this.holder(1023n);
    const item = `${this.tag}_${this.serial++}_item`;
    const inner = new ArrayBuilder(this.g, item);
    const parts = [inner.plain(), inner.plain()];
    const text = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    this.definitions += `struct ${item} {\n${text.join("")}} __attribute__((packed));\n`;
    const items = this.chance(30);
    const unit = items ? "items" : "bytes";
    const note = mark(this.own(name), [...after, `list=${item}`, `length=${holder.path},${unit}`].join(";"));
    return {
      members: holder.members,
      cut: false,
      first: name,
      array: `__u8 ${name}[${last ? "" : "0"}]${note}`,
      draw: (place) => {
        const count = this.below(4);
        const drawn = Array.from({ length: count }, (_, index) =>
          merge(parts.map((part) => part.draw(`((struct ${item} *)p)[${index}].`))),
        );
        const list: Drawn = {
          fill: drawn.flatMap(({ fill }) => fill),
          input: { [name]: drawn.map(({ input }) => input) },
          value: { [name]: drawn.map(({ value }) => value) },
        };
        const size = `${count} * sizeof(struct ${item})`;
        return merge([
          statements(...pad),
          list,
          this.told(holder, place, items ? `${count}` : size),
          statements(`p += ${size};`),
        ]);
      },
    };
  }
}
