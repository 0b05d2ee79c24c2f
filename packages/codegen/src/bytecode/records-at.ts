import { resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { identityOf, nameOf } from "./candidates.ts";

/** Types inside of each other that are looked at. */
const deepest = 64;

/**
 * The records that `bytes` bytes from byte `offset` of an object of type `type` may be: the outermost struct that is just as
 * long, else the one which starts there and is longer, of which less is sent, unless it is a mere buffer; none where no named one
 * does, and several where members of a union do. A number is one only where nothing but numbers lies there: the first bytes of a
 * struct are no record of their own.
 * @param bytes undefined where code computes them
 */
export function recordsAt(type: Type, offset: number, bytes: number | undefined): readonly Type[] {
  const found: Found = { whole: new Map(), longer: new Map(), seen: new Map() };
  find(type, offset, { bytes, depth: 0, inside: false, longer: false }, found);
  return [...(found.whole.size > 0 ? found.whole : found.longer).values()];
}

interface Found {
  readonly whole: Map<unknown, Type>;
  readonly longer: Map<unknown, Type>;
  /** Places that were looked at, by type: arms of unions may hold the same. */
  readonly seen: Map<unknown, Set<string>>;
}

interface Place {
  readonly bytes: number | undefined;
  readonly depth: number;
  /** Whether a struct or union holds it. */
  readonly inside: boolean;
  /** Whether one that holds it is the longer one already. */
  readonly longer: boolean;
}

function find(type: Type, start: number, place: Place, found: Found): void {
  if (place.depth > deepest) return;
  const { bytes, inside } = place;
  const bare = resolve(type);
  const seen = found.seen.get(type) ?? new Set();
  const key = `${start} ${inside} ${place.longer}`;
  if (seen.has(key)) return;
  found.seen.set(type, seen.add(key));
  if (bare.kind === "array") {
    const each = sizeOf(bare.element);
    if (each > 0) find(bare.element, start % each, { ...place, depth: place.depth + 1 }, found);
    return;
  }
  const size = sizeOf(type);
  const composite = bare.kind === "struct" || bare.kind === "union";
  const named = start === 0 && nameOf(type) !== undefined;
  if (named && size === bytes && (composite || !inside)) found.whole.set(identityOf(bare), type);
  else if (composite) {
    const isLonger = named && !place.longer && (bytes === undefined || size > bytes) && !isBuffer(bare);
    if (isLonger) found.longer.set(identityOf(bare), type);
    const inner = { ...place, depth: place.depth + 1, inside: true, longer: place.longer || isLonger };
    for (const member of bare.members) {
      const first = member.bitOffset / 8;
      if (member.bitSize !== undefined || start < first || start >= first + Math.max(1, sizeOf(member.type))) continue;
      find(member.type, start - first, inner, found);
    }
  }
}

/** Whether `part` is the first of what `whole` holds, in as many bytes, or one of several. */
export function isHeldBy(part: Type, whole: Type): boolean {
  const size = sizeOf(part);
  const wanted = identityOf(resolve(part));
  const reached = new Set([resolve(whole)]);
  for (const at of reached) {
    if (identityOf(at) === wanted) return true;
    if (at.kind === "array" && at.count > 0) reached.add(resolve(at.element));
    if (at.kind !== "struct" && at.kind !== "union") continue;
    for (const { bitOffset, type } of at.members)
      if (bitOffset === 0 && sizeOf(type) >= size) reached.add(resolve(type));
  }
  return false;
}

/** Whether a struct is nothing but room for bytes, whatever is put into it: less of it says nothing of what that is. */
export function isBuffer({ members }: Struct | Union): boolean {
  const [only, ...others] = members.map(({ type }) => resolve(type));
  if (only?.kind !== "array" || others.length > 0) return false;
  const element = resolve(only.element);
  return element.kind === "int" && sizeOf(element) === 1;
}
