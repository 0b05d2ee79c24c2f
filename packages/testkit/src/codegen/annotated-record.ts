import fc from "fast-check";
import { bytes, integers, ordered } from "./c-integers.ts";
import type { CInt } from "./c-type.ts";
import { floatOfBits } from "./float-bits.ts";

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
interface Part {
  readonly members: readonly string[];
  readonly draw: (place: string) => Drawn;
}

interface Drawn {
  readonly fill: readonly string[];
  readonly input: Record<string, unknown>;
  readonly value: Record<string, unknown>;
  readonly told?: Record<string, unknown>;
  /** C expression for the sample's length, where this part ends the record. */
  readonly length?: string;
}

/** The end of a record: where it varies. */
interface Ending extends Part {
  readonly open?: boolean;
}

/** What an array is made of: text of `char`, bytes, or anything else. */
interface Element {
  readonly text: string;
  readonly form: "text" | "bytes" | "list";
  readonly draw: (at: string) => { readonly fill: string; readonly input: unknown; readonly value: unknown };
}

/** An integer member that holds a length or a tag. */
interface Holder {
  readonly members: readonly string[];
  /** Path of C names. */
  readonly path: string;
  readonly big: boolean;
  readonly direct: boolean;
  /** C statement that stores `expression`. */
  readonly store: (place: string, expression: string) => string;
  /** The property tree that holds `leaf`. */
  readonly property: (leaf: unknown) => Record<string, unknown>;
  /** Values that it can hold: 0 … `most`. */
  readonly most: bigint;
}

/** A place for an annotation in C text, before the semicolon that ends a declaration. */
function mark(owner: string, text: string): string {
  return `«${owner}|${text}»`;
}

/** The three places where annotations may stand. */
export type AnnotationPlace = "tags" | "comments" | "config";

/** C text with its annotations in one of the three places; those of the configuration beside it. */
export function withAnnotations(
  text: string,
  place: AnnotationPlace,
): { readonly text: string; readonly config: Readonly<Record<string, readonly string[]>> } {
  const config: Record<string, string[]> = {};
  const plain = text.replace(/«([^|]*)\|([^»]*)»;/g, (_, owner: string, note: string) => {
    if (place === "tags") return ` __attribute__((btf_decl_tag(${JSON.stringify(`rbgen:${note}`)})));`;
    const counted = /^length=(\w+)$/.exec(note);
    // The attribute that compilers have for it says the same.
    if (place === "comments" && counted !== null) {
      return ` __attribute__((counted_by(${counted[1]})));`;
    }
    if (place === "comments") return `; /* @rbgen ${note} */`;
    config[owner] = [...(config[owner] ?? []), note];
    return ";";
  });
  return { text: plain, config };
}

function literal(type: CInt, value: bigint): string {
  const digits = `0x${BigInt.asUintN(64, value).toString(16)}ULL`;
  if (type.order !== undefined) return `${type.order === "big" ? "BE" : "LE"}(${type.size * 8}, ${digits})`;
  return `(${type.text.replace("volatile ", "")})${digits}`;
}

class AnnotatedBuilder {
  readonly #g: fc.GeneratorValue;
  readonly #tag: string;
  #definitions = "";
  #serial = 0;
  /** Drawn once, since the tag of a ring's variants has one place. */
  #packed: boolean | undefined;

  constructor(g: fc.GeneratorValue, tag: string) {
    this.#g = g;
    this.#tag = tag;
  }

  record(samples: number): AnnotatedRecord {
    const parts: Part[] = [];
    for (let i = this.#below(4); i > 0; i--) parts.push(this.#filler());
    const ending = this.#ending();
    return this.#finish([...parts, ending], samples, ending.open === true);
  }

  /** Records that share a ring: the same head in each, then anything. */
  ring(count: number, samples: number): AnnotatedRecord[] {
    const ring = `${this.#tag}_ring`;
    const tag = this.#holder(100n);
    const before = this.#chance(40) ? [this.#plain()] : [];
    const values = this.#values(count, tag.most);
    const head = before.flatMap((part) => part.members);
    const base = this.#tag;
    const packed = this.#chance(25);
    const records = Array.from({ length: count }, (_, index) => {
      const member = new AnnotatedBuilder(this.#g, `${base}v${index}`);
      member.#serial = 50 * (index + 1);
      member.#packed = packed;
      if (index === 0) member.#definitions = this.#definitions;
      return member.#variant(ring, tag, head, before, values[index]!, samples);
    });
    // A union in one of them may be told apart by `kind` already.
    const taken = records.some(({ samples: drawn }) => drawn.some(({ value }) => "kind" in value));
    const kindName = taken ? "$kind" : "kind";
    return records.map((record) => ({
      ...record,
      kindName,
      samples: record.samples.map((sample) => ({
        ...sample,
        input: { [kindName]: record.tag, ...sample.input },
        value: { [kindName]: record.tag, ...sample.value },
      })),
    }));
  }

  #variant(
    ring: string,
    tag: Holder,
    head: readonly string[],
    before: readonly Part[],
    values: readonly bigint[],
    samples: number,
  ): AnnotatedRecord {
    const tagged: Part = {
      members: [...head, ...tag.members],
      draw: (place) => {
        const drawn = before.map((part) => part.draw(place));
        const value = this.#pick(values);
        const leaf = tag.big ? value : Number(value);
        const property = tag.property(leaf);
        // The first value is written where the tag is left out.
        const given = value === values[0] && this.#chance(60) ? {} : property;
        return merge([
          ...drawn,
          { fill: [tag.store(place, `${value}ULL`)], input: given, value: property, told: property },
        ]);
      },
    };
    const ending = this.#ending();
    const notes = [`record=${ring}`, `tag=${tag.path}`, `variant=${values.join(",")}`];
    const record = this.#finish([tagged, ending], samples, ending.open === true, mark(this.#tag, notes.join(";")));
    return { ...record, ring };
  }

  #finish(parts: readonly Part[], samples: number, open: boolean, note = ""): AnnotatedRecord {
    this.#packed ??= this.#chance(25);
    const packed = this.#packed ? " __attribute__((packed))" : "";
    const members = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    const definitions = `${this.#definitions}struct ${this.#tag} {\n${members.join("")}}${packed}${note};\n`;
    const drawn = Array.from({ length: samples }, (): AnnotatedSample => {
      const { fill, input, value, told = {}, length } = merge(parts.map((part) => part.draw("r->")));
      return { fill, input, value, told, length: length ?? `sizeof(struct ${this.#tag})` };
    });
    return { tag: this.#tag, definitions, samples: drawn, open };
  }

  #below(count: number): number {
    return this.#g(fc.nat, { max: count - 1 });
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #name(): string {
    return `m${this.#serial++}`;
  }

  #own(member: string): string {
    return `${this.#tag}.${member}`;
  }

  #filler(): Part {
    const roll = this.#below(100);
    if (roll < 60) return this.#scalar();
    if (roll < 75) return this.#bits();
    return this.#bounded();
  }

  #int(sizes: readonly number[] = [1, 2, 4, 8]): CInt {
    return this.#pick([...integers, ...ordered].filter((type) => sizes.includes(type.size) && type.char !== true));
  }

  #bigint(bits: number): bigint {
    return this.#chance(30)
      ? (1n << BigInt(bits)) - 1n
      : this.#g(fc.bigInt, { min: 0n, max: (1n << BigInt(bits)) - 1n });
  }

  /** C text that reads an integer as its declared type means it. */
  #read({ order, size }: CInt, place: string): string {
    return order === undefined ? place : `${order === "big" ? "BE" : "LE"}(${size * 8}, ${place})`;
  }

  /** An integer, bool or float; bits of NaNs are kept where JavaScript keeps them. */
  #scalar(owner = this.#tag): Part {
    const roll = this.#below(100);
    if (roll < 12) return this.#float(this.#pick([4, 8] as const));
    if (roll < 22) return this.#time(owner);
    return this.#plain();
  }

  #plain(): Part {
    const name = this.#name();
    const type = this.#int();
    return { members: [`${type.text} ${name}`], draw: (place) => this.#drawInt(place, name, type) };
  }

  #drawInt(place: string, name: string, type: CInt): Drawn {
    const raw = this.#bigint(type.size * 8);
    const exact = type.signed ? BigInt.asIntN(type.size * 8, raw) : raw;
    const value = type.size === 8 ? exact : Number(exact);
    return { fill: [`${place}${name} = ${literal(type, raw)};`], input: { [name]: value }, value: { [name]: value } };
  }

  #float(size: 4 | 8): Part {
    const name = this.#name();
    return {
      members: [`${size === 4 ? "float" : "double"} ${name}`],
      draw: (place) => {
        const quiet = size === 4 ? 0x7fc00000n : 0x7ff8000000000000n;
        const payload = this.#bigint(size === 4 ? 20 : 50);
        const sign = this.#chance(50) ? 1n << BigInt(size * 8 - 1) : 0n;
        const bits = this.#chance(50) ? sign | quiet | payload : this.#bigint(size * 8 - 3);
        const value = floatOfBits(bits, size);
        const c = `{ uint${size * 8}_t b = 0x${bits.toString(16)}ULL; memcpy((void *)&${place}${name}, &b, ${size}); }`;
        return { fill: [c], input: { [name]: value }, value: { [name]: value } };
      },
    };
  }

  /** A 64-bit member with a policy of its own. */
  #time(owner: string): Part {
    const name = this.#name();
    const policy = this.#pick(["ktime", "number", "bigint"] as const);
    const type = this.#int([8]);
    return {
      members: [`${type.text} ${name}${mark(`${owner}.${name}`, `int64=${policy}`)}`],
      draw: (place) => {
        const value = this.#bigint(52);
        const seen = policy === "number" ? Number(value) : value;
        return {
          fill: [`${place}${name} = ${literal(type, value)};`],
          input: { [name]: this.#chance(50) ? value : seen },
          value: { [name]: seen },
        };
      },
    };
  }

  #bits(): Part {
    const names = Array.from({ length: 1 + this.#below(4) }, () => ({
      name: this.#name(),
      width: 1 + this.#below(20),
    }));
    return {
      members: names.map(({ name, width }) => `unsigned int ${name} : ${width}`),
      draw: (place) =>
        merge(
          names.map(({ name, width }) => {
            const value = Number(this.#bigint(width));
            return { fill: [`${place}${name} = ${value};`], input: { [name]: value }, value: { [name]: value } };
          }),
        ),
    };
  }

  /** A member that can hold values up to at least `need`: an integer, a bit-field, or one of these in a struct. */
  #holder(need: bigint): Holder {
    const name = this.#name();
    if (this.#chance(35)) {
      const width = need.toString(2).length + this.#below(12);
      const type = this.#chance(25) ? "unsigned long long" : "unsigned int";
      const lead = this.#name();
      const shift = 1 + this.#below(30);
      const total = type === "unsigned int" ? Math.min(width, 32) : width + this.#below(30);
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
    const type = this.#int(need > 120n ? [2, 4, 8] : [1, 2, 4, 8]);
    const bits = BigInt(type.size * 8);
    const stored = (expression: string): string =>
      type.order === undefined ? expression : `${type.order === "big" ? "BE" : "LE"}(${bits}, ${expression})`;
    const holder: Holder = {
      members: [`${type.text} ${name}`],
      path: name,
      big: type.size === 8,
      direct: true,
      store: (place, expression) => `${place}${name} = ${stored(expression)};`,
      property: (leaf) => ({ [name]: leaf }),
      most: type.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n,
    };
    if (!this.#chance(25)) return holder;
    const outer = this.#name();
    const tag = `${this.#tag}_${outer}`;
    this.#definitions += `struct ${tag} {\n\t__u16 before;\n\t${holder.members[0]};\n};\n`;
    return {
      ...holder,
      members: [`struct ${tag} ${outer}`],
      path: `${outer}.${name}`,
      direct: false,
      store: (place, expression) => holder.store(`${place}${outer}.`, expression),
      property: (leaf) => ({ [outer]: { before: 0, ...holder.property(leaf) } }),
    };
  }

  /** The length of an array: left out for `encode` to fill in, or given; lists the drawn parts of the holder. */
  #told(holder: Holder, place: string, expression: string): Drawn {
    const store = holder.store(place, expression);
    const probe = new Probe(expression, holder.big);
    const whole = holder.property(probe);
    const input = this.#chance(50) ? whole : {};
    return { fill: [store], input, value: whole, told: whole };
  }

  /** Elements of an array: bytes, text, integers or small structs. */
  #element(): Element {
    const roll = this.#below(100);
    if (roll < 15) {
      const draw = (at: string) => {
        const code = 33 + this.#below(90);
        return { fill: `${at} = ${code};`, input: code, value: code };
      };
      return { text: "char", draw, form: "text" };
    }
    if (roll < 40) {
      const type = this.#pick(bytes.filter((byte) => byte.char !== true));
      const draw = (at: string) => {
        const raw = this.#bigint(8);
        return { fill: `${at} = ${literal(type, raw)};`, input: Number(raw), value: Number(raw) };
      };
      return { text: type.text, draw, form: "bytes" };
    }
    if (roll < 75) {
      const type = this.#int([2, 4, 8]);
      const draw = (at: string) => {
        const { fill, value } = this.#drawInt("", "x", type);
        return { fill: fill[0]!.replace("x =", `${at} =`), input: value["x"], value: value["x"] };
      };
      return { text: type.text, draw, form: "list" };
    }
    const tag = `${this.#tag}_s${this.#serial++}`;
    const inner = new AnnotatedBuilder(this.#g, tag);
    const parts = [inner.#scalar(tag), inner.#scalar(tag)];
    const members = parts.flatMap((part) => part.members).map((member) => `\t${member};\n`);
    const packed = this.#chance(40) ? " __attribute__((packed))" : "";
    this.#definitions += `struct ${tag} {\n${members.join("")}}${packed};\n`;
    const draw = (at: string) => {
      const { fill, input, value } = merge(parts.map((part) => part.draw(`${at}.`)));
      return { fill: fill.join(" "), input, value };
    };
    return { text: `struct ${tag}`, draw, form: "list" };
  }

  /** `count` elements of the array `name`, as statements and as a property. */
  #elements(element: Element, place: string, name: string, count: number): Drawn {
    const drawn = Array.from({ length: count }, (_, index) => element.draw(`${place}${name}[${index}]`));
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
  #unit({ direct }: Holder): { suffix: string; expression: (place: string, name: string, count: number) => string } {
    const start = `__builtin_offsetof(struct ${this.#tag}, `;
    switch (this.#below(3)) {
      case 0:
        // Said in full where the attribute of compilers, which names a member of the same struct, would not do.
        return { suffix: direct ? "" : ",elements", expression: (_, __, count) => `${count}` };
      case 1:
        return { suffix: ",bytes", expression: (place, name, count) => `${count} * sizeof(${place}${name}[0])` };
      default:
        return {
          suffix: ",total",
          expression: (place, name, count) => {
            const path = `${place.replace("r->", "")}${name}`;
            return `${start}${path}) + ${count} * sizeof(${place}${name}[0])`;
          },
        };
    }
  }

  /** An array of which a member says how many elements count: bounded in the middle, any where it ends. */
  #bounded(): Part {
    const holder = this.#holder(1023n);
    const element = this.#element();
    const name = this.#name();
    const most = 1 + this.#below(6);
    const unit = this.#unit(holder);
    const note = mark(this.#own(name), `length=${holder.path}${unit.suffix}`);
    const array = `${element.text} ${name}[${most}]${note}`;
    const after = this.#chance(50);
    const padding = this.#name();
    const members = after
      ? [array, ...holder.members, `__u8 ${padding}`]
      : [...holder.members, array, `__u8 ${padding}`];
    return {
      members,
      draw: (place) => {
        const count = this.#below(most + 1);
        const list = this.#elements(element, place, name, count);
        const told = this.#told(holder, place, unit.expression(place, name, count));
        const end: Drawn = { fill: [], input: {}, value: { [padding]: 0 } };
        return merge([list, told, end]);
      },
    };
  }

  #ending(): Ending {
    switch (this.#below(9)) {
      case 0:
        return { members: [], draw: nothing };
      case 1:
        return this.#counted("");
      case 2:
        return this.#counted(`${1 + this.#below(9)}`);
      case 3:
        return this.#truncated();
      case 4:
        return this.#list();
      case 5:
        return this.#dataloc();
      case 6:
        return this.#openUnion();
      case 7:
        return this.#taggedUnions(1);
      default:
        return this.#taggedUnions(1 + this.#below(2));
    }
  }

  /** `T data[]` or `T data[N]` at the end, with a length. */
  #counted(dimension: string): Ending {
    const holder = this.#holder(1023n);
    const element = this.#element();
    const name = this.#name();
    const unit = this.#unit(holder);
    const note = `length=${holder.path}${unit.suffix}`;
    return {
      members: [...holder.members, `${element.text} ${name}[${dimension}]${mark(this.#own(name), note)}`],
      draw: (place) => {
        const count = this.#below(dimension === "" ? 7 : Number(dimension) + 1);
        const told = this.#told(holder, place, unit.expression(place, name, count));
        const list = this.#elements(element, place, name, count);
        return { ...merge([told, list]), length: this.#tailLength(name, `${count}`, dimension !== "") };
      },
    };
  }

  /** Bytes up to `count` elements of the last array; a struct that is not cut has all of its own. */
  #tailLength(name: string, count: string, cut: boolean): string {
    const end = `__builtin_offsetof(struct ${this.#tag}, ${name}) + ${count} * sizeof(r->${name}[0])`;
    return cut ? end : `LONGER(sizeof(struct ${this.#tag}), ${end})`;
  }

  #truncated(): Ending {
    const element = this.#element();
    const name = this.#name();
    const most = 1 + this.#below(8);
    return {
      open: true,
      members: [`${element.text} ${name}[${most}]${mark(this.#own(name), "truncated")}`],
      draw: (place) => {
        const count = this.#below(most + 1);
        return { ...this.#elements(element, place, name, count), length: this.#tailLength(name, `${count}`, true) };
      },
    };
  }

  #list(): Ending {
    const holder = this.#holder(1023n);
    const item = `${this.#tag}_item`;
    const align = this.#pick([1, 2, 4, 8]);
    const inner = new AnnotatedBuilder(this.#g, item);
    const type = inner.#scalar(item);
    const size = inner.#holder(1023n);
    const element = inner.#element();
    const unit = inner.#unit(size);
    const note = mark(`${item}.data`, `length=${size.path}${unit.suffix}`);
    const members = [...type.members, ...size.members, `${element.text} data[]${note}`];
    const text = members.map((member) => `\t${member};\n`).join("");
    this.#definitions += `${inner.#definitions}struct ${item} {\n${text}} __attribute__((packed));\n`;
    const name = this.#name();
    const listNote = `list=${item}${align === 1 ? "" : `,align=${align}`};length=${holder.path},bytes`;
    return {
      members: [...holder.members, `__u8 ${name}[]${mark(this.#own(name), listNote)}`],
      draw: (place) => {
        const fill = [`p = (char *)${place}${name};`];
        const inputs: unknown[] = [];
        const values: unknown[] = [];
        for (let i = this.#below(4); i > 0; i--) {
          const count = this.#below(4);
          const it = `((struct ${item} *)p)->`;
          // What a probe says of an item is asked while `p` stands on it, and kept under the item's number.
          const bytes = unit.expression(`((struct ${item} *)0)->`, "data", count);
          const length = bytes.replace(/offsetof\(struct (\w+), .*?data\)/, "offsetof(struct $1, data)");
          const drawn = merge([
            type.draw(it),
            inner.#told(size, it, length),
            inner.#elements(element, it, "data", count),
          ]);
          fill.push(...drawn.fill);
          fill.push(
            `p += (sizeof(struct ${item}) + ${count} * sizeof(${it}data[0]) + ${align - 1}) / ${align} * ${align};`,
          );
          inputs.push(drawn.input);
          values.push(drawn.value);
        }
        const bytes = `p - (char *)${place}${name}`;
        const told = this.#told(holder, place, bytes);
        const list: Drawn = { fill, input: { [name]: inputs }, value: { [name]: values } };
        // The length is known once the items are there.
        return { ...merge([list, told]), length: this.#tailLength(name, `(${bytes})`, false) };
      },
    };
  }

  #dataloc(): Ending {
    const form = this.#below(3);
    const blob = this.#name();
    const count = 1 + this.#below(3);
    const start = form === 0 ? `sizeof(struct ${this.#tag})` : `__builtin_offsetof(struct ${this.#tag}, ${blob})`;
    const members = Array.from({ length: count }, () => this.#located(form === 0 ? undefined : blob, start));
    const tail = form === 0 ? [] : [`${form === 1 ? "char" : "__u8"} ${blob}[]`];
    return {
      members: [...members.flatMap((member) => member.members), ...tail],
      draw: (place) => {
        const drawn = [
          { fill: [`p = (char *)r + ${start};`], input: {}, value: {} },
          ...members.map((m) => m.draw(place)),
        ];
        return { ...merge(drawn), length: `LONGER(sizeof(struct ${this.#tag}), p - (char *)r)` };
      },
    };
  }

  #located(blob: string | undefined, start: string): Part {
    const name = this.#name();
    const text = this.#chance(50);
    const pair = this.#chance(50);
    const from = pair && blob !== undefined && this.#chance(50);
    const length = this.#name();
    const fields = this.#chance(40);
    const note = pair
      ? `dataloc=${length}${from ? `,from=${blob}` : ""}${text ? ",string" : ""}`
      : `dataloc${text ? "=string" : ""}`;
    const own = mark(this.#own(name), note);
    const type = this.#int([2, 4, 8]);
    const members = !pair
      ? [`__u32 ${name}${own}`]
      : fields
        ? [`unsigned int ${name} : 14${own}`, `unsigned int ${length} : 13`]
        : [`${type.text} ${name}${own}`, `__u16 ${length}`];
    return {
      members,
      draw: (place) => {
        const size = this.#below(30);
        const data = Array.from({ length: size }, () => (text ? 33 + this.#below(90) : this.#below(256)));
        const value = text ? String.fromCharCode(...data) : Uint8Array.from(data);
        const bytes = text ? [...data, 0] : data;
        const offset = from ? `(p - (char *)r - ${start})` : "(p - (char *)r)";
        const swapped = (expression: string): string =>
          type.order === undefined || fields
            ? expression
            : `${type.order === "big" ? "BE" : "LE"}(${type.size * 8}, ${expression})`;
        const stores = pair
          ? [`${place}${name} = ${swapped(offset)};`, `${place}${length} = ${bytes.length};`]
          : [`${place}${name} = ${offset} | ${bytes.length}u << 16;`];
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

  /** A union at the end that nothing tells apart, of which an arm is as long as the sample. */
  #openUnion(): Ending {
    const element = this.#element();
    const name = this.#name();
    const other = this.#name();
    const union = this.#chance(50) ? this.#name() : "";
    const type = this.#int([1, 2, 4]);
    const fixed = this.#chance(60) ? [`\t\t${type.text} ${other};\n`] : [];
    const flexible = `\t\tstruct { struct {} ${other}e; ${element.text} ${name}[]; };\n`;
    const tag = `${this.#tag}_u`;
    const path = union === "" ? "" : `${union}.`;
    this.#definitions += union === "" ? "" : `union ${tag} {\n${fixed.join("")}${flexible}};\n`;
    const whole = union === "" ? `union {\n${fixed.join("")}${flexible}\t}` : `union ${tag} ${union}`;
    return {
      open: true,
      members: [whole],
      draw: (place) => {
        // As many elements as fill what the union has at least; C says what the arm beside it reads of them.
        const count = 8 + this.#below(4);
        const list = this.#elements(element, `${place}${path}`, name, count);
        const end = `__builtin_offsetof(struct ${this.#tag}, ${path}${name}) + ${count} * sizeof(${place}${path}${name}[0])`;
        const seen = new Probe(this.#read(type, `${place}${path}${other}`), false);
        const also = { [`${other}e`]: {}, ...(fixed.length === 0 ? {} : { [other]: seen }) };
        const wrap = (inner: Record<string, unknown>): Record<string, unknown> =>
          union === "" ? inner : { [union]: inner };
        return {
          fill: list.fill,
          input: wrap(list.input),
          value: wrap({ ...also, ...list.value }),
          length: `LONGER(sizeof(struct ${this.#tag}), ${end})`,
        };
      },
    };
  }

  /** Unions whose arms a member tells apart; the last one may end the record, and then an arm may vary in length. */
  #taggedUnions(count: number): Ending {
    const parts = Array.from({ length: count }, (_, index) => this.#tagged(count, index === count - 1));
    return {
      members: parts.flatMap((part) => part.members),
      open: parts.some((part) => part.open === true),
      draw: (place) => merge(parts.map((part) => part.draw(place))),
    };
  }

  #values(count: number, most: bigint): bigint[][] {
    const limit = most > 100n ? 100n : most;
    const taken = new Set<bigint>();
    return Array.from({ length: count }, () =>
      Array.from({ length: 1 + this.#below(2) }, () => {
        let value = BigInt(this.#below(Number(limit)));
        while (taken.has(value)) value = (value + 1n) % (limit + 1n);
        taken.add(value);
        return value;
      }),
    );
  }

  #tagged(unions: number, last: boolean): Ending {
    const holder = this.#holder(100n);
    const name = this.#chance(50) || unions > 1 ? this.#name() : "";
    const ends = last && this.#chance(70);
    const kindName = unions > 1 ? `${name}Kind` : "kind";
    const arms = Array.from({ length: 2 + this.#below(2) }, () => this.#arm(name, ends));
    const values = this.#values(arms.length, holder.most);
    const lines = arms.map((arm, index) => {
      const note = mark(this.#own(arm.name), `variant=${values[index]!.join(",")}`);
      // The variant's annotation stands beside those that the arm has by itself.
      return `\t\t${arm.member.includes("»") ? arm.member.replace("»", `;variant=${values[index]!.join(",")}»`) : arm.member + note};\n`;
    });
    const owner = name === "" ? "(union)" : name;
    const union = `union {\n${lines.join("")}\t} ${name}${mark(this.#own(owner), `tag=${holder.path}`)}`;
    const trailer = this.#name();
    const members = [
      ...holder.members,
      ...arms.flatMap((arm) => arm.beside),
      union,
      ...(ends ? [] : [`__u8 ${trailer}`]),
    ];
    return {
      members:
        last && !ends && this.#chance(50)
          ? [...arms.flatMap((arm) => arm.beside), union, `__u8 ${trailer}`, ...holder.members]
          : members,
      draw: (place) => {
        const index = this.#below(arms.length);
        const arm = arms[index]!;
        const value = this.#pick(values[index]!);
        const property = holder.property(holder.big ? value : Number(value));
        const given = value === values[index]![0] && this.#chance(60) ? {} : property;
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

  /** An arm: a scalar, an array, or at the record's end an array with a length. */
  #arm(
    union: string,
    ends: boolean,
  ): {
    name: string;
    member: string;
    beside: readonly string[];
    idle: Drawn;
    draw: (place: string, record: string) => Drawn;
  } {
    const path = union === "" ? "" : `${union}.`;
    const roll = this.#below(100);
    if (roll < 45 || !ends) {
      const name = this.#name();
      if (roll < 25) {
        const type = this.#int();
        return {
          name,
          member: `${type.text} ${name}`,
          beside: [],
          idle: nothing(),
          draw: (at) => this.#drawInt(at, name, type),
        };
      }
      const element = this.#element();
      const count = 1 + this.#below(4);
      return {
        name,
        member: `${element.text} ${name}[${count}]`,
        beside: [],
        idle: nothing(),
        draw: (at) => this.#elements(element, at, name, count),
      };
    }
    const element = this.#element();
    const holder = this.#holder(1023n);
    const name = this.#name();
    const dimension = this.#chance(50) ? "0" : `${1 + this.#below(8)}`;
    const most = dimension === "0" ? 6 : Number(dimension);
    const suffix = this.#chance(50) ? "" : ",bytes";
    const note = mark(this.#own(name), `length=${holder.path}${suffix}`);
    const zeros = holder.property(holder.big ? 0n : 0);
    return {
      name,
      member: `${element.text} ${name}[${dimension}]${note}`,
      beside: holder.members,
      idle: { fill: [], input: {}, value: zeros },
      draw: (at, record) => {
        const count = this.#below(most + 1);
        const list = this.#elements(element, at, name, count);
        const told = this.#told(holder, record, suffix === "" ? `${count}` : `${count} * sizeof(${at}${name}[0])`);
        const length = `__builtin_offsetof(struct ${this.#tag}, ${path}${name}) + ${count} * sizeof(${at}${name}[0])`;
        return { ...merge([told, list]), length };
      },
    };
  }
}

function nothing(): Drawn {
  return { fill: [], input: {}, value: {} };
}

/** Parts of one struct, in order; objects in objects are joined. */
function merge(parts: readonly Drawn[]): Drawn {
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
