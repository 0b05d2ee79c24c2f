import fc from "fast-check";
import { type Drawn, type Holder, literal, merge, type Part, Probe } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";
import { integers, ordered } from "./c-integers.ts";
import type { CInt } from "./c-type.ts";
import { floatOfBits } from "./float-bits.ts";
import { plainHazards } from "./hazards.ts";

/** Draws the members that any struct may have; every choice goes through fast-check, so that a seed gives the same again. */
export class MemberBuilder {
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
      return this.chance(25) ? this.wired(plain) : plain;
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

  /** Bit-fields of a struct of their own that is laid out as a build of one byte order does, whatever the target's is. */
  wired(holder: Holder): Holder {
    const outer = this.name();
    const tag = `${this.tag}_${outer}_wire`;
    this.definitions += this.wire(tag, holder.members);
    return {
      ...holder,
      members: [`struct ${tag} ${outer}`],
      path: `${outer}.${holder.path}`,
      store: (place, expression) => holder.store(`${place}${outer}.`, expression),
      property: (leaf) => ({ [outer]: holder.property(leaf) }),
    };
  }

  /** The definition of such a struct: what compiles it without gcc's attribute for it is told by annotations. */
  wire(tag: string, members: readonly string[]): string {
    const order = this.pick(["big", "little"] as const);
    const lines = members.map((member) => {
      const [, name] = /(\w+) : /.exec(member)!;
      return `\t${member}${mark(`${tag}.${name}`, `endian=${order}`)};\n`;
    });
    return `struct ${tag} {\n${lines.join("")}} WIRE("${order}-endian");\n`;
  }

  /** Bit-fields of any type, signed ones too, in such a struct. */
  wireBits(): Part {
    const name = this.name();
    const tag = `${this.tag}_${this.serial++}_wire`;
    const fields = Array.from({ length: 1 + this.below(5) }, (_, index) => {
      const type = this.int([1, 2, 4, 8]);
      const signed = type.signed && type.order === undefined;
      return { name: `b${index}`, type, signed, width: 1 + this.below(type.size * 8) };
    });
    this.definitions += this.wire(
      tag,
      fields.map((field) => `${field.type.text} ${field.name} : ${field.width}`),
    );
    return {
      members: [`struct ${tag} ${name}`],
      draw: (place) => {
        const drawn = fields.map((field) => {
          const raw = this.bigint(field.width);
          const exact = field.signed ? BigInt.asIntN(field.width, raw) : raw;
          const value = field.width > 32 ? exact : Number(exact);
          return { fill: `${place}${name}.${field.name} = ${raw}ULL;`, value: { [field.name]: value } };
        });
        const value = Object.assign({}, ...drawn.map((field) => field.value)) as Record<string, unknown>;
        return { fill: drawn.map(({ fill }) => fill), input: { [name]: value }, value: { [name]: value } };
      },
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
}
