import type { NamedType, Type } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import { withoutDimensions } from "../glob.ts";
import {
  type CarryingCall,
  carrierOf,
  type SampleSize,
  type SentMap,
  type SentRecord,
  type TypeModule,
  type UntoldRecord,
} from "../module.ts";
import { annotationOf, parseAnnotations, tagsOf } from "./annotations.ts";
import { asRead, isSwapped } from "./byte-order.ts";
import { identityOf } from "./identity.ts";
import { lookUp, bareName as tagName } from "./look-up.ts";
import type { MapTag } from "./map-tag.ts";
import { recordNamesOf, valueName } from "./record-names.ts";
import { resolve, sizeOf } from "./resolve.ts";
import type { SelectOptions } from "./select.ts";
import { withSlots } from "./slots.ts";
import { formsOf, type SampleForm, tailOf } from "./tail.ts";
import { locationOfCall, placeOfCall, tellLength, tellShort, tellUntagged, tellUntold, tellValue } from "./told.ts";

/** The records of a map, as the program's code tells. */
export interface InferredMap {
  readonly map: string;
  /** As `--map` takes them. */
  readonly records: readonly string[];
  /** The call that carries the first one. */
  readonly call: CarryingCall;
  /** Those of the records that are a guess: the only struct of their size. */
  readonly bySize?: ReadonlySet<string>;
  /** Whether the codec of the map, or of the iterator, is that of these: nothing else is sent there, and several are told apart. */
  readonly typed: boolean;
  /** It is no map, but the iterator program of that name. */
  readonly iterator?: true;
  /** What tells several of them apart, by constants that the code stores. */
  readonly tag?: MapTag;
  /** What the code tells of their members beyond that, as the configuration would say it. */
  readonly annotations: ReadonlyMap<string, readonly string[]>;
}

/** What a program's code adds to what its user says. */
export interface Inference {
  /** In place of those that were given. */
  readonly options: SelectOptions;
  readonly inferred: readonly InferredMap[];
}

/**
 * Adds the records that a program's code sends on its maps to `options`, where neither an annotation nor an option names those
 * of the map. What is sent counts before the type of the map's value, which is told where they differ (RB4011).
 * Several records of one map are told apart by the constants that are stored at one place of each; where there is no such place,
 * or several are, each gets a codec of its own, and a warning says so (RB4008). A map of which the code does not tell
 * what it carries is a warning, too (RB4009), and so are samples that are longer than their record (RB4010).
 */
export function inferRecords(module: TypeModule, options: SelectOptions, report: Report): Inference {
  return new RecordInference(module, options, report).read();
}

/** A record of a map, with what its samples are as long as. */
interface FormedRecord {
  readonly record: SentRecord;
  readonly forms: readonly SampleForm[];
}

class RecordInference {
  readonly #module: TypeModule;
  readonly #options: SelectOptions;
  readonly #report: Report;
  /** The records of each map that something else says. */
  readonly #said: ReadonlyMap<string, readonly string[]>;
  // Objects are made of entries at the end: an assignment to a map or type called `__proto__` would be none.
  readonly #maps = new Map<string, string>();
  readonly #tags = new Map<string, MapTag>();
  readonly #byCode = new Set<string>();
  readonly #alsoSent: string[] = [];
  readonly #inferred: InferredMap[] = [];
  /** Annotations of the arrays that end records, by record: the same wherever it is sent. */
  readonly #tails = new Map<string, readonly (readonly [key: string, tags: readonly string[]])[]>();
  /** What is not known of a map is told of another one. */
  #quiet = false;
  #sends = false;
  #untold = false;

  constructor(module: TypeModule, options: SelectOptions, report: Report) {
    this.#module = module;
    this.#options = options;
    this.#report = (diagnostic) => {
      if (!this.#quiet) report(diagnostic);
    };
    this.#said = recordNamesOf(module, options);
  }

  read(): Inference {
    const module = this.#module;
    const options = this.#options;
    const claimed = claimedMaps(module, options);
    const all = withSlots(module.sent?.() ?? [], module.maps);
    this.#readTails(all);
    for (const sent of all) {
      this.#quiet = sent.by !== undefined;
      if (sent.iterator === true || !claimed.has(sent.map)) this.#add(sent);
      else {
        this.#sends = true;
        this.#agree(sent);
      }
    }
    const annotations = this.#inferred.flatMap((one) => [...one.annotations]);
    return {
      options: {
        ...options,
        maps: { ...Object.fromEntries(this.#maps), ...options.maps },
        tags: new Map([...this.#tags, ...(options.tags ?? [])]),
        byCode: this.#byCode,
        annotations: { ...options.annotations, ...Object.fromEntries(annotations) },
        sent: this.#sends || this.#inferred.length > 0,
        untold: this.#untold,
        alsoSent: this.#alsoSent,
      },
      inferred: this.#inferred,
    };
  }

  /** A record has one codec: how its last array is sent is asked of all maps together. */
  #readTails(all: readonly SentMap[]): void {
    const forms = new Map<string, SampleForm[]>();
    for (const { records } of all) {
      for (const record of records)
        forms.set(record.type, [...(forms.get(record.type) ?? []), ...this.#formsOf(record)]);
    }
    for (const [type, own] of forms) {
      const named = this.#typeOf(type);
      const tail = named && tailOf(named, own);
      if (tail !== undefined) this.#tails.set(type, tailAnnotation(this.#module, type, tail, this.#options));
    }
  }

  #typeOf(text: string): NamedType | undefined {
    const [type, ...others] = this.#module.find(bareName(text));
    return others.length === 0 ? type : undefined;
  }

  #formsOf({ type, sizes = [] }: SentRecord): readonly SampleForm[] {
    const named = type.endsWith("]") ? undefined : this.#typeOf(type);
    if (named === undefined) return [];
    // What is stored as it is, and read in another byte order, is another number.
    const told = sizes.flat().map(({ length, ...size }): SampleSize => {
      const swapped = length !== undefined && isSwapped(named, length.path, this.#module.endian);
      return length === undefined || swapped ? size : { ...size, length };
    });
    return formsOf(named, told);
  }

  #tell(sent: SentMap): void {
    this.#untold = true;
    tellUntold(sent, this.#module, this.#report);
  }

  /** What is sent on a map whose records are said: it is told where it was found, if it is just these. */
  #agree(sent: SentMap): void {
    const names = this.#said.get(sent.map) ?? [];
    this.#tellShort(sent, names);
    const identities = (all: readonly string[]): Set<unknown> => new Set(all.map((name) => this.#identityOf(name)));
    const [said, found] = [identities(names), identities(sent.records.map(({ type }) => type))];
    const [first] = sent.records;
    if (first === undefined || sent.untold.length > 0 || said.size !== found.size) return;
    if (![...said].every((one) => found.has(one))) return;
    this.#inferred.push(this.#found(sent, sent.records, first, true));
  }

  /** Warns where fewer bytes of a record that is said are sent than any codec of it takes. */
  #tellShort(sent: SentMap, names: readonly string[]): void {
    const said = new Set(names.map((name) => this.#identityOf(name)));
    for (const record of sent.records) {
      const type = said.has(this.#identityOf(record.type)) ? this.#typeOf(record.type) : undefined;
      // An annotation of a member may let its end be left out.
      if (type === undefined || this.#hasAnnotatedMembers(type)) continue;
      const short = this.#formsOf(record).find((form) => form.kind === "short");
      if (short?.kind === "short") tellShort(sent.map, record, short, this.#report);
    }
  }

  #hasAnnotatedMembers(type: NamedType): boolean {
    const isOf = (key: string): boolean => key.startsWith(`${type.name}.`);
    if (Object.keys(this.#options.annotations ?? {}).some(isOf)) return true;
    const has = (at: Type, depth: number): boolean => {
      const plain = resolve(at).type;
      if (plain.kind !== "struct" && plain.kind !== "union") return false;
      if (depth > 8) return true;
      return plain.members.some(
        (member) => (member.tags ?? []).length > 0 || tagsOf(member.type).length > 0 || has(member.type, depth + 1),
      );
    };
    return has(type, 0);
  }

  #identityOf(text: string): unknown {
    const [type, ...others] = lookUp(this.#module, text);
    return type === undefined || others.length > 0 ? text : identityOf(type);
  }

  #add(told: SentMap): void {
    const { types } = this.#options;
    const { sent, formed } = this.#withForms(told);
    const kept = formed.filter(
      ({ record }) => isRecord(this.#module, record.type) && isWanted(record.type, this.#options),
    );
    const records = kept.map(({ record }) => record);
    if (this.#isValueTaken(sent, records)) {
      this.#sends = true;
      return;
    }
    const [first] = records;
    if (first === undefined) {
      if (types.length === 0) this.#tell(sent);
      return;
    }
    for (const { record, forms } of kept) tellLength(sent.map, record, forms, this.#report);
    const names = records.map(({ type }) => type);
    const annotated = records.some(({ type }) => isVariant(this.#module, type, this.#options));
    const partial = sent.untold.length > 0 && types.length === 0;
    let tag: MapTag | undefined;
    let typed = false;
    // What else a map carries would be read as one of these.
    if (partial) this.#tell(sent);
    else if (sent.iterator === true) typed = records.length === 1;
    else {
      tag = records.length === 1 || annotated ? undefined : this.#tagOf(sent, records);
      typed = records.length === 1 || annotated || tag !== undefined;
    }
    if (typed && sent.iterator !== true) {
      this.#maps.set(sent.map, names.join(","));
      if (tag !== undefined) this.#tags.set(sent.map, tag);
    } else this.#alsoSent.push(...names);
    this.#inferred.push(this.#found(sent, records, first, typed, tag));
  }

  #found(sent: SentMap, records: readonly SentRecord[], call: SentRecord, typed: boolean, tag?: MapTag): InferredMap {
    const guessed = records.filter(({ bySize }) => bySize !== undefined).map(({ type }) => type);
    return {
      map: sent.map,
      records: records.map(({ type }) => type),
      call,
      ...(guessed.length > 0 && { bySize: new Set(guessed) }),
      typed,
      ...(sent.iterator === true && { iterator: true as const }),
      ...(tag !== undefined && { tag }),
      annotations: new Map(records.flatMap(({ type }) => this.#tails.get(type) ?? [])),
    };
  }

  /** What tells records apart that no annotation does; undefined, and a warning, where nothing does. */
  #tagOf(sent: SentMap, records: readonly SentRecord[]): MapTag | undefined {
    const tags = records.map(({ tag }) => tag);
    const [first] = tags;
    const values = new Map(
      records.map(({ type, tag }): [string, readonly string[]] => {
        const named = this.#typeOf(type);
        const read = (value: bigint): bigint =>
          named === undefined || tag === undefined ? value : asRead(value, named, tag.path, this.#module.endian);
        return [type, (tag?.values ?? []).map((value) => String(read(value)))];
      }),
    );
    if (first !== undefined && tags.every((tag) => tag !== undefined)) {
      const own = records.flatMap(({ type, tag }): [string, string][] => (tag === undefined ? [] : [[type, tag.path]]));
      const several = own.some(([, path]) => path !== first.path);
      return { path: first.path, values, ...(several && { paths: new Map(own) }) };
    }
    tellUntagged(sent, records, this.#report);
    return undefined;
  }

  /** Whether the type of a map's value says its record: where the code tells none, and does not contradict it. */
  #isValueTaken(sent: SentMap, records: readonly SentRecord[]): boolean {
    const map = this.#module.maps.find(({ name }) => name === sent.map);
    const value =
      map !== undefined && carrierOf(map) === map && sent.iterator !== true ? valueName(map.value) : undefined;
    if (map?.value === undefined || value === undefined) return false;
    const size = BigInt(sizeOf(map.value));
    const wanted = this.#identityOf(value);
    const others = records.filter(({ type }) => this.#identityOf(type) !== wanted);
    const odd = sent.untold.filter(({ bytes }) => bytes !== undefined && bytes !== size);
    if (records.length === 0 && odd.length === 0) return true;
    this.#byCode.add(sent.map);
    if (others.length > 0 || records.length === 0) tellValue(map, value, sent, this.#module, this.#report);
    return false;
  }

  /** What is sent on a map, and how long it is; where that is too short for a record, it is of no known type. */
  #withForms(sent: SentMap): { readonly sent: SentMap; readonly formed: readonly FormedRecord[] } {
    const untold: UntoldRecord[] = [...sent.untold];
    const formed = sent.records.flatMap((record): FormedRecord[] => {
      const forms = this.#formsOf(record);
      const short = forms.find((form) => form.kind === "short");
      if (short?.kind === "short") {
        const calls = record.calls ?? [record];
        const at =
          calls[record.sizes?.findIndex((own) => own.some(({ bytes }) => bytes === short.bytes)) ?? 0] ?? record;
        const bytes = short.open ? { least: short.bytes } : { bytes: short.bytes };
        untold.push({ verb: at.verb, ...locationOfCall(at), ...bytes, startOf: record.type });
      }
      return forms.length > 0 && forms.every(({ kind }) => kind === "short") ? [] : [{ record, forms }];
    });
    return { sent: { ...sent, records: formed.map(({ record }) => record), untold }, formed };
  }
}

/** How the records of a map were found: "struct event, reserved at probe.bpf.c:42". */
export function foundText({ records, call, bySize }: InferredMap, place = `at ${placeOfCall(call)}`): string {
  const all = records.map((type) => (bySize?.has(type) === true ? `${type} (the only struct of that size)` : type));
  return `${all.join(", ")}, ${call.verb} ${place}`;
}

/** Annotations that say by themselves how long an array is. */
const lengths = ["length", "truncated", "list", "dataloc"] as const;

/** How the end of a record is sent, where nobody says it, by the member's key in the configuration. */
function tailAnnotation(
  module: TypeModule,
  type: string,
  tail: { readonly member: string; readonly annotation: string },
  options: SelectOptions,
): readonly (readonly [key: string, tags: readonly string[]])[] {
  const key = `${bareName(type)}.${tail.member}`;
  const configured = configuredFor(key, options);
  const struct = module.find(bareName(type)).map((found) => resolve(found).type)[0];
  const member = struct?.kind === "struct" ? struct.members.at(-1) : undefined;
  const tags = [...(member?.tags ?? []), ...configured.map((tag) => (tag.startsWith("rbgen:") ? tag : `rbgen:${tag}`))];
  const said = parseAnnotations(tags);
  return lengths.some((kind) => annotationOf(said, kind) !== undefined)
    ? []
    : [[key, [...configured, tail.annotation]]];
}

/** Maps whose records are said: by an option, by the map's own tags or RB_RECORD, or by a type that names the map. */
function claimedMaps(module: TypeModule, options: SelectOptions): Set<string> {
  const claimed = new Set(
    recordNamesOf(module, { ...options, byCode: new Set(module.maps.map(({ name }) => name)) }).keys(),
  );
  const claim = (tags: readonly string[]): void => {
    for (const tag of tags) {
      const map = /^(?:rbgen:)?\s*record=(\S+)/.exec(tag)?.[1];
      if (map !== undefined) claimed.add(map);
    }
  };
  for (const type of module.types()) claim(tagsOf(type));
  for (const tags of Object.values(options.annotations ?? {})) claim(tags);
  return claimed;
}

/** The name of the type, or of the elements of an array of it. */
function bareName(type: string): string {
  return withoutDimensions(tagName(type));
}

/** Whether `text` names a struct or union of the input, or an integer. */
function isRecord(module: TypeModule, text: string): boolean {
  const name = bareName(text);
  const found = module.find(name).map((type) => resolve(type).type.kind);
  if (found.some((kind) => kind === "struct" || kind === "union")) return true;
  return found.includes("int") || /^(?:__)?[us](?:8|16|32|64)$/.test(name);
}

/** Where types are named, only what they name gets a codec. */
function isWanted(type: string, options: SelectOptions): boolean {
  return options.types.length === 0 || options.types.some((name) => bareName(name) === bareName(type));
}

/** Annotations that the user's configuration gives a declaration. */
function configuredFor(key: string, { annotations = {} }: SelectOptions): readonly string[] {
  return Object.hasOwn(annotations, key) ? (annotations[key] ?? []) : [];
}

function isVariant(module: TypeModule, text: string, options: SelectOptions): boolean {
  if (text.endsWith("]")) return false;
  const name = bareName(text);
  const tags = [...configuredFor(name, options), ...module.find(name).flatMap((type) => tagsOf(type))];
  return tags.some((tag) => /^(?:rbgen:)?\s*variant\b/.test(tag));
}
