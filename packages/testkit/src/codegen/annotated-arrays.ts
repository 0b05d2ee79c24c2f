import { MemberBuilder } from "./annotated-members.ts";
import { type Drawn, type Element, type Holder, literal, type Measure, merge, type Part } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";
import { bytes } from "./c-integers.ts";

/** Draws arrays, and what says how long they are. */
export class ArrayBuilder extends MemberBuilder {
  /** Elements of an array: bytes, text, integers or small structs. */
  element(): Element {
    const roll = this.below(100);
    if (roll < 15) {
      const draw = (at: string) => {
        const code = 33 + this.below(90);
        return { fill: `${at} = ${code};`, input: code, value: code };
      };
      return { text: "char", draw, form: "text" };
    }
    if (roll < 40) {
      const type = this.pick(bytes.filter((byte) => byte.char !== true));
      const draw = (at: string) => {
        const raw = this.bigint(8);
        return { fill: `${at} = ${literal(type, raw)};`, input: Number(raw), value: Number(raw) };
      };
      return { text: type.text, draw, form: "bytes" };
    }
    if (roll < 75) {
      const type = this.int([2, 4, 8]);
      const draw = (at: string) => {
        const { fill, value } = this.drawInt("", "x", type);
        return { fill: fill[0]!.replace("x =", `${at} =`), input: value["x"], value: value["x"] };
      };
      return { text: type.text, draw, form: "list" };
    }
    const tag = `${this.tag}_s${this.serial++}`;
    const inner = new MemberBuilder(this.g, tag);
    const parts = [inner.scalar(tag), inner.scalar(tag)];
    const members = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    const packed = this.chance(40) ? " __attribute__((packed))" : "";
    this.definitions += `struct ${tag} {\n${members.join("")}}${packed};\n`;
    const draw = (at: string) => {
      const { fill, input, value } = merge(parts.map((part) => part.draw(`${at}.`)));
      // Padding is a part of the element, also where it lies over other members.
      return { fill: [`memset((void *)&${at}, 0, sizeof(${at}));`, ...fill].join(" "), input, value };
    };
    return { text: `struct ${tag}`, draw, form: "list", padded: packed === "" };
  }

  /** `count` elements of the array `name`, as statements and as a property. */
  elements(element: Element, place: string, name: string, count: number, at = `${place}${name}`): Drawn {
    const drawn = Array.from({ length: count }, (_, index) => element.draw(`${at}[${index}]`));
    const pack = (list: unknown[]): unknown => {
      if (element.form === "list") return list;
      return element.form === "text" ? String.fromCharCode(...(list as number[])) : Uint8Array.from(list as number[]);
    };
    return {
      fill: drawn.map((entry) => entry.fill),
      input: { [name]: pack(drawn.map((entry) => entry.input)) },
      value: { [name]: pack(drawn.map((entry) => entry.value)) },
    };
  }

  /** What a length counts, as an annotation and as C. */
  unit(
    { direct, path: told }: Holder,
    start: (path: string) => string = (path) => `__builtin_offsetof(struct ${this.tag}, ${path})`,
    before = false,
  ): { suffix: string; expression: (place: string, name: string, count: number) => string } {
    // A member before the array from which a total may count: no bit-field has a place in bytes.
    const [from] = before && (direct || /[.[]/.test(told)) && this.chance(40) ? told.split(/[.[]/) : [];
    const less = from === undefined ? "" : ` - __builtin_offsetof(struct ${this.tag}, ${from})`;
    switch (this.below(3)) {
      case 0:
        // Said in full where the attribute of compilers, which names a member of the same struct, would not do.
        return { suffix: direct ? "" : ",elements", expression: (_, __, count) => `${count}` };
      case 1:
        return { suffix: ",bytes", expression: (place, name, count) => `${count} * sizeof(${place}${name}[0])` };
      default:
        return {
          suffix: from === undefined ? ",total" : `,total=${from}`,
          expression: (place, name, count) => {
            const path = `${place.replace("r->", "")}${name}`;
            return `${start(path)} + ${count} * sizeof(${place}${name}[0])${less}`;
          },
        };
    }
  }

  /** A length by one member, by arithmetic on it, or by two; some may be negative or too long. */
  measure(start?: (path: string) => string, mayClamp = true, before: boolean = start !== undefined): Measure {
    const holder = this.holder(1023n);
    const unit = this.unit(holder, start, before);
    const clamps = mayClamp && !this.clamped && this.chance(30);
    if (clamps) this.clamped = true;
    const clamp = clamps ? ",clamp" : "";
    const cut = (truncated: boolean): Record<string, unknown> => (clamps ? { truncated } : {});
    const roll = this.below(100);
    if (roll < 55) {
      return {
        members: holder.members,
        note: `length=${holder.path}${unit.suffix}${clamp}`,
        step: 1,
        negative: clamps && holder.signed === true,
        clamps,
        told: (place, name, count, truncated = false) => {
          const expression = count < 0 ? "-14" : unit.expression(place, name, count);
          const told = this.told(holder, place, expression, truncated || count < 0);
          // What is not truncated need not say so.
          const said = cut(truncated);
          return {
            ...told,
            input: { ...told.input, ...(truncated || this.chance(50) ? said : {}) },
            value: { ...told.value, ...said },
          };
        },
      };
    }
    const step = unit.suffix === "" || unit.suffix === ",elements" ? this.pick([1, 2]) : 1;
    const constant = this.below(20);
    const suffix = `${unit.suffix}${clamp}`;
    const plain = (place: string, name: string, count: number): string => `(${unit.expression(place, name, count)})`;
    if (roll < 80) {
      const product = step === 1 ? holder.path : `${holder.path} * ${step}`;
      const text = this.pick([
        `${product} - ${constant * step}`,
        `(${holder.path} - ${constant}) * ${step}`,
        `-${constant * step} + ${product}`,
      ]);
      return {
        members: holder.members,
        note: `length=${text}${suffix}`,
        step,
        negative: false,
        clamps,
        told: (place, name, count, truncated = false) => {
          const told = this.told(holder, place, `${plain(place, name, count)} / ${step} + ${constant}`, truncated);
          return { ...told, input: { ...told.input, ...cut(truncated) }, value: { ...told.value, ...cut(truncated) } };
        },
      };
    }
    const other = this.name();
    return {
      members: [...holder.members, `__u8 ${other}`],
      note: `length=${holder.path} - ${other} * 2${suffix}`,
      step: 1,
      negative: false,
      clamps,
      told: (place, name, count, truncated = false) => {
        const less = this.below(100);
        const told = this.told(holder, place, `${plain(place, name, count)} + ${2 * less}`, true);
        const beside = { [other]: less, ...cut(truncated) };
        return {
          fill: [...told.fill, `${place}${other} = ${less};`],
          input: { ...told.input, ...beside },
          value: { ...told.value, ...beside },
          told: { ...told.told, [other]: less },
        };
      },
    };
  }

  /** Texts behind each other in an array, of which a member may say how many bytes count: bounded in the middle, any where it ends. */
  strings(): Part {
    const holder = this.chance(60) ? this.holder(63n) : undefined;
    const name = this.name();
    const room = 1 + this.below(40);
    const note = holder === undefined ? "strings" : `strings;length=${holder.path}`;
    const padding = this.name();
    const behind = holder === undefined ? [] : [`__u8 ${padding}`];
    return {
      members: [...(holder?.members ?? []), `char ${name}[${room}]${mark(this.own(name), note)}`, ...behind],
      draw: (place) => {
        const texts: string[] = [];
        let bytes = 0;
        for (let i = this.below(5); i > 0; i--) {
          const text = String.fromCharCode(...Array.from({ length: this.below(8) }, () => 33 + this.below(90)));
          if (bytes + text.length + 1 > room) break;
          texts.push(text);
          bytes += text.length + 1;
        }
        // An empty one at the end is told from what is left of the array by a length alone.
        while (holder === undefined && texts.at(-1) === "") {
          texts.pop();
          bytes--;
        }
        const codes = texts.flatMap((text) => [...[...text].map((letter) => letter.charCodeAt(0)), 0]);
        const list: Drawn = {
          fill: codes.map((code, index) => `${place}${name}[${index}] = ${code};`),
          input: { [name]: texts },
          value: { [name]: texts },
        };
        if (holder === undefined) return list;
        const end: Drawn = { fill: [], input: {}, value: { [padding]: 0 } };
        return merge([list, this.told(holder, place, `${bytes}`), end]);
      },
    };
  }

  /** An array of which a member says how many elements count: bounded in the middle, any where it ends. */
  bounded(): Part {
    const measure = this.measure();
    const element = this.element();
    const name = this.name();
    const most = 2 + this.below(6);
    const array = `${element.text} ${name}[${most}]${mark(this.own(name), measure.note)}`;
    const after = this.chance(50);
    const padding = this.name();
    const members = after
      ? [array, ...measure.members, `__u8 ${padding}`]
      : [...measure.members, array, `__u8 ${padding}`];
    return {
      members,
      draw: (place) => {
        const { count, told, truncated } = this.lengths(measure, most, most);
        const list = this.elements(element, place, name, count);
        const end: Drawn = { fill: [], input: {}, value: { [padding]: 0 } };
        return merge([list, measure.told(place, name, told, truncated), end]);
      },
    };
  }

  /** How many elements there are, of at most `most`, and how many are told: more only where there are `all`. */
  lengths(
    measure: Measure,
    most: number,
    all: number | undefined,
  ): { count: number; told: number; truncated: boolean } {
    const { step } = measure;
    if (measure.clamps && this.chance(30)) {
      const count = all ?? this.below(most + 1);
      return { count, told: (Math.floor(count / step) + 1 + this.below(3)) * step, truncated: true };
    }
    if (measure.negative && this.chance(30)) return { count: 0, told: -1, truncated: false };
    const count = this.below(most + 1);
    return { count: count - (count % step), told: count - (count % step), truncated: false };
  }
}
