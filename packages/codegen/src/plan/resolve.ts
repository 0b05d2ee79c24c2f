import {
  BtfError,
  type Endian,
  formatType,
  type Location,
  type NamedType,
  sizeOf as sizeOfType,
  strip,
  type Type,
} from "@rbgen/btf";

/** No C type nests deeper; only a damaged graph does. */
const maxDepth = 64;

/** A graph that cannot be laid out; `generate` turns it into a diagnostic. */
export class ShapeError extends Error {
  readonly hint: string | undefined;
  /** The innermost declaration that it is about, where the source told its place. */
  location: Location | undefined;
  /** The same declaration by its C name: "struct", "struct.member". */
  about: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Where a source declares `type`; integers have no place. */
export function locationOf(type: NamedType): Location | undefined {
  return "location" in type ? type.location : undefined;
}

/** What `work` gives; a fault in it is one of the declaration at `location`, called `about`, unless it is of one inside that. */
export function locating<T>(location: Location | undefined, work: () => T, about?: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ShapeError) {
      error.location ??= location;
      error.about ??= about;
    }
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
  const { type: bare, typedefs, endian } = shaped(() => strip(type));
  return { type: bare, typedefs: typedefs.map(({ name }) => name), endian };
}

/**
 * `sizeof`, in bytes.
 * @throws ShapeError for what has none.
 */
export function sizeOf(type: Type): number {
  try {
    return sizeOfType(type);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw sizeless(type, error);
  }
}

/** Why a type has no size, as a user would say it. */
function sizeless(type: Type, error: BtfError): ShapeError {
  let at = resolve(type).type;
  for (let depth = 0; at.kind === "array"; depth++) {
    if (depth > maxDepth) return new ShapeError("the array has too many dimensions");
    at = resolve(at.element).type;
  }
  switch (at.kind) {
    case "void":
    case "func_proto":
    case "func":
      return new ShapeError("a value of type void or function has no bytes");
    case "fwd":
      return new ShapeError(
        `${at.of} ${at.name} is declared and not defined`,
        "include the header that defines it, or hold a pointer to it",
      );
    default:
      return new ShapeError(error.code === "size" ? error.message : `a ${at.kind} is not the type of a value`);
  }
}

/**
 * A declaration of `name` with `type`, as C would write it on one line: `char comm[16]`; the type alone without a name.
 * @throws ShapeError for a type that no C could spell.
 */
export function cText(type: Type, name = ""): string {
  return shaped(() => formatType(type, name));
}

/** What `work` gives; what the type graph refuses is a fault of the shape. */
function shaped<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BtfError) throw new ShapeError(error.message);
    throw error;
  }
}

export function isComposite(type: Type): boolean {
  const { kind } = resolve(type).type;
  return kind === "struct" || kind === "union";
}

export function isEnum(type: Type): boolean {
  const { kind } = resolve(type).type;
  return kind === "enum" || kind === "enum64";
}
