import { alignOf, type Member, type NamedType, resolve, type Struct, type Type, type Union } from "@rbgen/btf";

const deepest = 40;

/**
 * How a type of the C front-end differs from clang's BTF for the same source: kinds, sizes, members with their names,
 * types, bit offsets and widths, enumerators. Named structs, unions and enums inside are compared by name and size only;
 * they have their own turn.
 */
export function differences(ours: Type, theirs: Type, chains: "chains" | "no chains" = "chains"): string[] {
  const found: string[] = [];
  withChains = chains === "chains";
  compare(ours, theirs, "", found, 0, true);
  return found;
}

/** Whether typedefs of typedefs are compared name by name, or only the first name and what is behind the last. */
let withChains = true;

function compare(ours: Type, theirs: Type, path: string, found: string[], depth: number, open: boolean): void {
  if (depth > deepest || found.length > 10) return;
  const [a, qualifiersA] = unqualified(ours);
  const [b, qualifiersB] = unqualified(theirs);
  const say = (what: string, own: unknown, other: unknown): void => {
    if (own !== other) found.push(`${path || "the type"}: ${what} is ${String(own)} here, ${String(other)} with clang`);
  };
  // clang leaves the qualifiers of an anonymous member out of its debug information.
  const anonymous = path.endsWith(".") && (a.kind === "struct" || a.kind === "union");
  if (!anonymous) say("qualifiers", qualifiersA, qualifiersB);
  // clang 14 has no enum64 in its BTF.
  const kindA = a.kind === "enum64" ? "enum" : a.kind;
  const kindB = b.kind === "enum64" ? "enum" : b.kind;
  if (kindA !== kindB) {
    // A pointer to a struct that nothing needs whole is only declared in BTF.
    if (depth > 0 && !open && (kindB === "fwd" || kindA === "fwd")) return;
    found.push(`${path || "the type"}: a ${kindA} here, a ${kindB} with clang`);
    return;
  }
  switch (a.kind) {
    case "int":
      if (b.kind !== "int") return;
      if (withChains) say("name", integerName(a.name), integerName(b.name));
      say("size", a.size, b.size);
      // The kernel is compiled with unsigned char, BPF programs with a signed one.
      if (!a.char || !b.char) say("sign", a.signed, b.signed);
      return;
    case "float":
      if (b.kind === "float") say("size", a.size, b.size);
      return;
    case "ptr":
      if (b.kind === "ptr") compare(a.target, b.target, `${path}*`, found, depth + 1, false);
      return;
    case "array":
      if (b.kind !== "array") return;
      say("count", a.count, b.count);
      compare(plainElement(a.element), plainElement(b.element), `${path}[]`, found, depth + 1, open);
      return;
    case "typedef":
      if (b.kind !== "typedef") return;
      say("typedef", a.name, b.name);
      if (withChains) compare(a.target, b.target, path, found, depth + 1, open);
      else compare(resolve(a), resolve(b), path, found, depth + 1, open);
      return;
    case "enum":
    case "enum64":
      if (b.kind !== "enum" && b.kind !== "enum64") return;
      say("enum", a.name, b.name);
      say("size", a.size, b.size);
      if (depth === 0 || a.name === "") {
        const low = (value: bigint): bigint => BigInt.asUintN(32, value);
        say(
          "enumerators",
          a.values.map(({ name, value }) => `${name}=${low(value)}`).join(),
          b.values.map(({ name, value }) => `${name}=${low(value)}`).join(),
        );
      }
      return;
    case "struct":
    case "union":
      if (b.kind !== "struct" && b.kind !== "union") return;
      say("name", a.name, b.name);
      say("size", a.size, b.size);
      if (depth === 0 || a.name === "" || path === "") members(a, b, path, found, depth);
      return;
    case "func_proto":
      if (b.kind !== "func_proto") return;
      say("parameters", a.params.length, b.params.length);
      compare(a.result, b.result, `${path}()`, found, depth + 1, false);
      a.params.forEach((param, i) => {
        const other = b.params[i];
        if (other !== undefined) compare(param.type, other.type, `${path}(${i})`, found, depth + 1, false);
      });
      return;
    default:
      return;
  }
}

function members(a: Struct | Union, b: Struct | Union, path: string, found: string[], depth: number): void {
  // Compilers leave unnamed bit-fields out of debug information.
  const own = a.members.filter((member) => member.name !== "" || member.bitSize === undefined);
  if (own.length !== b.members.length) {
    found.push(
      `${path || "the type"}: members ${own.map(({ name }) => name).join()} here, ${b.members.map(({ name }) => name).join()} with clang`,
    );
    return;
  }
  own.forEach((member, i) => {
    const other = b.members[i]!;
    const at = `${path}.${member.name}`;
    if (place(member) !== place(other)) found.push(`${at}: ${place(member)} here, ${place(other)} with clang`);
    compare(member.type, other.type, at, found, depth + 1, true);
  });
}

/** An element without the qualifiers that its array was compared by. */
function plainElement(type: Type): Type {
  return type.kind === "const" || type.kind === "volatile" ? plainElement(type.target) : type;
}

/** Compilers write `long unsigned int` or `unsigned long`. */
function integerName(name: string): string {
  if (name === "signed char") return name;
  const words = name.split(" ").filter((word) => word !== "int" && word !== "signed");
  return words.sort().join(" ");
}

function place(member: Member): string {
  return `${member.name} @${member.bitOffset}${member.bitSize === undefined ? "" : `:${member.bitSize}`}`;
}

/** A const array is an array of const (C11 6.7.3): compilers write either. */
function unqualified(type: Type): readonly [Type, string] {
  const qualifiers = new Set<string>();
  let at = type;
  while (at.kind === "const" || at.kind === "volatile" || at.kind === "restrict" || at.kind === "type_tag") {
    if (at.kind !== "type_tag") qualifiers.add(at.kind);
    at = at.target;
  }
  let element: Type = at;
  while (element.kind === "array") {
    element = element.element;
    for (; element.kind === "const" || element.kind === "volatile"; element = element.target)
      qualifiers.add(element.kind);
  }
  return [at, [...qualifiers].sort().join(" ")];
}

/** C that makes clang put each type into BTF, and hold it against the sizes and alignments that the front-end found. */
export function anchors(types: readonly NamedType[]): string {
  return types
    .map((type, i) => {
      const name =
        type.kind === "typedef"
          ? type.name
          : type.kind === "enum64"
            ? `enum ${type.name}`
            : `${type.kind} ${type.name}`;
      // By value inside of a struct that a variable points to: a plain pointer may leave only a declaration.
      const lines = [
        isObject(type)
          ? `struct rbgen_anchor_${i} { ${name} member; } *rbgen_anchor_${i};`
          : `${name} *rbgen_anchor_${i};`,
      ];
      if (type.kind === "struct" || type.kind === "union" || type.kind === "enum" || type.kind === "enum64") {
        lines.push(`_Static_assert(sizeof(${name}) == ${type.size}, "size of ${name}");`);
        lines.push(
          `_Static_assert(_Alignof(${name}) == ${type.kind === "enum" || type.kind === "enum64" ? type.size : alignOf(type)}, "alignment of ${name}");`,
        );
      }
      return lines.join("\n");
    })
    .join("\n");
}

/** Whether a variable can have the type: not a function, not void, not only declared. */
function isObject(type: Type): boolean {
  const { kind } = resolve(type);
  return kind !== "void" && kind !== "func_proto" && kind !== "fwd";
}
