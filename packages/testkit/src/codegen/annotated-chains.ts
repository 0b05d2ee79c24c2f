import { type Drawn, type Ending, merge, nothing, PartBuilder } from "./annotated-parts.ts";
import { mark } from "./annotated-text.ts";
import { UnionBuilder } from "./annotated-unions.ts";

/** An array without a place of its own, and what C does to find it: `p` stands behind what is before. */
interface Link {
  readonly members: readonly string[];
  readonly array: string;
  readonly draw: (place: string) => Drawn;
  /** It may be cut, so that no padding follows it. */
  readonly cut: boolean;
}

function statements(...fill: readonly string[]): Drawn {
  return { ...nothing(), fill };
}

/** Draws structs that end in several arrays, each where the one before it ends. */
export class ChainBuilder extends UnionBuilder {
  chained(): Ending {
    const names = Array.from({ length: 2 + this.below(3) }, () => this.name());
    const links = names.map((name, index) => this.link(name, names[index - 1], index === names.length - 1));
    const start = `__builtin_offsetof(struct ${this.tag}, ${names[0]})`;
    return {
      members: [...links.flatMap(({ members }) => members), ...links.map(({ array }) => array)],
      draw: (place) => {
        const drawn = merge([statements(`p = (char *)r + ${start};`), ...links.map((link) => link.draw(place))]);
        const end = "p - (char *)r";
        return { ...drawn, length: links.at(-1)?.cut ? end : `LONGER(sizeof(struct ${this.tag}), ${end})` };
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
    // Where it begins is kept, for what says how far it is from the start.
    const begins = `${name}_begins`;
    const measure = this.measure(() => begins, last);
    const element = this.element();
    const note = mark(this.own(name), [...after, measure.note].join(";"));
    return {
      members: measure.members,
      cut: measure.clamps,
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

  /** Items of a struct of fixed size, of which a member says how many bytes they take. */
  listed(name: string, after: readonly string[], pad: readonly string[], last: boolean): Link {
    const holder = this.holder(1023n);
    const item = `${this.tag}_${this.serial++}_item`;
    const inner = new PartBuilder(this.g, item);
    const parts = [inner.plain(), inner.plain()];
    const text = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    this.definitions += `struct ${item} {\n${text.join("")}} __attribute__((packed));\n`;
    const note = mark(this.own(name), [...after, `list=${item}`, `length=${holder.path},bytes`].join(";"));
    return {
      members: holder.members,
      cut: false,
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
        return merge([statements(...pad), list, this.told(holder, place, size), statements(`p += ${size};`)]);
      },
    };
  }
}
