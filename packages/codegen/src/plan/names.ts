/** `camel`: camelCase members and PascalCase types; `preserve`: C's own names. */
export type NameCase = "camel" | "preserve";

declare const identified: unique symbol;

/** A TypeScript identifier: what C, or hostile BTF, called something is none until this module has made it one. */
export type Name = string & { readonly [identified]: true };

/** All names that one record or contained type may need, settled together so that none of them clashes later. */
export interface TypeNames {
  readonly type: Name;
  /** Type of what is encoded. */
  readonly input: Name;
  readonly codec: Name;
  readonly decode: Name;
  readonly encode: Name;
  readonly read: Name;
  readonly write: Name;
  readonly view: Name;
  readonly writer: Name;
  readonly layout: Name;
  /** Function that gives a variable record's length. */
  readonly length: Name;
  /** Classes behind the view's and the writer's type. */
  readonly viewClass: Name;
  readonly writerClass: Name;
  /** Type of a batch of records in columns, what the columns are, and the function that fills a row of them. */
  readonly columns: Name;
  readonly schema: Name;
  readonly fill: Name;
}

// Keywords, and what the names of types cannot be. Words that only mean something where they stand (`type`, `get`, `of`) are
// names like others.
const reservedWords = `break case catch class const continue debugger default delete do else enum export extends false
finally for function if import in instanceof new null return super switch this throw true try typeof var void while with
implements interface let package private protected public static yield await as any bigint boolean never
number object string symbol undefined unknown arguments eval keyof unique readonly infer asserts intrinsic`;

// Globals that generated code stands on, or that a reader of it expects to mean what they always mean.
const globals = `Array ArrayBuffer ArrayLike AsyncIterable Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
Error Exclude Extract Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Iterable Iterator JSON Map Math NaN
NonNullable Number Object Omit Parameters Partial Pick Promise Proxy RangeError Readonly ReadonlyArray Record Reflect RegExp
Required ReturnType Set SharedArrayBuffer String Symbol SyntaxError TextDecoder TextEncoder TypeError Uint16Array
Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet globalThis process console module require exports`;

/**
 * Members that every object inherits, so that one that was left out would be read as a function, or that a literal or a
 * class cannot have, and `toJSON`, by which JSON is made of a view. No codec is called so, either: the writer of a ring has one of that name for each of its records.
 */
const reservedMembers: ReadonlySet<string> = new Set(
  `__proto__ constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf toJSON
__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__`.split(/\s+/),
);

/**
 * Parameters and locals that generated functions have wherever they need them; no other local is called so. Declarations
 * of a file may be: no function refers to a codec or a constant, the only ones whose names could be these.
 */
export const fixedLocals: readonly string[] =
  "bytes view offset byteLength value length count index error end target kind result i".split(" ");

/** Names that no declaration of a generated file takes, whatever it imports. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...`${reservedWords} ${globals}`.split(/\s+/),
  ...reservedMembers,
]);

/**
 * The words of a C name: `ts_ns` → ts, ns; one that is all capitals is a word like others: `EVENT_TYPE` → Event, Type. A name
 * made of underscores alone has none.
 */
function wordsOf(name: string): string[] {
  return name
    .split(/[^\p{ID_Continue}$]+|_+/u)
    .filter((word) => word !== "")
    .map((word) => (/^[A-Z][A-Z\d]+$/.test(word) ? upperFirst(word.toLowerCase()) : word));
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function lowerFirst(word: string): string {
  // `TCPEvent` → tcpEvent, `IPv4` → ipv4 would lose letters' case inside a word: only a leading run of capitals is lowered.
  const run = /^[A-Z]+(?![a-z])|^[A-Z]/.exec(word)?.[0];
  return run === undefined ? word : run.toLowerCase() + word.slice(run.length);
}

/**
 * A character that no identifier has. Beyond the scripts here it would depend on the Unicode of whoever reads the file, or
 * generates it.
 */
const foreign = /[^\p{ID_Continue}$]|[^\0-\u07ff\u3041-\u30ff\u3400-\u4db5\u4e00-\u9fa5\uac00-\ud7a3]/gu;

/** A text that is a TypeScript identifier: whatever C, or hostile BTF, called it. */
export function identifier(name: string): Name {
  const safe = name.replace(foreign, "_");
  return (/^[\p{ID_Start}_$]/u.test(safe) ? safe : `_${safe}`) as Name;
}

/** `named` in the chosen case, as a type's name. */
export function typeName(name: string, nameCase: NameCase): Name {
  if (nameCase === "preserve") return identifier(name);
  const words = wordsOf(name).map((word, index) => (index > 0 && /^\d/.test(word) ? `_${word}` : upperFirst(word)));
  return identifier(words.length === 0 ? name : words.join(""));
}

/** `named` in the chosen case, as a member's name. */
export function memberName(name: string, nameCase: NameCase): Name {
  if (nameCase === "preserve") return identifier(name);
  const [first, ...rest] = wordsOf(name);
  if (first === undefined) return identifier(name);
  return identifier(
    lowerFirst(first) + rest.map((word) => (/^\d/.test(word) ? `_${word}` : upperFirst(word))).join(""),
  );
}

/** A word of ours: its type is one of some literals, which no text of an input is. A type that stands for any text has no keys. */
export type Word<Text> = Text extends string ? (Record<never, never> extends Record<Text, 1> ? never : Text) : never;

type NamePart<Given> = Given extends Name | number ? Given : Word<Given>;

/** A name made of other names, words of ours and numbers, before it is taken from a scope. */
export function named<const All extends readonly (string | number)[]>(
  strings: TemplateStringsArray,
  ...parts: { readonly [Index in keyof All]: NamePart<All[Index]> }
): Name {
  return String.raw({ raw: strings }, ...parts) as Name;
}

function familyOf(base: Name, nameCase: NameCase): TypeNames {
  if (nameCase === "preserve") {
    return {
      type: base,
      input: named`${base}_input`,
      codec: base,
      decode: named`decode_${base}`,
      encode: named`encode_${base}`,
      read: named`read_${base}`,
      write: named`write_${base}`,
      view: named`${base}_view`,
      writer: named`${base}_writer`,
      layout: named`${base}_layout`,
      length: named`${base}_length`,
      viewClass: named`${base}_view_class`,
      writerClass: named`${base}_writer_class`,
      columns: named`${base}_columns`,
      schema: named`${base}_schema`,
      fill: named`fill_${base}`,
    };
  }
  const codec = lowerFirst(base) as Name;
  return {
    type: base,
    input: named`${base}Input`,
    codec,
    decode: named`decode${base}`,
    encode: named`encode${base}`,
    read: named`read${base}`,
    write: named`write${base}`,
    view: named`${base}View`,
    writer: named`${base}Writer`,
    layout: named`${codec}Layout`,
    length: named`${codec}Length`,
    viewClass: named`${base}ViewClass`,
    writerClass: named`${base}WriterClass`,
    columns: named`${base}Columns`,
    schema: named`${codec}Schema`,
    fill: named`fill${base}`,
  };
}

/** The method of a view that copies the bytes of the member `named`. */
export function copyName(name: Name): Name {
  return `copy${upperFirst(name)}To` as Name;
}

/**
 * Names of one scope, handed out in the order of the declarations. One rule: a name that is reserved or taken gets a
 * `_` at its end, and another, until it is free.
 */
export class Scope {
  readonly #taken: Set<string>;
  /** Names that scopes inside of this one have: the same in several of them, and none of this one. */
  readonly #inside = new Set<string>();
  readonly #around: Scope | undefined;

  constructor(reserved: Iterable<string> = [], around?: Scope) {
    this.#taken = new Set(reserved);
    this.#around = around;
  }

  /** A scope inside of this one, such as a function's. */
  inner(reserved: Iterable<string> = []): Scope {
    return new Scope(reserved, this);
  }

  #isTaken(name: string): boolean {
    if (this.#taken.has(name) || this.#inside.has(name)) return true;
    const around = this.#around;
    return around === undefined ? false : around.#taken.has(name);
  }

  take(wanted: Name): Name {
    let free = wanted;
    while (this.#isTaken(free)) free = named`${free}_`;
    this.#taken.add(free);
    if (this.#around !== undefined) this.#around.#inside.add(free);
    return free;
  }

  /** A member's name under which the method that copies its bytes, `copyXTo`, has a free name too. */
  takeCopied(wanted: Name): Name {
    let free = wanted;
    while (this.#isTaken(free) || this.#isTaken(copyName(free))) free = named`${free}_`;
    this.#taken.add(free).add(copyName(free));
    return free;
  }

  /** All names of one type together: the first base under which none of them clashes. */
  takeFamily(cName: string, nameCase: NameCase): TypeNames {
    let base = typeName(cName, nameCase);
    for (;;) {
      const family = familyOf(base, nameCase);
      const names = new Set<Name>(Object.values(family));
      if ([...names].every((name) => !this.#isTaken(name))) {
        for (const name of names) this.#taken.add(name);
        return family;
      }
      base = named`${base}_`;
    }
  }
}

/** A scope for the members of one type. */
export function memberScope(): Scope {
  return new Scope(reservedMembers);
}
