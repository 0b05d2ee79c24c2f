import type { Type } from "@rbgen/btf";
import type { SentMap, SentRecord, UntoldMember, UntoldRecord } from "../module.ts";
import { appendedBytes } from "./appended.ts";
import type { Carried } from "./carried.ts";
import { sampleSizes } from "./length.ts";
import type { ObjectCode } from "./object-code.ts";
import type { SourceLines } from "./source-lines.ts";
import { type Candidate, tagsOf } from "./tag.ts";
import { numberOf } from "./value.ts";

/** What an object has in it of one call. */
export interface Found {
  readonly carried: Carried;
  /** Bytes that there are of what is sent. */
  readonly room: bigint;
  readonly type?: Type;
  readonly name?: string;
  /** Bytes, where the size alone says that it is this struct. */
  readonly bySize?: number;
  readonly candidates?: readonly string[];
}

/** What one map carries, of all that is found of the calls that send on it. */
export function sentOn(
  found: readonly Found[],
  lines: SourceLines,
  code: ObjectCode,
): Pick<SentMap, "records" | "tags" | "candidates" | "untold"> {
  const groups = new Map<string, (Found & { readonly type: Type })[]>();
  const untold: UntoldRecord[] = [];
  for (const one of found) {
    const { name, type } = one;
    if (name === undefined || type === undefined) untold.push(untoldRecord(one, lines));
    else groups.set(name, [...(groups.get(name) ?? []), { ...one, type }]);
  }
  const { tags, candidates } = tagsOf(
    [...groups.values()].map((group) => ({
      type: group[0]!.type,
      samples: group.map(({ carried }) => carried.stored),
    })),
    code.endian,
  );
  const [tag, ...otherTags] = tags;
  const records = [...groups].map(([type, group], index): SentRecord => {
    const { carried, bySize } = group[0]!;
    return {
      type,
      verb: carried.verb,
      ...lines.placeOf(carried.place),
      calls: group.map((one) => ({ verb: one.carried.verb, ...lines.placeOf(one.carried.place) })),
      sizes: group.map((one) =>
        sampleSizes(
          one.carried.size,
          { type: one.type, stored: one.carried.stored, room: one.room },
          appendedBytes(one.carried, code),
        ),
      ),
      ...(bySize !== undefined && { bySize }),
      ...(tag !== undefined && otherTags.length === 0 && { tag: { path: tag.path, values: tag.values[index]! } }),
    };
  });
  return {
    untold,
    records,
    ...(otherTags.length > 0 && { tags: tags.map(({ path }) => path) }),
    ...(candidates.length > 0 && { candidates: candidates.map((one) => untoldMember(one, [...groups], lines)) }),
  };
}

function untoldMember(
  { path, held }: Candidate,
  groups: readonly (readonly [type: string, group: readonly Found[]])[],
  lines: SourceLines,
): UntoldMember {
  return {
    path,
    records: groups.map(([type, group], index) => {
      const own = held[index]!;
      if ("values" in own) return { type, values: own.values };
      const place = lines.placeOf(group[own.sample]!.carried.place);
      return { type, why: own.why, ...("span" in place && { span: place.span }) };
    }),
  };
}

function untoldRecord({ carried, candidates }: Found, lines: SourceLines): UntoldRecord {
  const bytes = numberOf(carried.size);
  return {
    verb: carried.verb,
    ...lines.placeOf(carried.place),
    ...(bytes !== undefined && { bytes }),
    ...(candidates !== undefined && { candidates }),
    ...(carried.limit !== undefined && { limit: carried.limit }),
  };
}
