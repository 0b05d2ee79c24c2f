import { OuterBuilder } from "./annotated-outer.ts";
import { type Drawn, type Ending, merge, nothing, Probe } from "./annotated-part.ts";
import { variantNote } from "./annotated-tags.ts";
import { mark } from "./annotated-text.ts";

/** Draws unions whose arms a member tells apart, or nothing does. */
export class UnionBuilder extends OuterBuilder {
  /** A union at the end that nothing tells apart, of which an arm is as long as the sample. */
  openUnion(): Ending {
    const element = this.element();
    const name = this.name();
    const other = this.name();
    const union = this.chance(50) ? this.name() : "";
    const type = this.int([1, 2, 4]);
    const fixed = this.chance(60) ? [`\t\t${type.text} ${other};\n`] : [];
    const flexible = `\t\tstruct { struct {} ${other}e; ${element.text} ${name}[]; };\n`;
    const tag = `${this.tag}_u`;
    const path = union === "" ? "" : `${union}.`;
    this.definitions += union === "" ? "" : `union ${tag} {\n${fixed.join("")}${flexible}};\n`;
    const whole = union === "" ? `union {\n${fixed.join("")}${flexible}\t}` : `union ${tag} ${union}`;
    return {
      open: true,
      members: [whole],
      draw: (place) => {
        // As many elements as fill what the union has at least; C says what the arm beside it reads of them.
        const count = 8 + this.below(4);
        const list = this.elements(element, `${place}${path}`, name, count);
        const end = `__builtin_offsetof(struct ${this.tag}, ${path}${name}) + ${count} * sizeof(${place}${path}${name}[0])`;
        const seen = new Probe(this.read(type, `${place}${path}${other}`), false);
        const also = { [`${other}e`]: {}, ...(fixed.length === 0 ? {} : { [other]: seen }) };
        const wrap = (inner: Record<string, unknown>): Record<string, unknown> =>
          union === "" ? inner : { [union]: inner };
        return {
          fill: list.fill,
          input: wrap(list.input),
          value: wrap({ ...also, ...list.value }),
          length: `LONGER(sizeof(struct ${this.tag}), ${end})`,
        };
      },
    };
  }

  /** Unions whose arms a member tells apart; the last one may end the record, and then an arm may vary in length. */
  taggedUnions(count: number): Ending {
    const parts = Array.from({ length: count }, (_, index) => this.tagged(count, index === count - 1));
    return {
      members: parts.flatMap((part) => part.members),
      open: parts.some((part) => part.open === true),
      draw: (place) => merge(parts.map((part) => part.draw(place))),
    };
  }

  tagged(unions: number, last: boolean): Ending {
    const holder = this.telling();
    const name = this.chance(50) || unions > 1 ? this.name() : "";
    const ends = last && this.chance(70);
    const kindName = unions > 1 ? `${name}Kind` : "kind";
    const arms = Array.from({ length: 2 + this.below(2) }, (_, index) => this.arm(name, ends, index));
    const values = this.values(arms.length, holder.most);
    // What all tags mean that mean no other arm, and some of its own or none.
    const other = this.chance(30) ? this.below(arms.length) : undefined;
    const spelt = other !== undefined && this.chance(50);
    const noteOf = (index: number): string => variantNote(holder, values[index]!, index === other, spelt);
    const lines = arms.map((arm, index) => {
      const note = mark(this.own(arm.name), noteOf(index));
      // The variant's annotation stands beside those that the arm has by itself.
      return `\t\t${arm.member.includes("»") ? arm.member.replace("»", `;${noteOf(index)}»`) : arm.member + note};\n`;
    });
    const owner = name === "" ? "(union)" : name;
    const union = `union {\n${lines.join("")}\t} ${name}${mark(this.own(owner), `tag=${holder.path}`)}`;
    const trailer = this.name();
    const members = [
      ...holder.members,
      ...arms.flatMap((arm) => arm.beside),
      union,
      ...(ends ? [] : [`__u8 ${trailer}`]),
    ];
    return {
      members:
        last && !ends && this.chance(50)
          ? [...arms.flatMap((arm) => arm.beside), union, `__u8 ${trailer}`, ...holder.members]
          : members,
      draw: (place) => {
        const index = this.below(arms.length);
        const arm = arms[index]!;
        const value = this.pick(values[index]!);
        const property = holder.property(holder.leaf(value));
        const written = index === other && !spelt ? holder.zero : values[index]![0];
        const given = value === written && this.chance(60) ? {} : property;
        const tag: Drawn = {
          fill: [holder.store(place, `${value}ULL`)],
          input: given,
          value: property,
          told: property,
        };
        const drawn = arm.draw(`${place}${name === "" ? "" : `${name}.`}`, place);
        const others = arms.filter((other) => other !== arm).map((other) => other.idle);
        const kind: Drawn = { fill: [], input: { [kindName]: arm.name }, value: { [kindName]: arm.name } };
        const end: Drawn = ends ? nothing() : { fill: [], input: {}, value: { [trailer]: 0 } };
        return merge([kind, tag, ...others, drawn, end]);
      },
    };
  }

  /** An arm of several members, a struct without a name: it is given one. */
  several(place: string): {
    name: string;
    member: string;
    beside: readonly string[];
    idle: Drawn;
    draw: (place: string) => Drawn;
  } {
    const kind = `several_${this.serial++}`;
    const parts = [this.plain(), this.plain()];
    const members = parts.flatMap((part) => part.members).map((member) => `${member}; `);
    return {
      name: kind,
      member: `struct { ${members.join("")}}${mark(this.own(place), `name=${kind}`)}`,
      beside: [],
      idle: nothing(),
      draw: (at) => merge(parts.map((part) => part.draw(at))),
    };
  }

  /** An arm: a scalar, an array, or at the record's end an array with a length. */
  arm(
    union: string,
    ends: boolean,
    index: number,
  ): {
    name: string;
    member: string;
    beside: readonly string[];
    idle: Drawn;
    draw: (place: string, record: string) => Drawn;
  } {
    const path = union === "" ? "" : `${union}.`;
    if (this.chance(25)) return this.several(`${path}(arm ${index})`);
    const roll = this.below(100);
    if (roll < 45 || !ends) {
      const name = this.name();
      if (roll < 25) {
        const type = this.int();
        return {
          name,
          member: `${type.text} ${name}`,
          beside: [],
          idle: nothing(),
          draw: (at) => this.drawInt(at, name, type),
        };
      }
      const element = this.element();
      const count = 1 + this.below(4);
      return {
        name,
        member: `${element.text} ${name}[${count}]`,
        beside: [],
        idle: nothing(),
        draw: (at) => this.elements(element, at, name, count),
      };
    }
    const element = this.element();
    const holder = this.holder(1023n);
    const name = this.name();
    const dimension = this.chance(50) ? "0" : `${1 + this.below(8)}`;
    const most = dimension === "0" ? 6 : Number(dimension);
    const suffix = this.chance(50) ? "" : ",bytes";
    const note = mark(this.own(name), `length=${holder.path}${suffix}`);
    const zeros = holder.property(holder.big ? 0n : 0);
    return {
      name,
      member: `${element.text} ${name}[${dimension}]${note}`,
      beside: holder.members,
      idle: { fill: [], input: {}, value: zeros },
      draw: (at, record) => {
        const count = this.below(most + 1);
        const list = this.elements(element, at, name, count);
        const told = this.told(holder, record, suffix === "" ? `${count}` : `${count} * sizeof(${at}${name}[0])`);
        const length = `__builtin_offsetof(struct ${this.tag}, ${path}${name}) + ${count} * sizeof(${at}${name}[0])`;
        return { ...merge([told, list]), length };
      },
    };
  }
}
