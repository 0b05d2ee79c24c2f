import { counted } from "../diagnostics/counted.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import {
  type CarryingCall,
  type MapDefinition,
  type SentMap,
  type SentRecord,
  shownName,
  type TypeModule,
  type UntoldMember,
  type UntoldRecord,
} from "../module.ts";
import { locationOf } from "./resolve.ts";
import type { SampleForm } from "./tail.ts";

/** Members of which a message tells what is known. */
const mostMembers = 4;

/** Where a call stands: "probe.bpf.c:42". */
export function placeOfCall({ span, at = "" }: Pick<CarryingCall, "span" | "at">): string {
  if (span === undefined) return at;
  const { file, line } = positionOf(span);
  return `${file}:${line}`;
}

/** The file of a call, which stays the same when a line is put before it: "probe.bpf.c". */
export function fileOfCall({ span, at = "" }: Pick<CarryingCall, "span" | "at">): string {
  const file = span === undefined ? at.replace(/: instruction .*$/, "") : positionOf(span).file;
  return file.replace(/^.*[/\\]/, "");
}

/** Where a diagnostic on a call points. */
export function locationOfCall({ span, at }: CarryingCall): Pick<CarryingCall, "span" | "at"> {
  return span === undefined ? { ...(at !== undefined && { at }) } : { span };
}

/** Tells of a map whose records nothing tells apart (RB4008), or several members do. */
export function tellUntagged(
  { map, tags = [], candidates = [] }: SentMap,
  records: readonly SentRecord[],
  report: Report,
): void {
  const [first] = records;
  const all = records.map(({ type }) => type).join(" and ");
  const [member = "member"] = tags;
  // What others write there, no constant of the program tells.
  const received = records.every(({ verb }) => verb === "received");
  const store = received ? "" : "store a constant in the same member of each before it is sent, or ";
  const why = received
    ? "which of them a sample is, the code that receives them does not say"
    : "no member that all of them have in one place is known to tell them apart";
  report({
    code: "RB4008",
    severity: "warning",
    message:
      tags.length === 0
        ? `${map} carries ${all}, and ${why}`
        : `${map} carries ${all}, and ${tags.join(" and ")} each tell them apart: which of them is the tag is not known`,
    ...(first !== undefined && locationOfCall(first)),
    notes: [
      ...records.map((record) => `${record.type} is ${record.verb} at ${placeOfCall(record)}`),
      ...candidates.slice(0, mostMembers).map(memberText),
    ],
    hint:
      tags.length === 0
        ? `each has a codec; for one of the map, ${store}say what the member means: RB_VARIANT(value) and RB_TAG_AT(member), or --map ${map}=RECORD`
        : `each has a codec; for one of the map, say which is the tag: RB_TAG_AT(${member}) and RB_VARIANT(value), ` +
          `or maps: { ${map}: { tag: "${member}", records: { … } } } in rbgen.config.ts`,
  });
}

/** What is known of a member that does not tell records apart: "kind: struct open has 1; struct exit: not known, …". */
function memberText({ path, records }: UntoldMember): string {
  const all = records.map(({ type, values, why = "not known", span }) => {
    if (values !== undefined) return `${type} ${values.length > 1 ? "may have" : "has"} ${values.join(" or ")}`;
    return `${type}: ${why}${span === undefined ? "" : ` (${placeOfCall({ span })})`}`;
  });
  return `${path}: ${all.join("; ")}`;
}

/** Tells of a map that carries what is of no known type (RB4009). */
export function tellUntold({ map, iterator, untold, records }: SentMap, module: TypeModule, report: Report): void {
  const [first] = [...untold, ...records];
  if (first === undefined) return;
  const { candidates = [], startOf, limit, nameless, array }: UntoldRecord = first;
  const [likely] = candidates;
  const several = candidates.length > 1 ? [`structs of that size: ${candidates.join(", ")}`] : [];
  const one =
    candidates.length === 1
      ? [`one struct is as long, and nothing that the code does shows that it is this one: ${likely}`]
      : [];
  const cut = untold.find((other) => other.limit !== undefined && other !== first)?.limit;
  const more = cut === undefined ? [] : [`nor is the code followed to its end: ${cut}`];
  const start =
    startOf === undefined ? [] : [`${startOf} begins there, and is longer than what is known to be sent of it`];
  const others = untold.filter((other) => other !== first && other.limit === undefined).map(furtherText);
  const notes = [...several, ...one, ...start, ...new Set(others), ...more];
  const anchor =
    module.kind === "btf" && likely === undefined
      ? "; compilers drop types that nothing refers to: RB_RECORD keeps one, and --types HEADER brings those of a header"
      : "";
  const record = likely ?? "struct RECORD";
  const refuses = startOf === undefined ? "" : `; the codec of ${startOf} refuses samples that lack bytes of it`;
  const hint =
    nameless === true
      ? "give that struct a name (struct NAME { … }), so that it can be said"
      : array !== undefined && iterator !== true
        ? `it is an array, of no struct: --map ${map}="${array}"`
        : iterator === true
          ? `say which struct it is: --type "${record}"${anchor}`
          : `say which struct it is: --map ${map}="${record}", or RB_RECORD(${map}, ${record}); of rbgen.h${anchor}${refuses}`;
  report({
    code: "RB4009",
    severity: "warning",
    message:
      limit === undefined
        ? `nothing says what ${map} carries: ${countText(first)} ${first.verb} here without a type`
        : `nothing says all that ${map} carries: the code is not followed to its end: ${limit}`,
    ...locationOfCall(first),
    ...(notes.length > 0 && { notes }),
    hint,
  });
}

function countedAre(bytes: bigint): string {
  return `${counted(bytes, "byte")} ${bytes === 1n ? "is" : "are"}`;
}

function countText({ bytes, least = 0n }: UntoldRecord): string {
  if (bytes === undefined && least <= 0n) return "bytes are";
  return bytes === undefined ? `at least ${countedAre(least)}` : countedAre(bytes);
}

/** What else a map carries of which no type is known, and where. */
function furtherText(record: UntoldRecord): string {
  const { verb, candidates = [], startOf } = record;
  const begins = startOf === undefined ? "" : `, which ${startOf} begins with`;
  const may = candidates.length === 0 ? "" : `; structs of that size: ${candidates.join(", ")}`;
  return `${countText(record)} ${verb} at ${placeOfCall(record)}${begins}${may}`;
}

/** Tells of samples that are longer than their record, or of any length (RB4010). */
export function tellLength(map: string, record: SentRecord, forms: readonly SampleForm[], report: Report): void {
  const longer = forms.find((form) => form.kind === "longer");
  const unsized = forms.find((form) => form.kind === "unsized" || ("unsized" in form && form.unsized));
  // What is too short is told of as such.
  if (longer === undefined && (unsized === undefined || forms.some(({ kind }) => kind === "short"))) return;
  const { type } = record;
  const more = longer?.kind === "longer" && longer.bytes > 0n ? longer : undefined;
  const behind = more === undefined ? "bytes" : `${more.open ? "at least " : ""}${counted(more.bytes, "byte")}`;
  report({
    code: "RB4010",
    severity: "warning",
    message:
      longer !== undefined
        ? `${map}: behind ${type} ${behind} more ${more?.bytes === 1n ? "is" : "are"} ${record.verb}, of which it says nothing: they are not read`
        : `${map}: how many bytes of ${type} are ${record.verb} is not known: a sample that lacks ${
            unsized?.kind === "unsized" ? "any of them" : "members before the array that ends it"
          } is refused`,
    ...locationOfCall(record),
    hint:
      longer !== undefined
        ? `end ${type} with the array that they are (char data[];), or send sizeof(${type})`
        : `send sizeof(${type}), or what stands before the array that ends it (offsetof) and as much of that as there is`,
  });
}

/** Tells of samples of a record that somebody said, which are shorter than its codec takes (RB4010). */
export function tellShort(
  map: string,
  record: SentRecord,
  { bytes, open }: Extract<SampleForm, { kind: "short" }>,
  report: Report,
): void {
  const { type } = record;
  report({
    code: "RB4010",
    severity: "warning",
    message: `${map}: ${open ? "as few as " : ""}${counted(bytes, "byte")} of ${type} ${bytes === 1n ? "is" : "are"} ${record.verb}, fewer than it has: these samples are refused`,
    ...locationOfCall(record),
    hint: `send sizeof(${type}), or say a struct that is as long as what is sent`,
  });
}

/** Tells of a map whose value's type is not what its code sends (RB4011). */
export function tellValue(
  map: MapDefinition,
  value: string,
  { records, untold }: SentMap,
  module: TypeModule,
  report: Report,
): void {
  const calls = [
    ...records.map((record) => `${record.type} is ${record.verb} at ${placeOfCall(record)}`),
    ...untold.flatMap((one) =>
      one.bytes === undefined ? [] : [`${countedAre(one.bytes)} ${one.verb} at ${placeOfCall(one)}`],
    ),
  ];
  const location = map.definition?.kind === "struct" ? locationOf(map.definition) : undefined;
  const span = location && module.spanOf?.(location);
  const sent = records.length === 0 ? "other bytes" : records.map(({ type }) => type).join(" and ");
  report({
    code: "RB4011",
    severity: "warning",
    message: `${map.name} is declared with ${value} as its value, and the code sends ${sent}: what is sent counts`,
    ...(span === undefined ? { at: shownName(module) } : { span }),
    notes: calls,
    hint: `the kernel wants no value of such a map: leave it out or say what is sent, or --map ${map.name}="${value}" if it is that after all`,
  });
}
