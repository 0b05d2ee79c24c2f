import { type Drawn, type Element, type Ending, merge } from "./annotated-part.ts";
import { TagBuilder, variantNote } from "./annotated-tags.ts";
import { mark } from "./annotated-text.ts";

/** An arm that is a struct with a length of its own. */
interface HeldArm {
  readonly tag: string;
  readonly definitions: string;
  readonly draw: (place: string, name: string, elements: number) => Drawn;
}

/** Draws lists of items that a tag tells apart, each as long as its arm. */
export class ItemBuilder extends TagBuilder {
  heldArm(item: string, index: number, element: Element): HeldArm {
    const tag = `${item.replace(/_item$/, "")}_a${index}`;
    const inner = new TagBuilder(this.g, tag);
    const [before, size] = [inner.plain(), inner.holder(255n)];
    const members = [...before.members, ...size.members].map((member) => `\t${member};\n`).join("");
    const data = `\t${element.text} data[]${mark(`${tag}.data`, `length=${size.path}`)};\n`;
    return {
      tag,
      definitions: `${inner.definitions}struct ${tag} {\n${members}${data}} __attribute__((packed));\n`,
      draw: (place, name, elements) => {
        const at = `${place}${name}.`;
        const { fill, input, value } = merge([
          before.draw(at),
          inner.told(size, at, `${elements}`),
          inner.elements(element, at, "data", elements),
        ]);
        return { fill, input: { [name]: input }, value: { [name]: value } };
      },
    };
  }

  /** Items that are one of several structs, with the tag at the same place in each. */
  choices(): Ending {
    const holder = this.holder(1023n);
    const base = `${this.tag}_${this.serial++}`;
    const align = this.pick([1, 1, 4, 8]);
    const head = new TagBuilder(this.g, `${base}_head`);
    const [before, tag] = [head.plain(), head.telling()];
    const values = head.values(2 + this.below(2), tag.most);
    const other = this.chance(30) ? this.below(values.length) : -1;
    const taken = head.taken;
    const structs = values.map((own, index) => {
      const item = `${base}v${index}_item`;
      const inner = new TagBuilder(this.g, item);
      inner.serial = 50 * (index + 1);
      inner.taken = new Set(taken);
      const size = this.chance(60) ? inner.holder(255n) : undefined;
      const element = inner.element();
      const parts = [inner.scalar(item)];
      const array = size === undefined ? [] : [`${element.text} data[]${mark(`${item}.data`, `length=${size.path}`)}`];
      const members = [
        ...[...before.members, ...tag.members, ...(size?.members ?? []), ...parts.flatMap((part) => part.members)],
        ...array,
      ];
      const text = members.map((member) => `\t${member};\n`).join("");
      const note = `${index === 0 || this.chance(30) ? `tag=${tag.path};` : ""}${variantNote(tag, own, index === other, true)}`;
      const definition = `struct ${item} {\n${text}} __attribute__((packed))${mark(item, note)};\n`;
      return { item, inner, size, element, parts, own, definition };
    });
    const kindName = [...taken, ...structs.flatMap(({ inner }) => [...inner.taken])].includes("kind")
      ? "$kind"
      : "kind";
    this.definitions +=
      head.definitions + structs.map(({ inner, definition }) => inner.definitions + definition).join("");
    const name = this.name();
    const counts = this.chance(40);
    const list = `list=${structs.map(({ item }) => item).join(this.pick(["|", " | "]))}`;
    const note = `${list}${align === 1 ? "" : `,align=${align}`};length=${holder.path},${counts ? "items" : "bytes"}`;
    return {
      members: [...holder.members, `__u8 ${name}[]${mark(this.own(name), note)}`],
      draw: (place) => {
        const fill: string[] = [];
        const inputs: unknown[] = [];
        const all: unknown[] = [];
        const count = this.below(4);
        for (let index = 0; index < count; index++) {
          const { item, inner, size, element, parts, own } = this.pick(structs);
          const it = `((struct ${item} *)p)->`;
          const value = this.pick(own);
          const told = tag.property(tag.leaf(value));
          const given = value === own[0] && this.chance(60) ? {} : told;
          const elements = this.below(4);
          const drawn = merge([
            { fill: [], input: { [kindName]: item }, value: { [kindName]: item } },
            before.draw(it),
            { fill: [tag.store(it, `${value}ULL`)], input: given, value: told },
            ...parts.map((part) => part.draw(it)),
            ...(size === undefined
              ? []
              : [inner.told(size, it, `${elements}`), inner.elements(element, it, "data", elements)]),
          ]);
          const bytes =
            size === undefined
              ? `sizeof(struct ${item})`
              : `__builtin_offsetof(struct ${item}, data) + ${elements} * sizeof(${it}data[0])`;
          fill.push(...drawn.fill, `p += (${bytes} + ${align - 1}) / ${align} * ${align};`);
          inputs.push(drawn.input);
          all.push(drawn.value);
        }
        const end = `p - (char *)${place}${name}`;
        const drawn: Drawn = {
          fill: [`p = (char *)${place}${name};`, ...fill],
          input: { [name]: inputs },
          value: { [name]: all },
        };
        const length = this.told(holder, place, counts ? `${count}` : end);
        const last = `__builtin_offsetof(struct ${this.tag}, ${name}) + (${end})`;
        return { ...merge([drawn, length]), length: `LONGER(sizeof(struct ${this.tag}), ${last})` };
      },
    };
  }

  items(): Ending {
    if (this.chance(40)) return this.choices();
    const holder = this.holder(1023n);
    const item = `${this.tag}_${this.serial++}_item`;
    const align = this.pick([1, 1, 4, 8]);
    const inner = new TagBuilder(this.g, item);
    const [before, tag, size] = [inner.plain(), inner.telling(), inner.holder(255n)];
    const arms = Array.from({ length: 2 + this.below(2) }, (_, index) => {
      const element = inner.element();
      const count = this.chance(60) ? 1 + this.below(4) : 0;
      const held = this.chance(25) ? this.heldArm(item, index, element) : undefined;
      return { name: `arm${index}`, element, count: held === undefined ? count : 0, held };
    });
    const values = inner.values(arms.length, tag.most);
    const other = this.chance(30) ? this.below(arms.length) : -1;
    const lines = arms.map(({ name, element, count, held }, index) => {
      const length = count === 0 && held === undefined ? `length=${size.path};` : "";
      const told = `${length}${tag.note(values[index]!)}${index === other ? ",default" : ""}`;
      if (held !== undefined) return `\t\tstruct ${held.tag} ${name}${mark(`${item}.${name}`, told)};\n`;
      return `\t\t${element.text} ${name}[${count}]${mark(`${item}.${name}`, told)};\n`;
    });
    const members = [...before.members, ...tag.members, ...size.members].map((member) => `\t${member};\n`);
    const union = `\tunion {\n${lines.join("")}\t} ${mark(`${item}.(union)`, `tag=${tag.path}`)};\n`;
    this.definitions += `${inner.definitions}${arms.map(({ held }) => held?.definitions ?? "").join("")}struct ${item} {\n${members.join("")}${union}} __attribute__((packed));\n`;
    const name = this.name();
    const counts = this.chance(40);
    const note = `list=${item}${align === 1 ? "" : `,align=${align}`};length=${holder.path},${counts ? "items" : "bytes"}`;
    return {
      members: [...holder.members, `__u8 ${name}[]${mark(this.own(name), note)}`],
      draw: (place) => {
        const list: { fill: string[]; input: unknown[]; value: unknown[] } = { fill: [], input: [], value: [] };
        const count = this.below(4);
        for (let index = 0; index < count; index++) {
          const it = `((struct ${item} *)p)->`;
          const which = this.below(arms.length);
          const arm = arms[which]!;
          const fixed = arm.count > 0;
          const elements = fixed ? arm.count : this.below(4);
          const value = this.pick(values[which]!);
          const told = tag.property(tag.leaf(value));
          const given = value === values[which]![0] && this.chance(60) ? {} : told;
          const counted = fixed || arm.held !== undefined ? 0 : elements;
          const length = size.property(size.big ? BigInt(counted) : counted);
          const drawn = merge([
            { fill: [], input: { kind: arm.name }, value: { kind: arm.name } },
            before.draw(it),
            { fill: [tag.store(it, `${value}ULL`)], input: given, value: told },
            { fill: [size.store(it, `${counted}`)], input: this.chance(50) ? length : {}, value: length },
            arm.held?.draw(it, arm.name, elements) ?? inner.elements(arm.element, it, arm.name, elements),
          ]);
          const array = arm.held === undefined ? arm.name : `${arm.name}.data`;
          const bytes = `__builtin_offsetof(struct ${item}, ${array}) + ${elements} * sizeof(${it}${array}[0])`;
          list.fill.push(...drawn.fill, `p += (${bytes} + ${align - 1}) / ${align} * ${align};`);
          list.input.push(drawn.input);
          list.value.push(drawn.value);
        }
        const end = `p - (char *)${place}${name}`;
        const drawn: Drawn = {
          fill: [`p = (char *)${place}${name};`, ...list.fill],
          input: { [name]: list.input },
          value: { [name]: list.value },
        };
        const length = this.told(holder, place, counts ? `${count}` : end);
        const last = `__builtin_offsetof(struct ${this.tag}, ${name}) + (${end})`;
        return { ...merge([drawn, length]), length: `LONGER(sizeof(struct ${this.tag}), ${last})` };
      },
    };
  }
}
