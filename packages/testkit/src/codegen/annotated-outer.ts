import { ItemBuilder } from "./annotated-items.ts";
import { type Drawn, merge, type Part } from "./annotated-part.ts";
import { TagBuilder, variantNote } from "./annotated-tags.ts";
import { mark } from "./annotated-text.ts";

/** Draws structs of which a member of the struct around them says which arm of their union counts. */
export class OuterBuilder extends ItemBuilder {
  outer(): Part {
    const tag = this.telling();
    const name = this.name();
    const held = `${this.tag}_${this.serial++}_held`;
    const inner = new TagBuilder(this.g, held);
    const before = inner.plain();
    const arms = Array.from({ length: 2 + this.below(2) }, () => inner.plain());
    const kinds = arms.map(({ members }) => members[0]!.split(" ").at(-1)!);
    const values = this.values(arms.length, tag.most);
    const other = this.chance(30) ? this.below(arms.length) : -1;
    const spelt = this.chance(50);
    const lines = arms.map(({ members }, index) => {
      const note = variantNote(tag, values[index]!, index === other, spelt);
      return `\t\t${members[0]}${mark(`${held}.${kinds[index]}`, note)};\n`;
    });
    const union = `\tunion {\n${lines.join("")}\t} ${mark(`${held}.(union)`, `tag=^.${tag.path}`)};\n`;
    this.definitions += `${inner.definitions}struct ${held} {\n\t${before.members[0]};\n${union}};\n`;
    const member = `struct ${held} ${name}`;
    return {
      members: this.chance(70) ? [...tag.members, member] : [member, ...tag.members],
      draw: (place) => {
        const which = this.below(arms.length);
        const value = this.pick(values[which]!);
        const property = tag.property(tag.leaf(value));
        const written = which === other && !spelt ? tag.zero : values[which]![0];
        const given = value === written && this.chance(60) ? {} : property;
        const told: Drawn = {
          ...{ fill: [tag.store(place, `${value}ULL`)], input: given, value: property },
          told: property,
        };
        const kind = { kind: kinds[which]! };
        const whole = merge([
          { fill: [], input: kind, value: kind },
          before.draw(`${place}${name}.`),
          arms[which]!.draw(`${place}${name}.`),
        ]);
        return merge([told, { fill: whole.fill, input: { [name]: whole.input }, value: { [name]: whole.value } }]);
      },
    };
  }
}
