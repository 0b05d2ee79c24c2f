import { didYouMean, type Endian, type NamedType, type Type } from "@rbgen/btf";
import type { Int64Policy } from "./model.ts";
import { identifier } from "./names.ts";
import { ShapeError } from "./resolve.ts";

/** How a length member counts: array elements, bytes of the array, bytes from the struct's start, or items of a list. */
export type LengthUnit = "elements" | "bytes" | "total" | "items";

/** How people write a number or bytes. */
export type Format = (typeof formats)[number];

const formats = ["ipv4", "ipv6", "mac", "uuid", "dev", "errno"] as const;

/** One parsed annotation; see docs/annotations.md for what each means and where it may stand. */
export type Annotation =
  | { readonly kind: "record"; readonly map?: string }
  | { readonly kind: "bytes" }
  | { readonly kind: "string" }
  | { readonly kind: "strings" }
  | { readonly kind: "int64"; readonly policy: Int64Policy }
  | { readonly kind: "endian"; readonly order: Endian }
  | { readonly kind: "enum"; readonly name: string }
  | { readonly kind: "flags"; readonly name?: string }
  | { readonly kind: "bool" }
  | { readonly kind: "format"; readonly format: Format }
  | { readonly kind: "signed" }
  | { readonly kind: "unsigned" }
  | { readonly kind: "skip" }
  | { readonly kind: "name"; readonly name: string }
  | {
      readonly kind: "length";
      readonly member: string;
      readonly unit: LengthUnit;
      /** The member from which a total counts; from the struct's start without one. */
      readonly from?: string;
      readonly clamp?: true;
      /** Compilers are told it by `counted_by`, which may stand where it says nothing of records. */
      readonly compilers?: true;
    }
  | { readonly kind: "lengths"; readonly member: string; readonly clamp?: true }
  | { readonly kind: "after"; readonly member: string; readonly align: number }
  | { readonly kind: "present"; readonly text: string }
  | { readonly kind: "truncated" }
  | { readonly kind: "tag"; readonly path?: string }
  | { readonly kind: "variant"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly items: readonly string[]; readonly align: number }
  | {
      readonly kind: "dataloc";
      readonly length?: string;
      readonly from?: string;
      readonly text: boolean;
      readonly relative?: true;
    };

export type AnnotationKind = Annotation["kind"];

const prefix = "rbgen:";

/** Where annotations may stand, for the message about one that stands elsewhere. */
const onTypes: ReadonlySet<AnnotationKind> = new Set(["record", "variant", "tag", "int64"]);
const onMembers: ReadonlySet<AnnotationKind> = new Set([
  "bytes",
  "string",
  "strings",
  "int64",
  "endian",
  "enum",
  "flags",
  "bool",
  "format",
  "signed",
  "unsigned",
  "skip",
  "name",
  "length",
  "lengths",
  "after",
  "present",
  "truncated",
  "tag",
  "variant",
  "list",
  "dataloc",
]);

const vocabulary: readonly string[] = [
  ...[...new Set([...onTypes, ...onMembers])].filter((kind) => kind !== "format"),
  ...formats,
  "ktime",
  "relloc",
];

/** An annotation that cannot be understood; `generate` turns it into a diagnostic. */
export class AnnotationError extends ShapeError {}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new AnnotationError(`the annotation ${name} needs a value: ${name}=…`);
  return value;
}

function bare(name: string, value: string | undefined): void {
  if (value !== undefined) throw new AnnotationError(`the annotation ${name} takes no value`);
}

/** The bytes that `align=BYTES` says, one where it is left out; undefined of anything else. */
function alignOf(option: string | undefined): number | undefined {
  const align = option === undefined ? 1 : Number(/^align=(\d+)$/.exec(option)?.[1]);
  return Number.isSafeInteger(align) && align > 0 ? align : undefined;
}

function parseOne(text: string): Annotation {
  const at = text.indexOf("=");
  const name = (at < 0 ? text : text.slice(0, at)).trim();
  const value = at < 0 ? undefined : text.slice(at + 1).trim();
  const parts = (value ?? "").split(",").map((part) => part.trim());
  switch (name) {
    case "record":
      return value === undefined || value === "" ? { kind: "record" } : { kind: "record", map: value };
    case "bytes":
    case "string":
    case "strings":
    case "bool":
    case "signed":
    case "unsigned":
    case "skip":
    case "truncated":
      bare(name, value);
      return { kind: name };
    case "int64": {
      const policy = required(name, value);
      if (policy === "bigint" || policy === "number" || policy === "ktime") return { kind: "int64", policy };
      throw new AnnotationError(`int64 is bigint, number or ktime, not ${policy}`);
    }
    case "endian": {
      const order = required(name, value);
      if (order === "big" || order === "little") return { kind: "endian", order };
      throw new AnnotationError(`endian is big or little, not ${order}`);
    }
    case "enum":
      return { kind: name, name: required(name, value).replace(/^enum\s+/, "") };
    case "flags":
      return value === undefined || value === "" ? { kind: name } : { kind: name, name: value.replace(/^enum\s+/, "") };
    case "ktime":
      bare(name, value);
      return { kind: "int64", policy: "ktime" };
    case "ipv4":
    case "ipv6":
    case "mac":
    case "uuid":
    case "dev":
    case "errno":
      bare(name, value);
      return { kind: "format", format: name };
    case "name": {
      const wanted = required(name, value);
      if (identifier(wanted) === wanted) return { kind: "name", name: wanted };
      throw new AnnotationError(`name=${wanted} is no identifier`);
    }
    case "length": {
      const [member = "", ...options] = parts;
      required(name, member);
      const clamp = options.includes("clamp");
      const [whole = "elements", ...rest] = options.filter((option) => option !== "clamp");
      const twice = options.indexOf("clamp") !== options.lastIndexOf("clamp");
      const [, unit, from] = /^(elements|bytes|items|total)(?:(?<=total)\s*=\s*([\w.]+))?$/.exec(whole) ?? [];
      if (twice || rest.length > 0 || unit === undefined) {
        throw new AnnotationError(
          `length=${value} is not length=MEMBER, optionally with ,elements or ,bytes or ,total[=MEMBER] or ,items, and ,clamp`,
        );
      }
      return {
        kind: "length",
        member,
        unit: unit as LengthUnit,
        ...(from === undefined ? {} : { from }),
        ...(clamp ? { clamp } : {}),
      };
    }
    case "counted_by":
      return { kind: "length", member: required(name, value), unit: "elements", compilers: true };
    case "lengths": {
      const [member = "", option] = parts;
      required(name, member);
      if (parts.length > 2 || (option !== undefined && option !== "clamp")) {
        throw new AnnotationError(`lengths=${value} is not lengths=MEMBER, optionally with ,clamp`);
      }
      return { kind: "lengths", member, ...(option === undefined ? {} : { clamp: true }) };
    }
    case "after": {
      const [member = "", option] = parts;
      required(name, member);
      const align = alignOf(option);
      if (parts.length > 2 || align === undefined) {
        throw new AnnotationError(`after=${value} is not after=MEMBER, optionally with ,align=BYTES`);
      }
      return { kind: "after", member, align };
    }
    case "present":
      return { kind: "present", text: required(name, value) };
    case "tag":
      return value === undefined || value === "" ? { kind: "tag" } : { kind: "tag", path: value };
    case "variant":
      required(name, value);
      return { kind: "variant", values: parts };
    case "list": {
      const [item = "", option] = parts;
      required(name, item);
      const items = item.split("|").map((each) => each.trim().replace(/^struct\s+/, ""));
      const align = alignOf(option);
      if (parts.length > 2 || align === undefined || items.includes("")) {
        throw new AnnotationError(
          `list=${value} is not list=STRUCT or list=STRUCT|STRUCT, optionally with ,align=BYTES`,
        );
      }
      return { kind: "list", items, align };
    }
    case "relloc":
      if (value === undefined) return { kind: "dataloc", text: false, relative: true };
      if (value === "string") return { kind: "dataloc", text: true, relative: true };
      throw new AnnotationError(`relloc=${value} is not relloc[=string]`);
    case "dataloc": {
      let length: string | undefined;
      let from: string | undefined;
      let text_ = false;
      // A length member called `string` can be named where the word stands twice: alone it is what the bytes are.
      const named = parts.filter((part) => part === "string").length > 1;
      for (const part of value === undefined ? [] : parts) {
        if (part === "string" && !(named && length === undefined)) text_ = true;
        else if (part.startsWith("from=")) from = part.slice(5);
        else if (length === undefined && part !== "" && !part.includes("=")) length = part;
        else throw new AnnotationError(`dataloc=${value} is not dataloc[=LENGTH_MEMBER][,from=MEMBER][,string]`);
      }
      return {
        kind: "dataloc",
        ...(length === undefined ? {} : { length }),
        ...(from === undefined ? {} : { from }),
        text: text_,
      };
    }
    default: {
      const meant = didYouMean(name, vocabulary);
      const known = `known are: ${vocabulary.join(", ")}`;
      throw new AnnotationError(
        `${name || "(nothing)"} is no annotation`,
        meant === undefined ? known : `${meant}\n${known}`,
      );
    }
  }
}

/** The annotations in tag strings: those that begin with `rbgen:`, several in one separated by `;`. */
export function parseAnnotations(tags: readonly string[]): Annotation[] {
  return tags
    .filter((tag) => tag.startsWith(prefix))
    .flatMap((tag) => tag.slice(prefix.length).split(";"))
    .filter((text) => text.trim() !== "")
    .map(parseOne);
}

/** Annotations of the configuration, where the prefix may be left out. */
function parseConfigured(key: string, texts: readonly string[]): Annotation[] {
  try {
    return parseAnnotations(texts.map((text) => (text.startsWith(prefix) ? text : prefix + text)));
  } catch (error) {
    if (!(error instanceof AnnotationError)) throw error;
    // It is shown at the declaration, where it does not stand.
    throw new AnnotationError(`${error.message} (annotations["${key}"] of the configuration)`, error.hint);
  }
}

/** All annotations of a run by declaration, with those of the configuration in place of the source's of the same kind. */
export class Annotations {
  readonly #configured: Readonly<Record<string, readonly string[]>>;
  readonly #used = new Set<string>();
  /** Every declaration that asked. */
  readonly #keys = new Set<string>();

  constructor(configured: Readonly<Record<string, readonly string[]>> = {}) {
    this.#configured = configured;
  }

  #merge(key: string, tags: readonly string[], allowed: ReadonlySet<AnnotationKind>, where: string): Annotation[] {
    this.#keys.add(key);
    const own = Object.hasOwn(this.#configured, key) ? this.#configured[key] : undefined;
    if (own !== undefined) this.#used.add(key);
    const winning = own === undefined ? [] : parseConfigured(key, own);
    const kinds = new Set(winning.map((annotation) => annotation.kind));
    const all = [...winning, ...parseAnnotations(tags).filter((annotation) => !kinds.has(annotation.kind))];
    for (const annotation of all) {
      if (!allowed.has(annotation.kind)) {
        throw new AnnotationError(`the annotation ${nameOf(annotation)} does not go on ${where} (${key})`);
      }
      const other = all.find(({ kind }) => kind === annotation.kind);
      if (JSON.stringify(other) !== JSON.stringify(annotation)) {
        throw new AnnotationError(
          `${key} is told ${nameOf(annotation)} twice, differently, and only one can be meant`,
          "the configuration has the last word: what it says of a declaration stands in place of what the source says",
        );
      }
    }
    return all;
  }

  /** Annotations of a struct, union or typedef called `name`. */
  ofType(name: string, tags: readonly string[]): Annotation[] {
    return this.#merge(name, tags, onTypes, "a type");
  }

  /** Annotations of the member `member` of the type called `name`. */
  ofMember(name: string, member: string, tags: readonly string[]): Annotation[] {
    return this.#merge(`${name}.${member}`, tags, onMembers, "a member");
  }

  /**
   * Keys of the configuration that no declaration asked for, misspelt or about a type that was not generated, and what may have been
   * meant.
   */
  unused(): { readonly key: string; readonly meant: string | undefined }[] {
    return Object.keys(this.#configured)
      .filter((key) => !this.#used.has(key))
      .map((key) => ({ key, meant: didYouMean(key, this.#keys) }));
  }
}

/** How an annotation is called where it stands. */
export function nameOf(annotation: Annotation): string {
  return annotation.kind === "format" ? annotation.format : annotation.kind;
}

/** The first annotation of a kind. */
export function annotationOf<Kind extends AnnotationKind>(
  annotations: readonly Annotation[],
  kind: Kind,
): Extract<Annotation, { kind: Kind }> | undefined {
  return annotations.find((entry): entry is Extract<Annotation, { kind: Kind }> => entry.kind === kind);
}

/** Tags of a type: its own, and those of the typedefs and qualifiers that lead to it. */
export function tagsOf(type: Type | NamedType): string[] {
  const tags: string[] = [];
  let at: Type = type;
  for (let depth = 0; depth < 64; depth++) {
    if ("tags" in at && at.tags !== undefined) tags.push(...at.tags);
    if (!("target" in at) || at.kind === "ptr" || at.kind === "decl_tag") break;
    at = at.target;
  }
  return tags;
}
