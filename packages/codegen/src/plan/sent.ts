import type { Report } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import type { CarryingCall, SentMap, SentRecord, TypeModule, UntoldRecord } from "../module.ts";
import { tagsOf } from "./annotations.ts";
import { resolve } from "./resolve.ts";
import { recordNamesOf, type SelectOptions } from "./select.ts";

/** The records of a map, as the program's code tells. */
export interface InferredMap {
  readonly map: string;
  /** As `--map` takes them. */
  readonly records: readonly string[];
  /** The call that carries the first one. */
  readonly call: CarryingCall;
  /** Whether only the size of one told which it is. */
  readonly bySize?: true;
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
  const maps: Record<string, string> = {};
  const annotations: Record<string, readonly string[]> = {};
  const types: string[] = [];
  const inferred: InferredMap[] = [];
  for (const sent of module.sent?.() ?? []) {
    if (claimed.has(sent.map)) continue;
    const records = sent.records.filter(({ type }) => isRecord(module, type) && isWanted(type, options));
    const [first] = records;
    if (first === undefined) {
      if (options.types.length === 0) tellUntold(sent, module, report);
      continue;
    }
    const names = records.map(({ type }) => type);
    inferred.push({
      map: sent.map,
      records: names,
      call: first,
      ...(records.some((record) => record.bySize !== undefined) && { bySize: true as const }),
    });
    const tagged = records.every((record) => record.tag !== undefined);
    const annotated = records.some(({ type }) => isVariant(module, type, options));
    if (sent.untold.length > 0 && options.types.length === 0) {
      // What else it carries would be read as one of these.
      tellUntold(sent, module, report);
      types.push(...names);
      continue;
    }
    if (records.length > 1 && !tagged && !annotated) {
      tellUntagged(sent, records, report);
      types.push(...names);
      continue;
    }
    maps[sent.map] = names.join(",");
    if (records.length === 1 || annotated) continue;
    for (const { type, tag } of records) {
      if (tag === undefined) continue;
      annotations[bareName(type)] = [`variant=${tag.values.join(",")}`, `tag=${tag.path}`];
    }
  }
  return {
    options: {
      ...options,
      maps: { ...maps, ...options.maps },
      annotations: { ...annotations, ...options.annotations },
      sent: inferred.length > 0,
      alsoSent: types,
    },
    inferred,
  };
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

function bareName(type: string): string {
  return type.replace(/^(?:struct|union|enum)\s+/, "").replace(/(?:\[\d+\])+$/, "");
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

function isVariant(module: TypeModule, text: string, options: SelectOptions): boolean {
  const name = bareName(text);
  const configured = Object.hasOwn(options.annotations ?? {}, name) ? (options.annotations?.[name] ?? []) : [];
  const tags = [...configured, ...module.find(name).flatMap((type) => tagsOf(type))];
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

function tellUntold({ map, untold, records }: SentMap, module: TypeModule, report: Report): void {
  const [first] = [...untold, ...records];
  if (first === undefined) return;
  const { bytes, candidates = [] }: UntoldRecord = first;
  const count = bytes === undefined ? "bytes are" : `${bytes} bytes are`;
  const [likely] = candidates;
  const several = candidates.length > 1 ? [`structs of that size: ${candidates.join(", ")}`] : [];
  const one =
    candidates.length === 1
      ? [`one struct is as long, and nothing that the code does shows that it is this one: ${likely}`]
      : [];
  const anchor =
    module.kind === "btf" && likely === undefined
      ? "; compilers drop types that nothing refers to: RB_RECORD keeps one, and --types HEADER brings those of a header"
      : "";
  const record = likely ?? "struct RECORD";
  report({
    code: "RB4009",
    severity: "warning",
    message: `nothing says what ${map} carries: ${count} ${first.verb} here without a type`,
    ...locationOfCall(first),
    ...(several.length + one.length > 0 && { notes: [...several, ...one] }),
    hint: `say which struct it is: --map ${map}="${record}", or RB_RECORD(${map}, ${record}); of rbgen.h${anchor}`,
  });
}
