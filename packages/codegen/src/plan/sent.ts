import type { Report } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import { withoutDimensions } from "../glob.ts";
import type { CarryingCall, SentMap, SentRecord, TypeModule, UntoldRecord } from "../module.ts";
import { annotationOf, parseAnnotations, tagsOf } from "./annotations.ts";
import { bareName as tagName } from "./look-up.ts";
import { resolve } from "./resolve.ts";
import { recordNamesOf, type SelectOptions } from "./select.ts";
import { formOf, type SampleForm } from "./tail.ts";

/** The records of a map, as the program's code tells. */
export interface InferredMap {
  readonly map: string;
  /** As `--map` takes them. */
  readonly records: readonly string[];
  /** The call that carries the first one. */
  readonly call: CarryingCall;
  /** Whether only the size of one told which it is. */
  readonly bySize?: true;
  /** Whether the map's codec is that of these: nothing else is sent on it, and several are told apart. */
  readonly typed: boolean;
  /** It is no map, but the iterator program of that name. */
  readonly iterator?: true;
  /** What the code tells of them beyond that, as the configuration would say it. */
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
 * of the map. Several records of one map become variants by the constants that are stored at one place of each; where there
 * is no such place each gets a codec of its own, and a warning says so (RB4008). A map of which the code does not tell
 * what it carries is a warning, too (RB4009).
 */
export function inferRecords(module: TypeModule, options: SelectOptions, report: Report): Inference {
  const claimed = claimedMaps(module, options);
  // Objects are made of entries at the end: an assignment to a map or type called `__proto__` would be none.
  const maps = new Map<string, string>();
  const annotations = new Map<string, readonly string[]>();
  const types: string[] = [];
  const inferred: InferredMap[] = [];
  let sends = false;
  let untold = false;
  const tell = (sent: SentMap): void => {
    untold = true;
    tellUntold(sent, module, report);
  };
  for (const told of module.sent?.() ?? []) {
    if (told.iterator !== true && claimed.has(told.map)) {
      sends = true;
      continue;
    }
    const { sent, forms } = withForms(told, module);
    const records = sent.records.filter(({ type }) => isRecord(module, type) && isWanted(type, options));
    const [first] = records;
    if (first === undefined) {
      if (options.types.length === 0) tell(sent);
      continue;
    }
    const names = records.map(({ type }) => type);
    const own = new Map(names.flatMap((type) => tailAnnotation(module, type, forms.get(type), options)));
    const tagged = records.every((record) => record.tag !== undefined);
    const annotated = records.some(({ type }) => isVariant(module, type, options));
    const partial = sent.untold.length > 0 && options.types.length === 0;
    if (sent.iterator === true) {
      if (partial) tell(sent);
      types.push(...names);
    } else if (partial) {
      // What else it carries would be read as one of these.
      tell(sent);
      types.push(...names);
    } else if (records.length > 1 && !tagged && !annotated) {
      tellUntagged(sent, records, report);
      types.push(...names);
    } else {
      maps.set(sent.map, names.join(","));
      for (const { type, tag } of records.length === 1 || annotated ? [] : records) {
        if (tag === undefined) continue;
        const variant = `variant=${tag.values.join(",")}`;
        own.set(bareName(type), [...configuredFor(bareName(type), options), variant, `tag=${tag.path}`]);
      }
    }
    for (const [key, tags] of own) annotations.set(key, tags);
    inferred.push({
      map: sent.map,
      records: names,
      call: first,
      ...(records.some((record) => record.bySize !== undefined) && { bySize: true as const }),
      typed: sent.iterator !== true && maps.has(sent.map),
      ...(sent.iterator === true && { iterator: true as const }),
      annotations: own,
    });
  }
  return {
    options: {
      ...options,
      maps: { ...Object.fromEntries(maps), ...options.maps },
      annotations: { ...options.annotations, ...Object.fromEntries(annotations) },
      sent: sends || inferred.length > 0,
      untold,
      alsoSent: types,
    },
    inferred,
  };
}

/** How the records of a map were found: "struct event, reserved at probe.bpf.c:42". */
export function foundText({ records, call, bySize }: InferredMap, place: string = placeOfCall(call)): string {
  const why = bySize === undefined ? "" : " (known by size)";
  return `${records.join(", ")}${why}, ${call.verb} at ${place}`;
}

/** What is sent on a map, and the form of each record; bytes that are too few for one are of no known type. */
function withForms(
  sent: SentMap,
  module: TypeModule,
): { readonly sent: SentMap; readonly forms: ReadonlyMap<string, SampleForm> } {
  const forms = new Map<string, SampleForm>();
  const untold: UntoldRecord[] = [...sent.untold];
  const records = sent.records.filter((record) => {
    const [type, ...others] = module.find(bareName(record.type));
    if (type === undefined || others.length > 0 || record.sizes === undefined) return true;
    const form = formOf(type, record.sizes);
    forms.set(record.type, form);
    if (form.kind !== "short") return true;
    untold.push({ verb: record.verb, ...locationOfCall(record), bytes: form.bytes, startOf: record.type });
    return false;
  });
  return { sent: { ...sent, records, untold }, forms };
}

/** Annotations that say by themselves how long an array is. */
const lengths = ["length", "truncated", "list", "dataloc"] as const;

/** How the end of a record is sent, where nobody says it, by the member's key in the configuration. */
function tailAnnotation(
  module: TypeModule,
  type: string,
  form: SampleForm | undefined,
  options: SelectOptions,
): readonly (readonly [key: string, tags: readonly string[]])[] {
  if (form?.kind !== "tail") return [];
  const key = `${bareName(type)}.${form.member}`;
  const configured = configuredFor(key, options);
  const struct = module.find(bareName(type)).map((found) => resolve(found).type)[0];
  const member = struct?.kind === "struct" ? struct.members.at(-1) : undefined;
  const tags = [...(member?.tags ?? []), ...configured.map((tag) => (tag.startsWith("rbgen:") ? tag : `rbgen:${tag}`))];
  const said = parseAnnotations(tags);
  return lengths.some((kind) => annotationOf(said, kind) !== undefined)
    ? []
    : [[key, [...configured, form.annotation]]];
}

/** Where a call stands: "probe.bpf.c:42". */
export function placeOfCall({ span, at = "" }: CarryingCall): string {
  if (span === undefined) return at;
  const { file, line } = positionOf(span);
  return `${file}:${line}`;
}

/** Maps whose records are said: by an option, by the map's own tags or RB_RECORD, or by a type that names the map. */
function claimedMaps(module: TypeModule, options: SelectOptions): Set<string> {
  const claimed = new Set(recordNamesOf(module, options).keys());
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
  if (found.some((kind) => kind === "struct" || kind === "union")) return !text.endsWith("]");
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
  const name = bareName(text);
  const tags = [...configuredFor(name, options), ...module.find(name).flatMap((type) => tagsOf(type))];
  return tags.some((tag) => /^(?:rbgen:)?\s*variant\b/.test(tag));
}

function tellUntagged(sent: SentMap, records: readonly SentRecord[], report: Report): void {
  const [first] = records;
  report({
    code: "RB4008",
    severity: "warning",
    message: `${sent.map} carries ${records.map(({ type }) => type).join(" and ")}, and nothing that the code stores tells them apart`,
    ...(first !== undefined && locationOfCall(first)),
    notes: records.map((record) => `${record.type} is ${record.verb} at ${placeOfCall(record)}`),
    hint:
      "each has a codec; for one of the map, store a constant in the same member of each before it is sent, " +
      `or say what the member means: RB_VARIANT(value) and RB_TAG_AT(member), or --map ${sent.map}=RECORD`,
  });
}

/** Where a diagnostic on a call points. */
function locationOfCall({ span, at }: CarryingCall): Pick<CarryingCall, "span" | "at"> {
  return span === undefined ? { ...(at !== undefined && { at }) } : { span };
}

function tellUntold({ map, iterator, untold, records }: SentMap, module: TypeModule, report: Report): void {
  const [first] = [...untold, ...records];
  if (first === undefined) return;
  const { bytes, candidates = [], startOf, limit }: UntoldRecord = first;
  const count = bytes === undefined ? "bytes are" : `${bytes} bytes are`;
  const [likely] = candidates;
  const several = candidates.length > 1 ? [`structs of that size: ${candidates.join(", ")}`] : [];
  const one =
    candidates.length === 1
      ? [`one struct is as long, and nothing that the code does shows that it is this one: ${likely}`]
      : [];
  const cut = untold.find((one) => one.limit !== undefined && one !== first)?.limit;
  const more = cut === undefined ? [] : [`nor is the code followed to its end: ${cut}`];
  const start = startOf === undefined ? [] : [`${startOf} begins there, and is longer than what is sent of it`];
  const anchor =
    module.kind === "btf" && likely === undefined
      ? "; compilers drop types that nothing refers to: RB_RECORD keeps one, and --types HEADER brings those of a header"
      : "";
  const record = likely ?? "struct RECORD";
  report({
    code: "RB4009",
    severity: "warning",
    message:
      limit === undefined
        ? `nothing says what ${map} carries: ${count} ${first.verb} here without a type`
        : `nothing says all that ${map} carries: the code is not followed to its end: ${limit}`,
    ...locationOfCall(first),
    ...(several.length + one.length + start.length + more.length > 0 && {
      notes: [...several, ...one, ...start, ...more],
    }),
    hint:
      iterator === true
        ? `say which struct it is: --type "${record}"${anchor}`
        : `say which struct it is: --map ${map}="${record}", or RB_RECORD(${map}, ${record}); of rbgen.h${anchor}`,
  });
}
