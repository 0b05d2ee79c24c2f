import layouts from "../types.gen.json" with { type: "json" };
import type { Events } from "../types.gen.ts";

interface LayoutLeaf {
  readonly path: string;
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly type: string;
}

/** One member of a record, where it lies in a sample of it. */
export interface SampleMember {
  /** Path in C: "header.comm". */
  readonly path: string;
  /** As C spells it: "char[16]". */
  readonly type: string;
  /** Bytes of the sample that it has a part of. */
  readonly from: number;
  readonly to: number;
  /** Of a bit-field: first bit of byte `from`, and how many. */
  readonly bits?: { readonly first: number; readonly count: number };
  readonly value: string;
}

const leavesOf = new Map<string, readonly LayoutLeaf[]>();
for (const type of layouts.types as readonly { readonly name: string; readonly leaves?: readonly LayoutLeaf[] }[]) {
  if (type.leaves !== undefined) leavesOf.set(type.name, type.leaves);
}

/** The members of a record in the order of its bytes; none of a kind that is not known. */
export function membersOf(event: Events, byteLength: number): readonly SampleMember[] {
  return (leavesOf.get(event.kind) ?? []).map((leaf) => memberOf(leaf, event, byteLength));
}

function memberOf({ path, type, bitOffset, bitSize }: LayoutLeaf, event: Events, byteLength: number): SampleMember {
  const [name = "", count] = path.replace("]", "").split("[");
  const value = valueAt(event, name);
  const from = Math.floor(bitOffset / 8);
  const size = count === "" ? tailLength(event, byteLength - from) : Math.ceil(((bitOffset % 8) + bitSize) / 8);
  const member = { path: name, type: count === undefined ? type : `${type}[${count}]`, from, to: from + size };
  const isBitField = count === undefined && (bitOffset % 8 !== 0 || bitSize % 8 !== 0);
  return {
    ...member,
    value: textOf(value),
    ...(isBitField ? { bits: { first: bitOffset % 8, count: bitSize } } : {}),
  };
}

/** Elements of the flexible member, which are bytes here, as far as the sample goes. */
function tailLength(event: Events, room: number): number {
  const length = "length" in event ? event.length : 0;
  return Math.min(length, room);
}

/** The decoded member behind a C path: generated names are C's in camel case. */
function valueAt(event: Events, path: string): unknown {
  let value: unknown = event;
  for (const name of path.split(".")) {
    const camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    value = (value as Readonly<Record<string, unknown>>)[camel];
  }
  return value;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return value.join(".");
  return String(value);
}
