import { ArrayBuilder } from "./annotated-arrays.ts";
import { literal, merge, nothing, type Part } from "./annotated-part.ts";
import { mark } from "./annotated-text.ts";
import { integers } from "./c-integers.ts";
import type { CInt } from "./c-type.ts";

/** The bit that a flag of {@link MeaningBuilder} says by its name. */
export function bitOfFlag(name: string): bigint {
  return BigInt(name.slice(name.lastIndexOf("_") + 1));
}

/** Draws members of which annotations say what they mean. */
export class MeaningBuilder extends ArrayBuilder {
  /** An integer whose meaning an annotation says: another order, sign, name, an enum, a truth, or that it is padding. */
  meant(): Part {
    const name = this.name();
    const type = this.pick(integers.filter((each) => each.char !== true && each.size <= 8));
    const bits = type.size * 8;
    const part = (note: string, value: (raw: bigint) => unknown, fill?: (raw: bigint) => string): Part => ({
      members: [`${type.text} ${name}${mark(this.own(name), note)}`],
      draw: (place) => {
        const raw = this.bigint(bits);
        const seen = value(raw);
        const text = fill?.(raw) ?? literal(type, raw);
        return { fill: [`${place}${name} = ${text};`], input: { [name]: seen }, value: { [name]: seen } };
      },
    });
    const number = (raw: bigint, signed: boolean): unknown => {
      const exact = signed ? BigInt.asIntN(bits, raw) : raw;
      return type.size === 8 ? exact : Number(exact);
    };
    if (this.chance(40)) return this.written(name);
    switch (this.below(6)) {
      case 0: {
        if (type.size === 1)
          return part(
            "bool",
            (raw) => raw % 2n === 1n,
            (raw) => literal(type, raw % 2n),
          );
        const order = this.pick(["big", "little"] as const);
        return part(
          `endian=${order}`,
          (raw) => number(raw, type.signed),
          (raw) => literal({ ...type, order }, raw),
        );
      }
      case 1:
        return part(type.signed ? "unsigned" : "signed", (raw) => number(raw, !type.signed));
      case 2:
        return part(
          "bool",
          (raw) => raw % 2n === 1n,
          (raw) => literal(type, raw % 2n),
        );
      case 3: {
        if (type.size === 8 && this.chance(50)) return this.wideEnum(name, type);
        if (type.size === 8) return part(type.signed ? "unsigned" : "signed", (raw) => number(raw, !type.signed));
        const tag = `${this.tag}_e${this.serial++}`;
        this.definitions += `enum ${tag} { ${tag}_A = 1, ${tag}_B = 7 };\n`;
        return part(`enum=${tag}`, (raw) => number(raw, type.signed));
      }
      case 4: {
        const given = `given_${name}`;
        const named = part(`name=${given}`, (raw) => number(raw, type.signed));
        return {
          members: named.members,
          draw: (place) => {
            const { fill, input, value } = named.draw(place);
            return { fill, input: { [given]: input[name] }, value: { [given]: value[name] } };
          },
        };
      }
      default: {
        if (this.chance(50)) return { members: part("skip", () => undefined).members, draw: nothing };
        const tag = `${this.tag}_k${this.serial++}`;
        this.definitions += `struct ${tag} { long a; char b[3]; } __attribute__((packed));\n`;
        return { members: [`struct ${tag} ${name}${mark(this.own(name), "skip")}`], draw: nothing };
      }
    }
  }

  /** A value of an enum of 32 bits in an integer of 64, as a number. */
  wideEnum(name: string, type: CInt): Part {
    const tag = `${this.tag}_e${this.serial++}`;
    this.definitions += `enum ${tag} { ${tag}_A = 1, ${tag}_B = 7 };\n`;
    return {
      members: [`${type.text} ${name}${mark(this.own(name), `int64=number;enum=${tag}`)}`],
      draw: (place) => {
        const raw = this.bigint(52);
        const value = Number(raw);
        return {
          fill: [`${place}${name} = ${literal(type, raw)};`],
          input: { [name]: value },
          value: { [name]: value },
        };
      },
    };
  }

  /** Bit-fields of which annotations say what they mean. */
  override bits(): Part {
    if (this.chance(50)) return super.bits();
    const fields = Array.from({ length: 1 + this.below(3) }, () => this.meantBits());
    return {
      members: fields.flatMap(({ members }) => members),
      draw: (place) => merge(fields.map((field) => field.draw(place))),
    };
  }

  meantBits(): Part {
    const name = this.name();
    const width = 2 + this.below(20);
    const part = (
      declared: string,
      note: string,
      value: (raw: bigint) => unknown,
      store = (raw: bigint) => `${raw}`,
    ): Part => ({
      members: [`${declared} ${name} : ${width}${mark(this.own(name), note)}`],
      draw: (place) => {
        const raw = this.bigint(width);
        const seen = value(raw);
        return { fill: [`${place}${name} = ${store(raw)};`], input: { [name]: seen }, value: { [name]: seen } };
      },
    });
    switch (this.below(7)) {
      case 5: {
        const tag = `${this.tag}_f${this.serial++}`;
        this.definitions += `enum ${tag} { ${tag}_BIT_1 = 1, ${tag}_BIT_2 = 2 };\n`;
        return part("unsigned int", `flags=${tag}`, (raw) => {
          const names = [1n, 2n].filter((bit) => (raw & bit) !== 0n).map((bit) => `${tag}_BIT_${bit}`);
          return raw < 4n ? names : [...names, Number(raw & ~3n)];
        });
      }
      case 6:
        return part("int", "errno", (raw) => Number(BigInt.asIntN(width, raw)));
      case 0: {
        const tag = `${this.tag}_e${this.serial++}`;
        this.definitions += `enum ${tag} { ${tag}_A = 1, ${tag}_B = 3 };\n`;
        return part("unsigned int", `enum=${tag}`, Number);
      }
      case 1:
        return part(
          "unsigned int",
          "bool",
          (raw) => raw % 2n === 1n,
          (raw) => `${raw % 2n}`,
        );
      case 2:
        return part("unsigned int", "signed", (raw) => Number(BigInt.asIntN(width, raw)));
      case 3:
        return part("int", "unsigned", Number);
      default:
        return { members: part("unsigned int", "skip", Number).members, draw: nothing };
    }
  }

  /** What people write otherwise than C holds it: given as either, decoded as it is held. */
  written(name: string): Part {
    const part = (
      member: string,
      note: string,
      one: () => { c: readonly string[]; text: unknown; exact: unknown },
    ): Part => ({
      members: [`${member}${mark(this.own(name), note)}`],
      draw: (place) => {
        const { c, text, exact } = one();
        const given = this.chance(50) ? text : exact;
        return { fill: c.map((line) => `${place}${name}${line};`), input: { [name]: given }, value: { [name]: exact } };
      },
    });
    const octets = (count: number): number[] => Array.from({ length: count }, () => Number(this.bigint(8)));
    const stores = (list: readonly number[]): string[] => list.map((byte, index) => `[${index}] = ${byte}`);
    const hex = (list: readonly number[], glue: string): string =>
      list.map((byte) => byte.toString(16).padStart(2, "0")).join(glue);
    switch (this.below(7)) {
      case 0:
        return part(`__u32 ${name}`, "ipv4", () => {
          const exact = Number(this.bigint(32));
          const text = [24, 16, 8, 0].map((shift) => (exact >>> shift) & 255).join(".");
          return { c: [` = BE(32, ${exact}U)`], text, exact };
        });
      case 1:
        return part(`__u8 ${name}[6]`, "mac", () => {
          const list = octets(6);
          return { c: stores(list), text: hex(list, ":"), exact: Uint8Array.from(list) };
        });
      case 2:
        return part(`__u8 ${name}[16]`, "ipv6", () => {
          const list = octets(16);
          const text = Array.from({ length: 8 }, (_, index) => hex(list.slice(2 * index, 2 * index + 2), "")).join(":");
          return { c: stores(list), text, exact: Uint8Array.from(list) };
        });
      case 3: {
        const size = this.pick([2, 4, 8] as const);
        return part(`__s${size * 8} ${name}`, "errno", () => {
          const [text, number] = this.pick([
            ["ENOENT", -2],
            ["ERANGE", -34],
            ["ERESTARTSYS", -512],
          ] as const);
          return { c: [` = ${number}`], text, exact: size === 8 ? BigInt(number) : number };
        });
      }
      case 4:
        return part(`__u8 ${name}[16]`, "uuid", () => {
          const list = octets(16);
          const ends = [4, 6, 8, 10, 16];
          const text = ends.map((end, index) => hex(list.slice(ends[index - 1] ?? 0, end), "")).join("-");
          return { c: stores(list), text, exact: Uint8Array.from(list) };
        });
      case 5:
        return part(`__u32 ${name}`, "dev", () => {
          const [major, minor] = [Number(this.bigint(12)), Number(this.bigint(20))];
          const exact = major * 2 ** 20 + minor;
          return { c: [` = ${exact}U`], text: { major, minor }, exact };
        });
      default: {
        const size = this.pick([1, 4, 8] as const);
        const tag = `${this.tag}_f${this.serial++}`;
        this.definitions += `enum ${tag} { ${tag}_BIT_1 = 1, ${tag}_BIT_4 = 4, ${tag}_BOTH = 5, ${tag}_BIT_64 = 64 };\n`;
        return part(`__u${size * 8} ${name}`, `flags=${tag}`, () => {
          const rest = this.bigint(size * 8) & ~69n;
          const names = [`${tag}_BIT_1`, `${tag}_BIT_4`, `${tag}_BIT_64`].filter(() => this.chance(50));
          const bits = names.reduce((all, flag) => all | bitOfFlag(flag), rest);
          const number = (value: bigint) => (size === 8 ? value : Number(value));
          const exact = rest === 0n ? names : [...names, number(rest)];
          return { c: [` = ${bits}ULL`], text: number(bits), exact };
        });
      }
    }
  }
}
