import type { FieldPlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { binary, type Code, code, local } from "./code.ts";
import type { ParameterDeclarationStructure } from "./declaration.ts";

/** Where a field begins, and how many elements it has. */
export interface Found {
  readonly start: Code;
  readonly count?: Code;
}

/** A place in memory: expressions for a DataView, and for an offset in it. */
export interface Spot {
  readonly view: Code;
  readonly base: Code;
  /** Locals that hold what was loaded there, by the path of its place. */
  readonly loaded?: ReadonlyMap<string, Code>;
  /** Where fields begin that stand behind others, and how many elements they have, as far as locals hold it. */
  readonly found?: ReadonlyMap<FieldPlan, Found>;
}

/** Where a record's bytes are: its first one, the end of its sample, and how many lie between them. */
export interface Span extends Spot {
  readonly end: Code;
  readonly length: Code;
}

const [view, base, end] = [local("view"), local("offset"), local("end")];

/** Where a generated function finds a struct: its parameters. */
export const here: Span = { view, base, end, length: binary("-", end, base) };

/** What such a function is given of one that may end before the memory does. */
export const hereParameters: readonly ParameterDeclarationStructure[] = [
  { name: view, type: code`DataView` },
  { name: base, type: code`number` },
  { name: end, type: code`number` },
];

/** Bytes of a sample, where a function is told them. */
export const byteLength: Code = local("byteLength");

/** Where a generated function finds a record that it is told the length of. */
export const sample: Span = { ...here, length: byteLength };

/** What a generated function encodes. */
export const value: Code = local("value");

/** A member of it. */
export function memberOf(name: Name): Code {
  return code`${value}.${name}`;
}

/** The first byte, where offsets are counted from it. */
export const first: Code = code`0`;

/** An offset expression, without `+ 0` or `0 +`. */
export function plus(base: Code, bytes: number): Code {
  if (base === first) return code`${bytes}`;
  if (bytes < 0) return binary("-", base, code`${-bytes}`);
  return bytes === 0 ? base : binary("+", base, code`${bytes}`);
}

/** Bytes from an offset to another one, without `- 0`. */
export function minus(end: Code, ...less: readonly (Code | number)[]): Code {
  const parts = less.filter((part) => part !== 0).map((part) => (typeof part === "number" ? code`${part}` : part));
  return binary("-", end, ...parts);
}

/** `count` elements as bytes. */
export function times(count: Code, stride: number): Code {
  return stride === 1 ? count : binary("*", count, code`${stride}`);
}
