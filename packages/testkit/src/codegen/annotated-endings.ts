import { ArrayBuilder } from "./annotated-arrays.ts";
import { ChainBuilder } from "./annotated-chains.ts";
import { type Drawn, type Ending, merge, nothing, type Part } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";

/** Draws the ways in which a record ends: where it varies. */
export class EndingBuilder extends ChainBuilder {
  ending(): Ending {
    switch (this.below(12)) {
      case 0:
        return { members: [], draw: nothing };
      case 1:
        return this.counted("");
      case 2:
        return this.counted(`${1 + this.below(9)}`);
      case 3:
        return this.truncated();
      case 4:
        return this.list();
      case 5:
        return this.dataloc();
      case 6:
        return this.openUnion();
      case 7:
      case 8:
        return this.chained();
      case 9:
        return this.items();
      case 10:
        return this.taggedUnions(1);
      default:
        return this.taggedUnions(1 + this.below(2));
    }
  }

  /** `T data[]` or `T data[N]` at the end, with a length. */
  counted(dimension: string): Ending {
    const measure = this.measure(undefined, true, true);
    const element = this.element();
    const name = this.name();
    return {
      members: [...measure.members, `${element.text} ${name}[${dimension}]${mark(this.own(name), measure.note)}`],
      draw: (place) => {
        const { count, told, truncated } = this.lengths(measure, dimension === "" ? 7 : Number(dimension), undefined);
        const length = measure.told(place, name, told, truncated);
        const list = this.elements(element, place, name, count);
        const cut = dimension !== "" || measure.clamps;
        return { ...merge([length, list]), length: this.tailLength(name, `${count}`, cut) };
      },
    };
  }

  /** Bytes up to `count` elements of the last array; a struct that is not cut has all of its own. */
  tailLength(name: string, count: string, cut: boolean): string {
    const end = `__builtin_offsetof(struct ${this.tag}, ${name}) + ${count} * sizeof(r->${name}[0])`;
    return cut ? end : `LONGER(sizeof(struct ${this.tag}), ${end})`;
  }

  truncated(): Ending {
    const element = this.element();
    const name = this.name();
    const most = 1 + this.below(8);
    return {
      open: true,
      members: [`${element.text} ${name}[${most}]${mark(this.own(name), "truncated")}`],
      draw: (place) => {
        const count = this.below(most + 1);
        return { ...this.elements(element, place, name, count), length: this.tailLength(name, `${count}`, true) };
      },
    };
  }

  /** Items of fixed size, in an array of bytes. */
  fixedList(): Ending {
    const holder = this.holder(1023n);
    const item = `${this.tag}_${this.serial++}_item`;
    const align = this.pick([1, 4, 32]);
    const inner = new ArrayBuilder(this.g, item);
    const parts = [inner.plain(), inner.plain()];
    const text = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    this.definitions += `struct ${item} {\n${text.join("")}} __attribute__((packed));\n`;
    const name = this.name();
    const items = this.chance(30);
    const note = `list=${item}${align === 1 ? "" : `,align=${align}`};length=${holder.path},${items ? "items" : "bytes"}`;
    return {
      members: [...holder.members, `__u8 ${name}[]${mark(this.own(name), note)}`],
      draw: (place) => {
        const count = this.below(5);
        const step = `((sizeof(struct ${item}) + ${align - 1}) / ${align} * ${align})`;
        const drawn = Array.from({ length: count }, (_, index) =>
          merge(parts.map((part) => part.draw(`((struct ${item} *)((char *)${place}${name} + ${index} * ${step}))->`))),
        );
        const told = this.told(holder, place, items ? `${count}` : `${count} * ${step}`);
        const list: Drawn = {
          fill: drawn.flatMap(({ fill }) => fill),
          input: { [name]: drawn.map(({ input }) => input) },
          value: { [name]: drawn.map(({ value }) => value) },
        };
        return { ...merge([list, told]), length: this.tailLength(name, `(${count} * ${step})`, false) };
      },
    };
  }

  list(): Ending {
    if (this.chance(30)) return this.fixedList();
    const holder = this.holder(1023n);
    const item = `${this.tag}_${this.serial++}_item`;
    const align = this.pick([1, 2, 4, 8]);
    const inner = new ArrayBuilder(this.g, item);
    const type = inner.scalar(item);
    const size = inner.holder(1023n);
    const element = inner.element();
    const unit = inner.unit(size);
    const note = mark(`${item}.data`, `length=${size.path}${unit.suffix}`);
    const members = [...type.members, ...size.members, `${element.text} data[]${note}`];
    const text = members.map((member) => `\t${member};\n`).join("");
    this.definitions += `${inner.definitions}struct ${item} {\n${text}} __attribute__((packed));\n`;
    const name = this.name();
    const items = this.chance(30);
    const listNote = `list=${item}${align === 1 ? "" : `,align=${align}`};length=${holder.path},${items ? "items" : "bytes"}`;
    return {
      members: [...holder.members, `__u8 ${name}[]${mark(this.own(name), listNote)}`],
      draw: (place) => {
        const fill = [`p = (char *)${place}${name};`];
        const inputs: unknown[] = [];
        const values: unknown[] = [];
        for (let i = this.below(4); i > 0; i--) {
          const count = this.below(4);
          const it = `((struct ${item} *)p)->`;
          // What a probe says of an item is asked while `p` stands on it, and kept under the item's number.
          const bytes = unit.expression(`((struct ${item} *)0)->`, "data", count);
          const length = bytes.replace(/offsetof\(struct (\w+), .*?data\)/, "offsetof(struct $1, data)");
          const drawn = merge([
            type.draw(it),
            inner.told(size, it, length),
            inner.elements(element, it, "data", count),
          ]);
          fill.push(...drawn.fill);
          fill.push(
            `p += (sizeof(struct ${item}) + ${count} * sizeof(${it}data[0]) + ${align - 1}) / ${align} * ${align};`,
          );
          inputs.push(drawn.input);
          values.push(drawn.value);
        }
        const bytes = `p - (char *)${place}${name}`;
        const told = this.told(holder, place, items ? `${inputs.length}` : bytes);
        const list: Drawn = { fill, input: { [name]: inputs }, value: { [name]: values } };
        // The length is known once the items are there.
        return { ...merge([list, told]), length: this.tailLength(name, `(${bytes})`, false) };
      },
    };
  }

  dataloc(): Ending {
    const form = this.below(3);
    const blob = this.name();
    const count = 1 + this.below(3);
    const start = form === 0 ? `sizeof(struct ${this.tag})` : `__builtin_offsetof(struct ${this.tag}, ${blob})`;
    const members = Array.from({ length: count }, () => this.located(form === 0 ? undefined : blob, start));
    const tail = form === 0 ? [] : [`${form === 1 ? "char" : "__u8"} ${blob}[]`];
    return {
      members: [...members.flatMap((member) => member.members), ...tail],
      draw: (place) => {
        const drawn = [
          { fill: [`p = (char *)r + ${start};`], input: {}, value: {} },
          ...members.map((m) => m.draw(place)),
        ];
        return { ...merge(drawn), length: `LONGER(sizeof(struct ${this.tag}), p - (char *)r)` };
      },
    };
  }

  located(blob: string | undefined, start: string): Part {
    const name = this.name();
    const text = this.chance(50);
    const pair = this.chance(50);
    const from = pair && blob !== undefined && this.chance(50);
    const drawn = this.name();
    // Without a second one, the word says what the bytes are.
    const length = drawn === "string" && !text ? this.name() : drawn;
    const fields = this.chance(40);
    const relative = !pair && this.chance(40);
    const wide = !pair && this.chance(30);
    const note = pair
      ? `dataloc=${length}${from ? `,from=${blob}` : ""}${text ? ",string" : ""}`
      : `${relative ? "relloc" : "dataloc"}${text ? "=string" : ""}`;
    const own = mark(this.own(name), note);
    const type = this.int([2, 4, 8]);
    const members = !pair
      ? [`${wide ? "__u64" : "__u32"} ${name}${own}`]
      : fields
        ? [`unsigned int ${name} : 14${own}`, `unsigned int ${length} : 13`]
        : [`${type.text} ${name}${own}`, `__u16 ${length}`];
    return {
      members,
      draw: (place) => {
        const size = this.below(30);
        const data = Array.from({ length: size }, () => (text ? 33 + this.below(90) : this.below(256)));
        const value = text ? String.fromCharCode(...data) : Uint8Array.from(data);
        const bytes = text ? [...data, 0] : data;
        const origin = relative ? `((char *)&${place}${name} + ${wide ? 8 : 4})` : "(char *)r";
        const offset = from ? `(p - (char *)r - ${start})` : `(p - ${origin})`;
        const swapped = (expression: string): string =>
          type.order === undefined || fields
            ? expression
            : `${type.order === "big" ? "BE" : "LE"}(${type.size * 8}, ${expression})`;
        const stores = pair
          ? [`${place}${name} = ${swapped(offset)};`, `${place}${length} = ${bytes.length};`]
          : [`${place}${name} = ${offset} | ${wide ? `${bytes.length}ULL << 32` : `${bytes.length}u << 16`};`];
        const copy =
          bytes.length === 0
            ? []
            : [`{ static const unsigned char b[] = {${bytes.join(",")}}; memcpy(p, b, sizeof(b)); }`];
        return {
          fill: [...stores, ...copy, `p += ${bytes.length};`],
          input: { [name]: value },
          value: { [name]: value },
        };
      },
    };
  }
}
