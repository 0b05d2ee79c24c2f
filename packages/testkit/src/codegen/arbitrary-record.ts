import fc from "fast-check";
import { bytes, integers, ordered, wide } from "./c-integers.ts";
import type { CArray, CComposite, CEnum, CInt, CMember, CType } from "./c-type.ts";
import { hazards } from "./hazards.ts";

/** What random records may hold. */
export interface RecordOptions {
  /** Distinguishes the tags of records in one source. */
  readonly tag: string;
  /** The record ends in an array whose length one of its members holds. */
  readonly counted?: boolean;
  /** For a target whose `__int128` has another alignment than BPF's: it is declared with BPF's. */
  readonly alignInt128: boolean;
}

/** Types of a length member that hold the length of any random array. */
const lengths: readonly CInt[] = [...integers, ...ordered].filter((type) => type.size > 1);

/** Elements of no size have no number in a flexible array. */
function hasBytes(type: CType): boolean {
  if (type.kind === "array") return type.count > 0 && hasBytes(type.element);
  if (type.kind !== "struct" && type.kind !== "union") return true;
  return type.members.some((member) => member.width !== 0 && hasBytes(member.type));
}

/**
 * `members` without unnamed bit-fields behind a last `[0]`: BTF leaves them out, so that what is in the middle of a struct
 * for C is at its end there.
 */
function endPlainly(members: readonly CMember[]): readonly CMember[] {
  let last = members.length - 1;
  while (members[last]?.name === "" && members[last]?.width !== undefined) last--;
  const type = members[last]?.type;
  return last < members.length - 1 && type !== undefined && endsInNothing(type) ? members.slice(0, last + 1) : members;
}

function endsInNothing(type: CType): boolean {
  if (type.kind === "array") return type.count === 0;
  const last = type.kind === "struct" ? type.members.at(-1) : undefined;
  return last !== undefined && endsInNothing(last.type);
}

/** A record whose last member is `[0]` is as variable as one with `[]`: BTF does not tell them apart, nor do programmers. */
function endInTail(type: CComposite): CComposite {
  const last = type.members.at(-1);
  if (type.kind === "union" || last === undefined) return type;
  const { type: inner } = last;
  let variable: CType = inner;
  if (inner.kind === "struct") variable = endInTail(inner);
  else if (inner.kind === "array" && inner.count === 0) variable = { flexible: "[0]", ...inner };
  return { ...type, members: [...type.members.slice(0, -1), { ...last, type: variable }] };
}

/** Draws the parts of one record; every choice goes through fast-check, so that a seed gives the same record again. */
class RecordBuilder {
  readonly #g: fc.GeneratorValue;
  readonly #options: RecordOptions;
  readonly #enums: CEnum[] = [];
  readonly #tagged: CComposite[] = [];
  readonly #names = new Set<string>();
  #serial = 0;
  /** Unions around the member that is drawn: an array of nothing at the end of an arm has the union's bytes. */
  #unions = 0;
  /** Members that may still be made: keeps records readable and compilers fast. */
  #budget: number;

  constructor(g: fc.GeneratorValue, options: RecordOptions) {
    this.#g = g;
    this.#options = options;
    this.#budget = this.#below(40) + 3;
  }

  record(): CComposite {
    if (this.#options.counted === true) return this.#countedRecord();
    const union = this.#chance(12);
    const typedef = this.#chance(8);
    const members = union ? this.#arms(0) : this.#members(0);
    const tail = !union && this.#chance(15) ? [this.#tail()] : [];
    return endInTail({
      kind: union ? "union" : "struct",
      tag: this.#options.tag,
      ...(typedef ? { typedef } : {}),
      members: [...members, ...tail],
      ...this.#attributes(),
    });
  }

  #countedRecord(): CComposite {
    const members = [...this.#members(0)];
    const length: CMember = { name: this.#name(), type: this.#pick(lengths) };
    members.splice(this.#below(members.length + 1), 0, length);
    const unit = this.#pick(["elements", "bytes", "total"] as const);
    const declTag = `rbgen:length=${length.name}${unit === "elements" ? "" : `,${unit}`}`;
    return {
      kind: "struct",
      tag: this.#options.tag,
      members: [...members, { ...this.#flexible(), declTag }],
      ...this.#attributes(),
      length: { member: length.name, unit },
    };
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
    const wanted = this.#chance(30) ? this.#pick(hazards) : `m${this.#serial++}`;
    const name = this.#names.has(wanted) ? `m${this.#serial++}` : wanted;
    this.#names.add(name);
    return name;
  }

  #attributes(): Pick<CComposite, "packed" | "align"> {
    return {
      ...(this.#chance(20) ? { packed: true } : {}),
      ...(this.#chance(6) ? { align: this.#pick([2, 4, 8, 16, 32]) } : {}),
    };
  }

  #members(depth: number): readonly CMember[] {
    const count = 1 + this.#below(depth === 0 ? 10 : 4);
    const members: CMember[] = [this.#plain(depth)];
    for (let i = 1; i < count && this.#budget > 0; i++) {
      const roll = this.#below(100);
      if (roll < 45) members.push(this.#plain(depth));
      else if (roll < 70) members.push(...this.#bitFields());
      else if (roll < 85 || depth >= 3) members.push(this.#member(this.#array(depth)));
      else members.push(this.#anonymous(depth));
    }
    const ended = endPlainly(members);
    const last = ended.at(-1);
    // Inside of a record such an array has the padding of its struct, which C has no member for.
    return depth > 0 && last !== undefined && endsInNothing(last.type) ? [...ended, this.#plain(depth)] : ended;
  }

  /** Members of a union: no zero-width fields, which mean nothing there. */
  #arms(depth: number): CMember[] {
    this.#unions++;
    const members = this.#armsOf(depth);
    this.#unions--;
    return members;
  }

  #armsOf(depth: number): CMember[] {
    const count = 1 + this.#below(4);
    const members: CMember[] = [this.#plain(depth)];
    for (let i = 1; i < count && this.#budget > 0; i++) {
      const roll = this.#below(100);
      if (roll < 40) members.push(this.#plain(depth));
      else if (roll < 50) members.push(this.#bitField());
      else if (roll < 75 || depth >= 3) members.push(this.#member(this.#array(depth)));
      else members.push(this.#anonymous(depth));
    }
    return members;
  }

  #member(type: CType): CMember {
    this.#budget--;
    let element = type;
    while (element.kind === "array") element = element.element;
    const wideInt = this.#options.alignInt128 && element.kind === "int" && element.size === 16;
    const align = wideInt ? 16 : this.#chance(4) ? this.#pick([1, 2, 4, 8, 16, 32]) : undefined;
    return {
      name: this.#name(),
      type,
      ...(align === undefined ? {} : { align }),
      ...(!wideInt && this.#chance(3) ? { packed: true } : {}),
    };
  }

  #plain(depth: number): CMember {
    const roll = this.#below(100);
    if (roll < 15 && depth < 3 && this.#budget > 2) return this.#member(this.#composite(depth + 1));
    return this.#member(this.#scalar());
  }

  #scalar(): CType {
    const roll = this.#below(100);
    if (roll < 50) return this.#pick(integers);
    if (roll < 60) return this.#pick(ordered);
    if (roll < 65) return this.#pick(wide);
    if (roll < 72) return { kind: "bool" };
    if (roll < 80) return { kind: "float", size: this.#pick([4, 8]) };
    if (roll < 90) return this.#enum();
    return { kind: "pointer", to: this.#pick(["void", "const char", "struct", "function"] as const) };
  }

  #enum(): CEnum {
    if (this.#enums.length > 0 && this.#chance(40)) return this.#pick(this.#enums);
    const size = this.#pick([4, 4, 4, 4, 8, 1, 2] as const);
    const signed = this.#chance(40);
    const bits = BigInt(size * 8);
    const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
    // One value that needs the full width, so that the compiler chooses this size and sign.
    const wanted = signed ? least : most;
    const values = [wanted, 0n, 1n, this.#pick([most, 7n, least])];
    const type: CEnum = {
      kind: "enum",
      tag: `${this.#options.tag}_e${this.#enums.length}`,
      size,
      signed,
      values: values.slice(0, 1 + this.#below(values.length)),
    };
    this.#enums.push(type);
    return type;
  }

  #array(depth: number): CType {
    if (this.#chance(35)) {
      const count = this.#pick([this.#unions > 0 ? 1 : 0, 1, 2, 3, 6, 8, 16, 16, 33, 200]);
      return { kind: "array", element: this.#pick(bytes), count };
    }
    const composite = this.#chance(25) && depth < 3 && this.#budget > 2;
    let type: CType = composite ? this.#composite(depth + 1) : this.#scalar();
    const dimensions = 1 + this.#pick([0, 0, 0, 1, 1, 2]);
    for (let i = 0; i < dimensions; i++) {
      const none = this.#chance(3) && hasBytes(type) && this.#unions === 0;
      type = { kind: "array", element: type, count: none ? 0 : 1 + this.#below(dimensions === 1 ? 6 : 3) };
    }
    return type;
  }

  #composite(depth: number): CComposite {
    if (this.#tagged.length > 0 && this.#chance(30)) {
      const known = this.#pick(this.#tagged);
      if (this.#unions === 0 || !endsInNothing(known)) return known;
    }
    if (this.#chance(2)) return { kind: "struct", tag: this.#tag(), members: [] };
    const union = this.#chance(25);
    // Defined in place and without a tag, or by tag, or by typedef.
    const form = this.#below(4);
    const tag = form === 0 ? "" : this.#tag();
    const type: CComposite = {
      kind: union ? "union" : "struct",
      tag,
      ...(form === 1 ? { typedef: true } : {}),
      members: union ? this.#arms(depth) : this.#members(depth),
      ...this.#attributes(),
    };
    if (tag !== "") this.#tagged.push(type);
    return type;
  }

  #tag(): string {
    return `${this.#options.tag}_s${this.#serial++}`;
  }

  #anonymous(depth: number): CMember {
    this.#budget--;
    const union = this.#chance(60);
    const members = union ? this.#arms(depth + 1) : this.#members(depth + 1);
    return { name: "", type: { kind: union ? "union" : "struct", tag: "", members, ...this.#attributes() } };
  }

  #bitFields(): CMember[] {
    const members: CMember[] = [];
    const count = 1 + this.#below(6);
    for (let i = 0; i < count; i++) {
      const roll = this.#below(100);
      if (roll < 8) members.push({ name: "", type: this.#pick(integers), width: 0 });
      else if (roll < 14) {
        const type = this.#pick(integers);
        members.push({ name: "", type, width: 1 + this.#below(type.size * 8) });
      } else members.push(this.#bitField());
    }
    return members;
  }

  #bitField(): CMember {
    this.#budget--;
    const roll = this.#below(100);
    const packed = this.#chance(4) ? { packed: true } : {};
    if (roll < 10) return { name: this.#name(), type: { kind: "bool" }, width: 1, ...packed };
    const type = roll < 22 ? this.#enum() : this.#pick(integers);
    const most = type.size * 8;
    const width = this.#chance(15) ? most : 1 + this.#below(this.#chance(60) ? Math.min(9, most) : most);
    return { name: this.#name(), type, width, ...packed };
  }

  #tail(): CMember {
    if (this.#chance(15)) {
      const inner: CComposite = { kind: "struct", tag: this.#tag(), members: [this.#plain(3), this.#flexible()] };
      return { name: this.#name(), type: inner };
    }
    return this.#flexible();
  }

  #flexible(): CMember {
    const roll = this.#below(100);
    const element =
      roll < 35 ? this.#pick(bytes) : roll < 75 ? this.#scalar() : roll < 85 ? this.#fixedArray() : this.#composite(3);
    const type: CArray = { kind: "array", element: hasBytes(element) ? element : bytes[0]!, count: 0, flexible: "[]" };
    return this.#member(type);
  }

  #fixedArray(): CArray {
    return { kind: "array", element: this.#scalar(), count: 1 + this.#below(4) };
  }
}

/** Random records: structs and unions of everything that C can put in one, small enough to read when a test fails. */
export function arbitraryRecord(options: RecordOptions): fc.Arbitrary<CComposite> {
  return fc.gen().map((g) => new RecordBuilder(g, options).record());
}

/** `count` records from `seed`, tagged `<prefix>0`, `<prefix>1`, … */
export function sampleRecords(
  count: number,
  seed: number,
  prefix: string,
  options: Omit<RecordOptions, "tag">,
): CComposite[] {
  return Array.from({ length: count }, (_, index) => {
    const arbitrary = arbitraryRecord({ tag: `${prefix}${index}`, ...options });
    const [record] = fc.sample(arbitrary, { seed: (seed + index) | 0, numRuns: 1, unbiased: true });
    return record!;
  });
}
