import { ArrayBuilder } from "./annotated-arrays.ts";
import { MeaningBuilder } from "./annotated-meanings.ts";
import { type Drawn, type Ending, merge, type Part, Probe } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";
import type { CInt } from "./c-type.ts";

type Group = Record<string, unknown>;

/** Draws structs that end in a counted array and not in their record, so that its elements lie over what follows. */
export class OverlayBuilder extends MeaningBuilder {
  overlaid(): Ending {
    const tag = `${this.tag}_${this.name()}`;
    const inner = new ArrayBuilder(this.g, tag);
    const holder = inner.holder(1023n);
    const element = inner.element();
    const unit = inner.unit(holder);
    const note = mark(`${tag}.data`, `length=${holder.path}${unit.suffix}`);
    const text = [...holder.members, `${element.text} data[]${note}`].map((member) => `\t${member};\n`).join("");
    const packed = this.chance(25) ? " __attribute__((packed))" : "";
    this.definitions += `${inner.definitions}struct ${tag} {\n${text}}${packed};\n`;
    const [name, wrapped, count] = [this.name(), this.chance(30), this.chance(30) ? 1 + this.below(3) : undefined];
    const dimension = count === undefined ? "" : `[${count}]`;
    if (wrapped) this.definitions += `struct ${tag}_w {\n\tstruct ${tag} in${dimension};\n\t__u16 next;\n};\n`;
    const covered = this.covered();
    const member = wrapped ? `struct ${tag}_w ${name}` : `struct ${tag} ${name}${dimension}`;
    return {
      members: [member, ...covered.members],
      open: element.padded === true,
      draw: (place) => {
        const path = `${place}${name}${wrapped ? ".in" : ""}`;
        const structAt = (at: string, elements: number): Drawn => {
          const bytes = unit.expression(`((struct ${tag} *)0)->`, "data", elements);
          const length = bytes.replace(/offsetof\(struct (\w+), .*?data\)/, "offsetof(struct $1, data)");
          return merge([inner.told(holder, at, length), inner.elements(element, at, "data", elements)]);
        };
        // Only the last of an array has any: what C would write over the next one's length is not drawn.
        const structs = Array.from({ length: count ?? 1 }, (_, index) =>
          structAt(
            `${path}${count === undefined ? "" : `[${index}]`}.`,
            index === (count ?? 1) - 1 ? this.below(5) : 0,
          ),
        );
        const whole = (pick: (drawn: Drawn) => Group): Group => {
          const values = structs.map(pick);
          const value = count === undefined ? values[0]! : values;
          if (!wrapped) return { [name]: value };
          return { [name]: { in: value, next: new Probe(`${place}${name}.next`, false) } };
        };
        const below = covered.draw(place);
        const over: Drawn = {
          fill: structs.flatMap((drawn) => drawn.fill),
          input: whole((drawn) => drawn.input),
          value: whole((drawn) => drawn.value),
          told: whole((drawn) => drawn.told ?? {}),
        };
        // A writer stores them in this order: what elements leave out of what lies below them is stored after them.
        return { ...merge([over, below]), fill: [...below.fill, ...over.fill] };
      },
    };
  }

  /** Members that elements lie over: C says what they hold then. */
  covered(): Part {
    const types: readonly CInt[] = Array.from({ length: 1 + this.below(3) }, () => this.int([1, 2, 4]));
    const members = types.map((type) => ({ type, name: this.name() }));
    const rest = this.name();
    return {
      members: [...members.map(({ type, name }) => `${type.text} ${name}`), `__u16 ${rest}[40]`],
      draw: (place) => {
        const filled = this.chance(60);
        const value: Group = Object.fromEntries(
          members.map(({ type, name }) => [name, new Probe(this.read(type, `${place}${name}`), false)]),
        );
        value[rest] = Array.from({ length: 40 }, (_, index) => new Probe(`${place}${rest}[${index}]`, false));
        const fill = [
          ...[...members.map(({ name }) => name), rest].map(
            (name) => `memset((void *)&${place}${name}, ${this.below(256)}, sizeof(${place}${name}));`,
          ),
        ];
        // What is left out takes what the elements say.
        return { fill: filled ? fill : [], input: filled || this.chance(50) ? value : {}, value };
      },
    };
  }
}
