import { counted } from "../diagnostics/counted.ts";
import { printable } from "../diagnostics/display-text.ts";
import type { Paint } from "../diagnostics/render.ts";
import type { SampleSize, SentRecord, TypeModule, UntoldRecord } from "../module.ts";
import { namesMatching, typesNamed } from "../plan/look-up.ts";
import { placeOfCall } from "../plan/told.ts";
import { foreignTypes, namedText } from "./origins.ts";

/** What `-v` says of a module: the types that it takes from elsewhere, and from where. */
export function verboseOrigins(module: TypeModule, types: readonly string[], paint: Paint): string {
  const names = types.flatMap((pattern) => namesMatching(module, pattern) ?? [pattern]);
  const roots = types.length > 0 ? names.flatMap((name) => typesNamed(module, name)) : module.types();
  let text = "";
  for (const [origin, used] of foreignTypes(module, roots)) {
    const list = used.map((type) => printable(namedText(type))).join(", ");
    text += `${paint.faint(`from ${printable(origin)}:`)} ${list}\n`;
  }
  return text;
}

/** What `-v` says of a program's code: each call that carries bytes over a map, and what they are. */
export function verboseInference(module: TypeModule, paint: Paint): string {
  let text = "";
  for (const { map, records, untold } of module.sent?.() ?? []) {
    for (const line of [...records.flatMap(recordLines), ...untold.map(untoldLine)]) {
      text += `${paint.faint(`${printable(map)}:`)} ${printable(line)}\n`;
    }
  }
  return text;
}

function recordLines({ type, tag, bySize, sizes = [], calls, ...first }: SentRecord): readonly string[] {
  const why =
    bySize === undefined
      ? "by its type"
      : `the only struct ${sizes.flat().some(({ open }) => open) ? "whose last array may end there" : `of ${counted(bySize, "byte")}`} that the code fits`;
  const lines = (calls ?? [first]).map((call, index) => {
    const size = sizes[index] ?? [];
    return `${call.verb} at ${placeOfCall(call)}: ${type}, ${why}${size.length === 0 ? "" : `, ${size.map(sizeText).join(" or ")}`}`;
  });
  if (tag === undefined) return lines;
  return [...lines, `${type} where ${tag.path} is ${tag.values.join(" or ")}`];
}

function sizeText({ bytes, open, length }: SampleSize): string {
  if (!open) return counted(bytes, "byte");
  const more =
    length === undefined ? "what a run adds" : `${length.each === 1n ? "" : `${length.each} × `}${length.path}`;
  return bytes === 0n
    ? `as long as ${more.replace(/^what a run adds$/, "a run makes it")}`
    : `${counted(bytes, "byte")} and ${more}`;
}

function untoldLine({ bytes, candidates = [], startOf, limit, ...call }: UntoldRecord): string {
  if (limit !== undefined) return `not followed to its end from ${placeOfCall(call)} on: ${limit}`;
  const size = bytes === undefined ? "bytes" : counted(bytes, "byte");
  const likely = startOf ?? (candidates.length === 0 ? undefined : candidates.join(", "));
  return `${call.verb} at ${placeOfCall(call)}: ${size} of no known type${likely === undefined ? "" : `, may be of ${likely}`}`;
}
