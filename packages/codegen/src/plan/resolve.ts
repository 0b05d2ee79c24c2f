import { byteOrderOfName, type Endian, type Location, type NamedType, type Type } from "@rbgen/btf";

/** No C type nests deeper; only a damaged graph does. */
const maxDepth = 64;

/** A graph that cannot be laid out; `generate` turns it into a diagnostic. */
export class ShapeError extends Error {
  readonly hint: string | undefined;
  /** The innermost declaration that it is about, where the source told its place. */
  location: Location | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Where a source declares `type`; integers have no place. */
export function locationOf(type: NamedType): Location | undefined {
  return "location" in type ? type.location : undefined;
}

/** What `work` gives; a fault in it is one of the declaration at `location`, unless it is of one inside that. */
export function locating<T>(location: Location | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ShapeError) error.location ??= location;
    throw error;
  }
}

/** A type without typedefs, qualifiers and tags, and what was learnt on the way. */
export interface Resolved {
  readonly type: Type;
  /** Outermost typedef first. */
  readonly typedefs: readonly string[];
  /** Byte order that a typedef's name gives: `__be32`, `__le16`. */
  readonly endian: Endian | undefined;
}

/** Strips typedefs, qualifiers and type tags. */
export function resolve(type: Type): Resolved {
  const typedefs: string[] = [];
  let endian: Endian | undefined;
  let at = type;
  for (let depth = 0; depth < maxDepth; depth++) {
    switch (at.kind) {
      case "typedef": {
        typedefs.push(at.name);
        endian ??= byteOrderOfName(at.name);
        at = at.target;
        break;
      }
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return { type: at, typedefs, endian };
    }
  }
  throw new ShapeError(`more than ${maxDepth} typedefs and qualifiers lie on one type`);
}

/** `sizeof`, in bytes. */
export function sizeOf(type: Type, pointerSize: 4 | 8): number {
  let count = 1;
  let at = resolve(type).type;
  for (let depth = 0; at.kind === "array"; depth++) {
    if (depth > maxDepth) throw new ShapeError("the array has too many dimensions");
    count *= at.count;
    at = resolve(at.element).type;
  }
  switch (at.kind) {
    case "int":
    case "float":
    case "struct":
    case "union":
    case "enum":
    case "enum64":
      return count * at.size;
    case "ptr":
      return count * pointerSize;
    case "void":
    case "func_proto":
    case "func":
      throw new ShapeError("a value of type void or function has no bytes");
    case "fwd":
      throw new ShapeError(
        `${at.of} ${at.name} is declared and not defined`,
        "include the header that defines it, or hold a pointer to it",
      );
    default:
      throw new ShapeError(`a ${at.kind} is not the type of a value`);
  }
}

function suffixed(type: Type, inner: string, depth: number): string {
  if (depth > maxDepth) return `… ${inner}`;
  switch (type.kind) {
    case "array": {
      const declarator = inner.startsWith("*") ? `(${inner})` : inner;
      return suffixed(type.element, `${declarator}[${type.count === 0 ? "" : type.count}]`, depth + 1);
    }
    case "ptr": {
      return suffixed(type.target, `*${inner}`, depth + 1);
    }
    case "func_proto": {
      const params = type.params.map((param) => (param.type.kind === "void" ? "..." : cText(param.type)));
      const declarator = inner.startsWith("*") ? `(${inner})` : inner;
      return suffixed(type.result, `${declarator}(${params.length === 0 ? "void" : params.join(", ")})`, depth + 1);
    }
    case "const":
    case "volatile":
    case "restrict": {
      const word = type.kind;
      const target = resolve(type.target).type;
      if (type.target.kind === "ptr") return suffixed(type.target.target, `*${word} ${inner}`.trimEnd(), depth + 1);
      if (target.kind === "array" && type.target.kind === "array") return suffixed(type.target, inner, depth + 1);
      return `${word} ${suffixed(type.target, inner, depth + 1)}`;
    }
    case "type_tag":
      return suffixed(type.target, inner, depth + 1);
    default: {
      const base = baseText(type);
      return inner === "" ? base : `${base} ${inner}`;
    }
  }
}

function baseText(type: Type): string {
  switch (type.kind) {
    case "void":
      return "void";
    case "struct":
    case "union":
      return type.name === "" ? `${type.kind} {…}` : `${type.kind} ${type.name}`;
    case "enum":
    case "enum64":
      return type.name === "" ? "enum {…}" : `enum ${type.name}`;
    case "fwd":
      return `${type.of} ${type.name}`;
    case "int":
    case "float":
    case "typedef":
      return type.name;
    default:
      return type.kind;
  }
}

/** A declaration of `name` with `type`, as C would write it on one line: `char comm[16]`; the type alone without a name. */
export function cText(type: Type, name = ""): string {
  return suffixed(type, name, 0);
}
