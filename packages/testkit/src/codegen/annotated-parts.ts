import fc from "fast-check";
import { mark } from "./annotated-text.ts";
import { bytes, integers, ordered } from "./c-integers.ts";
import type { CInt } from "./c-type.ts";
import { floatOfBits } from "./float-bits.ts";
import { plainHazards } from "./hazards.ts";
/** A number that C tells: an expression over `r`. */
export class Probe {
  readonly expression: string;
  readonly big: boolean;
  constructor(expression: string, big: boolean) {
    this.expression = expression;
    this.big = big;
  }
}

/** Members of a struct, and how a value of them is drawn. */
export interface Part {
  readonly members: readonly string[];
  readonly draw: (place: string) => Drawn;
}

export interface Drawn {
  readonly fill: readonly string[];
  readonly input: Record<string, unknown>;
  readonly value: Record<string, unknown>;
  readonly told?: Record<string, unknown>;
  /** C expression for the sample's length, where this part ends the record. */
  readonly length?: string;
}

/** The end of a record: where it varies. */
export interface Ending extends Part {
  /** What is encoded from a decoded value need not decode to the same again: bytes of it that no member has are 0 then. */
  readonly open?: boolean;
}

/** What an array is made of: text of `char`, bytes, or anything else. */
export interface Element {
  readonly text: string;
  readonly form: "text" | "bytes" | "list";
  /** Whether there may be padding in one. */
  readonly padded?: boolean;
  readonly draw: (at: string) => { readonly fill: string; readonly input: unknown; readonly value: unknown };
}

/** An integer member that holds a length or a tag. */
export interface Holder {
  readonly members: readonly string[];
  /** Path of C names. */
  readonly path: string;
  readonly big: boolean;
  readonly direct: boolean;
  /** It can hold a negative number. */
  readonly signed?: boolean;
  /** C statement that stores `expression`. */
  readonly store: (place: string, expression: string) => string;
  /** The property tree that holds `leaf`. */
  readonly property: (leaf: unknown) => Record<string, unknown>;
  /** Values that it can hold: 0 … `most`. */
  readonly most: bigint;
}

/** What says how long an array is. */
export interface Measure {
  readonly members: readonly string[];
  /** The annotation on the array. */
  readonly note: string;
  /** Counts that it can tell are multiples of this. */
  readonly step: number;
  /** It may be negative, which is 0. */
  readonly negative: boolean;
  /** It may tell more than there is. */
  readonly clamps: boolean;
  readonly told: (place: string, name: string, count: number, truncated?: boolean) => Drawn;
}

export function nothing(): Drawn {
  return { fill: [], input: {}, value: {} };
}

/** Parts of one struct, in order; objects in objects are joined. */
export function merge(parts: readonly Drawn[]): Drawn {
  const join = (lists: readonly Record<string, unknown>[]): Record<string, unknown> => Object.assign({}, ...lists);
  const length = parts
    .map((part) => part.length)
    .filter((found) => found !== undefined)
    .at(-1);
  return {
    fill: parts.flatMap((part) => part.fill),
    input: join(parts.map((part) => part.input)),
    value: join(parts.map((part) => part.value)),
    told: join(parts.map((part) => part.told ?? {})),
    ...(length === undefined ? {} : { length }),
  };
}

/** A value as C writes it, in the order that its type promises. */
export function literal(type: CInt, value: bigint): string {
  const digits = `0x${BigInt.asUintN(64, value).toString(16)}ULL`;
  if (type.order !== undefined) return `${type.order === "big" ? "BE" : "LE"}(${type.size * 8}, ${digits})`;
  return `(${type.text.replace("volatile ", "")})${digits}`;
}

/** Draws the members that any struct may have; every choice goes through fast-check, so that a seed gives the same again. */
export class PartBuilder {
  readonly g: fc.GeneratorValue;
  readonly tag: string;
  /** Definitions that the struct needs before it. */
  definitions = "";
  serial = 0;
  /** A member tells already that an array was cut. */
  clamped = false;
  /** Drawn once, since the tag of a ring's variants has one place. */
  packed: boolean | undefined;

  /** Names of members so far. */
  taken: Set<string> = new Set();

  constructor(g: fc.GeneratorValue, tag: string) {
    this.g = g;
    this.tag = tag;
  }

  below(count: number): number {
    return this.g(fc.nat, { max: count - 1 });
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A name that no other member has: one in five means something to TypeScript or to what generated code has beside it. */
  name(): string {
    const wanted = this.chance(20) ? this.pick(plainHazards) : `m${this.serial++}`;
    const name = this.taken.has(wanted) ? `m${this.serial++}` : wanted;
    this.taken.add(name);
    return name;
  }

  own(member: string): string {
    return `${this.tag}.${member}`;
  }

  int(sizes: readonly number[] = [1, 2, 4, 8]): CInt {
    return this.pick([...integers, ...ordered].filter((type) => sizes.includes(type.size) && type.char !== true));
  }

  bigint(bits: number): bigint {
    return this.chance(30) ? (1n << BigInt(bits)) - 1n : this.g(fc.bigInt, { min: 0n, max: (1n << BigInt(bits)) - 1n });
  }

  /** C text that reads an integer as its declared type means it. */
  read({ order, size }: CInt, place: string): string {
    return order === undefined ? place : `${order === "big" ? "BE" : "LE"}(${size * 8}, ${place})`;
  }

  /** An integer, bool or float; bits of NaNs are kept where JavaScript keeps them. */
  scalar(owner: string = this.tag): Part {
    const roll = this.below(100);
    if (roll < 12) return this.float(this.pick([4, 8] as const));
    if (roll < 22) return this.time(owner);
    return this.plain();
  }

  plain(): Part {
    const name = this.name();
    const type = this.int();
    return { members: [`${type.text} ${name}`], draw: (place) => this.drawInt(place, name, type) };
  }

  drawInt(place: string, name: string, type: CInt): Drawn {
    const raw = this.bigint(type.size * 8);
    const exact = type.signed ? BigInt.asIntN(type.size * 8, raw) : raw;
    const value = type.size === 8 ? exact : Number(exact);
    return { fill: [`${place}${name} = ${literal(type, raw)};`], input: { [name]: value }, value: { [name]: value } };
  }

  float(size: 4 | 8): Part {
    const name = this.name();
    return {
      members: [`${size === 4 ? "float" : "double"} ${name}`],
      draw: (place) => {
        const quiet = size === 4 ? 0x7fc00000n : 0x7ff8000000000000n;
        const payload = this.bigint(size === 4 ? 20 : 50);
        const sign = this.chance(50) ? 1n << BigInt(size * 8 - 1) : 0n;
        const bits = this.chance(50) ? sign | quiet | payload : this.bigint(size * 8 - 3);
        const value = floatOfBits(bits, size);
        const c = `{ uint${size * 8}_t b = 0x${bits.toString(16)}ULL; memcpy((void *)&${place}${name}, &b, ${size}); }`;
        return { fill: [c], input: { [name]: value }, value: { [name]: value } };
      },
    };
  }

  /** A 64-bit member with a policy of its own. */
  time(owner: string): Part {
    const name = this.name();
    const policy = this.pick(["ktime", "number", "bigint"] as const);
    const type = this.int([8]);
    return {
      members: [`${type.text} ${name}${mark(`${owner}.${name}`, `int64=${policy}`)}`],
      draw: (place) => {
        const value = this.bigint(52);
        const seen = policy === "number" ? Number(value) : value;
        return {
          fill: [`${place}${name} = ${literal(type, value)};`],
          input: { [name]: this.chance(50) ? value : seen },
          value: { [name]: seen },
        };
      },
    };
  }

  bits(): Part {
    const names = Array.from({ length: 1 + this.below(4) }, () => ({
      name: this.name(),
      width: 1 + this.below(20),
    }));
    return {
      members: names.map(({ name, width }) => `unsigned int ${name} : ${width}`),
      draw: (place) =>
        merge(
          names.map(({ name, width }) => {
            const value = Number(this.bigint(width));
            return { fill: [`${place}${name} = ${value};`], input: { [name]: value }, value: { [name]: value } };
          }),
        ),
    };
  }

  /** A member that can hold values up to at least `need`: an integer, a bit-field, or one of these in a struct. */
  holder(need: bigint): Holder {
    const name = this.name();
    if (this.chance(35)) {
      const width = need.toString(2).length + this.below(12);
      const type = this.chance(25) ? "unsigned long long" : "unsigned int";
      const lead = this.name();
      const shift = 1 + this.below(30);
      const total = type === "unsigned int" ? Math.min(width, 32) : width + this.below(30);
      const plain: Holder = {
        members: [`unsigned int ${lead} : ${shift}`, `${type} ${name} : ${total}`],
        path: name,
        big: total > 32,
        direct: false,
        store: (place, expression) => `${place}${name} = ${expression};`,
        property: (leaf) => ({ [lead]: 0, [name]: leaf }),
        most: (1n << BigInt(total)) - 1n,
      };
      return plain;
    }
    const type = this.int(need > 120n ? [2, 4, 8] : [1, 2, 4, 8]);
    const bits = BigInt(type.size * 8);
    const stored = (expression: string): string =>
      type.order === undefined ? expression : `${type.order === "big" ? "BE" : "LE"}(${bits}, ${expression})`;
    const holder: Holder = {
      members: [`${type.text} ${name}`],
      path: name,
      big: type.size === 8,
      direct: true,
      signed: type.signed && type.order === undefined,
      store: (place, expression) => `${place}${name} = ${stored(expression)};`,
      property: (leaf) => ({ [name]: leaf }),
      most: type.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n,
    };
    if (type.size > 1 && this.chance(15)) return this.indexed(holder, type, name);
    if (!this.chance(25)) return holder;
    const outer = this.name();
    const tag = `${this.tag}_${outer}`;
    this.definitions += `struct ${tag} {\n\t__u16 before;\n\t${holder.members[0]};\n};\n`;
    return {
      ...holder,
      members: [`struct ${tag} ${outer}`],
      path: `${outer}.${name}`,
      direct: false,
      store: (place, expression) => holder.store(`${place}${outer}.`, expression),
      property: (leaf) => ({ [outer]: { before: 0, ...holder.property(leaf) } }),
    };
  }

  /** The same as an element of an array. */
  indexed(holder: Holder, type: CInt, name: string): Holder {
    const count = 1 + this.below(3);
    const index = this.below(count);
    const zero = holder.big ? 0n : 0;
    return {
      ...holder,
      members: [`${type.text} ${name}[${count}]`],
      path: `${name}[${index}]`,
      direct: false,
      store: (place, expression) => holder.store(place, expression).replace(`${name} =`, `${name}[${index}] =`),
      property: (leaf) => ({ [name]: Array.from({ length: count }, (_, at) => (at === index ? leaf : zero)) }),
    };
  }

  /** The length of an array: left out for `encode` to fill in, or given; lists the drawn parts of the holder. */
  told(holder: Holder, place: string, expression: string, given = false): Drawn {
    const store = holder.store(place, expression);
    const probe = new Probe(expression, holder.big);
    const whole = holder.property(probe);
    const input = given || this.chance(50) ? whole : {};
    return { fill: [store], input, value: whole, told: whole };
  }

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
    const inner = new PartBuilder(this.g, tag);
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
