import type { ArrayType, Bits, Bytes, Enumerator, Float, Int, Location, Member, Type, Void } from "@rbgen/btf";

/** Where the members of one struct or union stand in a table, which makes them into objects. */
export interface MemberRows {
  readonly table: {
    members(rows: MemberRows): readonly Member[];
    idAt(row: number): number;
    typeAt(row: number): Type;
  };
  readonly first: number;
  readonly count: number;
}

/**
 * A struct, union or enum of a C source. Declared first and completed in place, so that pointers made before see what
 * it became: `kind` is "fwd" until then, and stays so where the definition holds an error.
 */
export class TagNode {
  kind: "fwd" | "struct" | "union" | "enum" | "enum64" = "fwd";
  name: string;
  readonly of: "struct" | "union" | "enum";
  size: Bytes = asBytes(0);
  /** 0 until complete. */
  align: Bytes = asBytes(0);
  declare packed?: boolean;
  declare signed?: boolean;
  declare values?: readonly Enumerator[];
  declare doc?: string;
  declare tags?: readonly string[];
  declare location?: Location;
  #members: readonly Member[] | undefined = undefined;
  #rows: MemberRows | undefined = undefined;

  constructor(name: string, of: TagNode["of"]) {
    this.name = name;
    this.of = of;
  }

  /** Made when first looked at: most of a large header's never are. */
  get members(): readonly Member[] | undefined {
    const rows = this.#rows;
    if (rows !== undefined) this.#members ??= rows.table.members(rows);
    return this.#members;
  }

  /** The members as they stand in the table of this source. */
  get rows(): MemberRows | undefined {
    return this.#rows;
  }

  set members(members: readonly Member[]) {
    this.#members = members;
    this.#rows = undefined;
  }

  /** Gives the members as rows. */
  lay(rows: MemberRows): void {
    this.#rows = rows;
  }
}

/** What the front-end knows of an array beyond the type graph. */
export interface CArray extends ArrayType {
  readonly count: number;
  /** Declared `[]`: incomplete, unlike `[0]`. */
  readonly unsized?: boolean;
  /** Alignment of a vector, which is more than its element's. */
  readonly align?: Bytes;
}

/** A node while it is being made. */
export type Mutable<Node> = { -readonly [Key in keyof Node]: Node[Key] };

/** A node of the front-end as one of the type graph. */
export function asType(node: TagNode): Type {
  return node as Type;
}

/** The tag behind a struct, union or enum of ours; undefined for any other type. */
export function tagOf(type: Type): TagNode | undefined {
  switch (type.kind) {
    case "fwd":
    case "struct":
    case "union":
    case "enum":
    case "enum64":
      return type as TagNode;
    default:
      return undefined;
  }
}

function int(name: string, size: number, signed: boolean): Int {
  return { kind: "int", name, size: size as Bytes, signed, char: name === "char", bool: name === "_Bool" };
}

function float(name: string, size: number): Float {
  return { kind: "float", name, size: size as Bytes };
}

/** The basic types of the BPF target (LP64; plain `char` is signed, `long double` is a double). */
export const basic: {
  readonly void: Void;
  readonly bool: Int;
  readonly char: Int;
  readonly schar: Int;
  readonly uchar: Int;
  readonly short: Int;
  readonly ushort: Int;
  readonly int: Int;
  readonly uint: Int;
  readonly long: Int;
  readonly ulong: Int;
  readonly llong: Int;
  readonly ullong: Int;
  readonly int128: Int;
  readonly uint128: Int;
  readonly half: Float;
  readonly float: Float;
  readonly double: Float;
  readonly ldouble: Float;
} = {
  void: { kind: "void" },
  bool: int("_Bool", 1, false),
  char: int("char", 1, true),
  schar: int("signed char", 1, true),
  uchar: int("unsigned char", 1, false),
  short: int("short", 2, true),
  ushort: int("unsigned short", 2, false),
  int: int("int", 4, true),
  uint: int("unsigned int", 4, false),
  long: int("long", 8, true),
  ulong: int("unsigned long", 8, false),
  llong: int("long long", 8, true),
  ullong: int("unsigned long long", 8, false),
  int128: int("__int128", 16, true),
  uint128: int("unsigned __int128", 16, false),
  half: float("__fp16", 2),
  float: float("float", 4),
  double: float("double", 8),
  ldouble: float("long double", 8),
};

/** What a typedef or a qualifier stands on; undefined for every other type. */
function underlying(type: Type): Type | undefined {
  switch (type.kind) {
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
      return type.target;
    default:
      return undefined;
  }
}

/** `type` without typedefs and qualifiers. */
export function stripped(type: Type): Type {
  let bare = type;
  for (let inner = underlying(bare); inner !== undefined; inner = underlying(bare)) bare = inner;
  return bare;
}

/** What a typedef, a qualifier or an array stands on; undefined for every other type. */
export function innerOf(type: Type): Type | undefined {
  return type.kind === "array" ? type.element : underlying(type);
}

/** Bytes as the type graph marks them. */
export const asBytes = (count: number): Bytes => count as Bytes;
/** Bits as the type graph marks them. */
export const asBits = (count: number): Bits => count as Bits;
