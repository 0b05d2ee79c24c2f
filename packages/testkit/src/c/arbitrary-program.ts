import fc, { type GeneratorValue } from "fast-check";
import { conditionExpression, constantExpression } from "./arbitrary-expression.ts";

/** Picks that a random program is made of. */
export interface Picker {
  below(limit: number): number;
  chance(percent: number): boolean;
  one<Item>(items: readonly Item[]): Item;
}

/** What the program has declared so far, to build on. */
interface Known {
  readonly prefix: string;
  /** Complete object types that an array may hold. */
  readonly types: string[];
  /** Types whose alignment was asked for, which arrays may not hold. */
  readonly aligned: string[];
  /** Integer types that a bit-field may have, with their widths. */
  readonly fields: (readonly [type: string, width: number])[];
  /** Names of macros and enumerators that are small positive integers. */
  readonly sizes: string[];
  names: number;
}

const scalars: readonly string[] = [
  "char",
  "signed char",
  "unsigned char",
  "short",
  "short unsigned int",
  "int",
  "unsigned",
  "long",
  "unsigned long int",
  "long long",
  "unsigned long long",
  "_Bool",
  "float",
  "double",
  "long double",
  "__int128",
  "unsigned __int128",
  "void *",
  "const char *",
  "int (*)[3]",
  "const volatile int",
];
const fieldTypes: readonly (readonly [string, number])[] = [
  ["char", 8],
  ["signed char", 8],
  ["unsigned char", 8],
  ["short", 16],
  ["unsigned short", 16],
  ["int", 32],
  ["unsigned int", 32],
  ["long", 64],
  ["unsigned long", 64],
  ["long long", 64],
  ["unsigned long long", 64],
  ["_Bool", 1],
];

/** Random runs of declarations that C allows; all names of the nth start with `p<n>_`, so that they fit into one file. */
export function arbitraryPrograms(count: number): fc.Arbitrary<readonly string[]> {
  return fc.gen().map((generate) => {
    const pick = picker(generate);
    return Array.from({ length: count }, (_, i) => program(`p${i}_`, pick));
  });
}

function picker(generate: GeneratorValue): Picker {
  const below = (limit: number): number => generate(fc.nat, { max: limit - 1 });
  return {
    below,
    chance: (percent) => below(100) < percent,
    one: (items) => items[below(items.length)]!,
  };
}

function program(prefix: string, pick: Picker): string {
  const known: Known = {
    prefix,
    types: [...scalars],
    aligned: [],
    fields: [...fieldTypes],
    sizes: ["1", "2", "3", "0x5", "04"],
    names: 0,
  };
  const lines: string[] = macros(known, pick);
  for (let i = pick.below(2); i >= 0; i--) lines.push(enumeration(known, pick));
  for (let i = pick.below(3); i > 0; i--) lines.push(typedef(known, pick));
  for (let i = pick.below(3); i >= 0; i--) lines.push(record(known, pick));
  return `${lines.join("\n")}\n`;
}

function macros(known: Known, pick: Picker): string[] {
  const { prefix } = known;
  const size = `${prefix}SIZE`;
  const lines = [
    `#define ${size} ${pick.one(["4", "(2 + 1)", "sizeof(int)", "(1 << 2)", "0x3u", "7 /* seven */"])}`,
    `#define ${prefix}TWICE(x) ((x) * 2)`,
    `#define ${prefix}CAT(a, b) a##b`,
    `#define ${prefix}ARRAY(type, name, ...) type name[${pick.one(["__VA_ARGS__", "(__VA_ARGS__) + 1"])}]`,
  ];
  known.sizes.push(size, `${prefix}TWICE(${size})`, `${prefix}TWICE(3) \\\n - 1`, `${prefix}CAT(1, 2)`);
  if (pick.chance(30)) {
    const condition = conditionExpression(pick, 3);
    lines.push(`#if ${condition}`, `#define ${prefix}CHOSEN 2`, "#else", `#define ${prefix}CHOSEN 3`, "#endif");
    known.sizes.push(`${prefix}CHOSEN`);
  }
  return lines;
}

function enumeration(known: Known, pick: Picker): string {
  const name = `${known.prefix}e${known.names++}`;
  const values: string[] = [];
  for (let i = 0; i <= pick.below(4); i++) {
    const enumerator = `${name}_${i}`;
    values.push(
      pick.chance(50) ? enumerator : `${enumerator} = (${constantExpression(pick, 3, known.types)}) % 100000`,
    );
  }
  const wide = pick.chance(8) ? [`${name}_wide = ${pick.one(["0x100000000", "-0x80000001L", "1ull << 40"])}`] : [];
  const last = `${name}_last = ${pick.below(6) + 1}`;
  const packed = pick.chance(15);
  known.sizes.push(`${name}_last`);
  known.types.push(`enum ${name}`);
  if (!packed && wide.length === 0) known.fields.push([`enum ${name}`, 32]);
  return `enum ${packed ? "__attribute__((packed)) " : ""}${name} { ${[...values, ...wide, last].join(", ")}${pick.chance(50) ? "," : ""} };`;
}

function typedef(known: Known, pick: Picker): string {
  const name = `${known.prefix}t${known.names++}`;
  const kind = pick.below(8);
  if (kind === 0) {
    known.aligned.push(name);
    return `typedef ${pick.one(["int", "char", "long", "short"])} ${name} __attribute__((aligned(${pick.one(["1", "2", "4", "8", "16", known.sizes.includes("2") ? "1 << 3" : "4"])})));`;
  }
  if (kind === 1) {
    known.types.push(name);
    return `typedef int ${name} __attribute__((__mode__(__${pick.one(["QI", "HI", "SI", "DI"])}__)));`;
  }
  if (kind === 2) {
    known.types.push(name);
    return `typedef ${pick.one(["int", "float", "char", "long"])} ${name} __attribute__((vector_size(${pick.one(["8", "16", "32"])})));`;
  }
  if (kind === 3) {
    known.types.push(name);
    return `typedef ${pick.one(["int", "void"])} (*${name})(${pick.one(["void", "int, char *", "const char *, ..."])});`;
  }
  if (kind === 4) {
    const text = `typedef ${pick.one(known.types.filter((type) => !type.includes("*")))} ${name}[${size(known, pick)}];`;
    known.types.push(name);
    return text;
  }
  if (kind === 5) {
    const [type, width] = pick.one(known.fields);
    known.types.push(name);
    known.fields.push([name, width]);
    return `typedef ${type} ${name};`;
  }
  if (kind === 6) {
    const text = `typedef __typeof__(${constantExpression(pick, 2, known.types)}) ${name};`;
    known.types.push(name);
    return text;
  }
  const text = `typedef struct ${attributes(known, pick)}{ ${members(known, pick, 1)} } ${name};`;
  known.types.push(name);
  return text;
}

function record(known: Known, pick: Picker): string {
  const of = pick.chance(80) ? "struct" : "union";
  const name = `${known.prefix}s${known.names++}`;
  const before = pick.chance(30) ? attributes(known, pick) : "";
  const body = members(known, pick, 2, of === "struct");
  const text = `${of} ${before}${name} { ${body} }${pick.chance(30) ? ` ${attributes(known, pick)}` : ""};`;
  // A flexible member is the last one, so that such a struct is used nowhere else.
  if (!body.includes("[];")) known.types.push(`${of} ${name}`);
  if (pick.chance(20)) return `#pragma pack(push, ${pick.one(["1", "2", "4", "8", "16"])})\n${text}\n#pragma pack(pop)`;
  if (pick.chance(5)) return `_Pragma("pack(2)") ${text} _Pragma("pack()")`;
  return text;
}

function attributes(known: Known, pick: Picker): string {
  const chosen = pick.one([
    "packed",
    "__packed__",
    `aligned(${pick.one(["1", "2", "4", "8", "16", "32"])})`,
    "packed, aligned(4)",
    "aligned",
    "unused, packed",
    "preserve_access_index",
    "",
    `__aligned__(sizeof(${pick.one(["int", "long"])}))`,
  ]);
  void known;
  return `__attribute__((${chosen})) `;
}

function members(known: Known, pick: Picker, depth: number, flexible = false): string {
  const lines: string[] = [];
  for (let i = pick.below(6); i >= 0; i--) lines.push(member(known, pick, depth));
  // A name, since a struct of nothing but unnamed members is empty for some and not for others.
  lines.push(`${pick.one(["char", "int", "short"])} m${known.names++};`);
  if (flexible && pick.chance(8))
    lines.push(`${pick.one(["char", "int", "struct { short a; int b; }"])} m${known.names++}[];`);
  return lines.join(" ");
}

function member(known: Known, pick: Picker, depth: number): string {
  const name = `m${known.names++}`;
  const kind = pick.below(100);
  if (kind < 30) return bitField(known, pick, name);
  if (kind < 45 && depth > 0) {
    const of = pick.one(["struct", "union"]);
    const body = members(known, pick, depth - 1);
    const extra = pick.chance(25) ? attributes(known, pick) : "";
    return `${pick.chance(20) ? "const " : ""}${of} ${extra}{ ${body} } ${pick.chance(50) ? "" : `${name}${pick.chance(30) ? `[${size(known, pick)}]` : ""}`};`;
  }
  if (kind < 50 && known.aligned.length > 0)
    return `${pick.one(known.aligned)} ${name}${pick.chance(30) ? " __attribute__((packed))" : ""};`;
  if (kind < 55)
    return `${known.prefix}ARRAY(${pick.one(["int", "char", "unsigned short"])}, ${name}, ${size(known, pick)});`;
  if (kind < 60)
    return `_Alignas(${pick.one(["16", "32", "long double", "0"])}) ${pick.one(["char", "int", "long"])} ${name};`;
  if (kind < 64) return `int (*${name}${pick.chance(30) ? `[${size(known, pick)}]` : ""})(int, char *);`;
  const type = pick.one(known.types);
  if (type.includes("(*)")) return `${type.replace("(*)", `(*${name})`)};`;
  const dimensions = pick.chance(30)
    ? `[${size(known, pick)}]${pick.chance(40) ? `[${size(known, pick)}]` : ""}`
    : pick.chance(4)
      ? "[0]"
      : "";
  const attribute = pick.chance(20)
    ? ` __attribute__((${pick.one(["packed", "aligned(4)", "aligned(8), packed", "aligned(2)", "packed, aligned(16)", "deprecated"])}))`
    : "";
  const second = pick.chance(15) && !type.includes("*") ? `, n${known.names++}${pick.chance(50) ? "[2]" : ""}` : "";
  return `${type} ${name}${dimensions}${attribute}${second};`;
}

function bitField(known: Known, pick: Picker, name: string): string {
  const [type, width] = pick.one(known.fields);
  const kind = pick.below(12);
  if (kind === 0) return `${type} : 0;`;
  const bits = pick.chance(25) ? `${width}` : `${pick.below(width) + 1}`;
  if (kind === 1) return `${type} : ${bits};`;
  const attribute = pick.chance(15)
    ? ` __attribute__((${pick.one(["packed", "aligned(2)", "aligned(8)", "packed, aligned(4)"])}))`
    : "";
  const second = pick.chance(20) ? `, n${known.names++} : ${pick.below(width) + 1}` : "";
  return `${type} ${name} : ${pick.chance(10) ? `(${bits})` : bits}${attribute}${second};`;
}

function size(known: Known, pick: Picker): string {
  return pick.chance(70)
    ? pick.one(known.sizes)
    : `(${constantExpression(pick, 2, known.types)}) % 4 * 0 + ${pick.below(5) + 1}`;
}
