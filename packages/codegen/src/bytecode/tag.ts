import { type Endian, leavesOf, resolve, type Struct, type Type, type Union } from "@rbgen/btf";
import type { Places } from "./places.ts";

/** A record, and what each call that sends it stored in it. */
export interface StoredRecord {
  readonly type: Type;
  readonly samples: readonly Places[];
}

/** A member that tells records apart, and the constants that each of them has there, in the order of the records. */
export interface Tag {
  readonly path: string;
  readonly values: readonly (readonly bigint[])[];
}

/** The first whole integer that all records have at one place, in which each stores constants that no other one does. */
export function tagOf(records: readonly StoredRecord[], endian: Endian): Tag | undefined {
  const [head, ...others] = records.map(({ type }) => resolve(type));
  if (head === undefined || !isComposite(head) || others.length === 0 || !others.every(isComposite)) return undefined;
  const same = others.map((other) => new Set(integersOf(other).map(keyOf)));
  for (const integer of integersOf(head)) {
    if (!same.every((keys) => keys.has(keyOf(integer)))) continue;
    const seen = new Set<bigint>();
    const values = records.map(({ samples }) => constantsAt(samples, integer.offset, integer.size, endian));
    const told = values.every(
      (own) => own !== undefined && own.length > 0 && own.every((value) => !seen.has(value) && seen.add(value)),
    );
    if (told) return { path: integer.path, values: values.map((own) => own ?? []) };
  }
  return undefined;
}

interface Integer {
  readonly path: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
}

const keyOf = ({ path, offset, size }: Integer): string => `${offset} ${size} ${path}`;

function isComposite(type: Type): type is Struct | Union {
  return type.kind === "struct" || type.kind === "union";
}

function integersOf(type: Struct | Union): readonly Integer[] {
  return leavesOf(type).flatMap(({ path, type: own, bitOffset, bitSize, bitfield, dimensions }) => {
    const { kind } = resolve(own);
    const whole = !bitfield && dimensions.length === 0 && !path.includes("[");
    if (!whole || (kind !== "int" && kind !== "enum" && kind !== "enum64")) return [];
    return [{ path, offset: bitOffset / 8, size: bitSize / 8 }];
  });
}

/** The constants that stand at a place in every sample; undefined where one has something else there. */
function constantsAt(
  samples: readonly Places[],
  offset: number,
  size: number,
  endian: Endian,
): readonly bigint[] | undefined {
  const found = new Set<bigint>();
  for (const places of samples) {
    const around = [...places].find(([at, { width }]) => at <= offset && offset + size <= at + width);
    if (around === undefined) return undefined;
    const [at, { width, value }] = around;
    // Compilers store neighbouring members at once.
    const low = endian === "little" ? offset - at : at + width - offset - size;
    for (const atom of value.values()) {
      if (atom.kind !== "constant") return undefined;
      found.add(BigInt.asUintN(size * 8, atom.value >> BigInt(low * 8)));
    }
  }
  return [...found];
}
