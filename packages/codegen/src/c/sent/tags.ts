import type { Type } from "@rbgen/btf";
import { bare, type Expression, type Local } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import { memberOf } from "../type/member-lookup.ts";
import type { Functions } from "./functions.ts";
import { type Frame, isRunning, type Typing } from "./typing.ts";

/** Constants that are stored into a record, by the path of the member: "hdr.kind". */
export type StoredConstants = ReadonlyMap<string, ReadonlySet<bigint>>;

/** Calls that a record is followed into to find what is stored in it. */
const deepest = 6;
/** Calls that one record is followed into in all. */
const mostCalls = 1000;

/** Finds which constants a function, and those that it hands the record to, store into a record. */
export class Tags {
  readonly #functions: Functions;
  readonly #typing: Typing;
  #steps = 0;
  #cut = false;

  constructor(functions: Functions, typing: Typing) {
    this.#functions = functions;
    this.#typing = typing;
  }

  /** What is stored through any of `roots`: variables that hold the record or point to it. */
  storedIn(frame: Frame, roots: ReadonlySet<Local>): StoredConstants {
    const found = new Map<string, Set<bigint>>();
    const varying = new Set<string>();
    this.#steps = 0;
    this.#cut = false;
    this.#add(frame, roots, "", found, varying, 0);
    // What was not looked at may store anything.
    if (this.#cut) return new Map();
    for (const path of varying) found.delete(path);
    return found;
  }

  #add(
    frame: Frame,
    roots: ReadonlySet<Local>,
    prefix: string,
    found: Map<string, Set<bigint>>,
    varying: Set<string>,
    depth: number,
  ): void {
    for (const { target, value } of frame.body.stores) {
      const path = pathTo(target, roots);
      if (path === undefined || path === "") continue;
      this.#typing.restart();
      const constant = this.#typing.valueOf(value, frame);
      const whole = joined(prefix, path);
      if (constant === undefined) varying.add(whole);
      else found.set(whole, (found.get(whole) ?? new Set()).add(constant));
    }
    for (const call of frame.body.calls) {
      const body = this.#functions.bodyOf(call);
      if (body === undefined || isRunning(body, frame)) continue;
      for (const [index, arg] of call.args.entries()) {
        const path = pathTo(bare(arg), roots, true);
        const parameter = body.parameters[index];
        if (path === undefined || parameter === undefined) continue;
        if (depth >= deepest || ++this.#steps > mostCalls) {
          this.#cut = true;
          return;
        }
        const called = { body, call, caller: frame };
        this.#add(called, new Set([parameter]), joined(prefix, path), found, varying, depth + 1);
      }
    }
  }
}

function joined(prefix: string, path: string): string {
  return prefix === "" || path === "" ? prefix + path : `${prefix}.${path}`;
}

/**
 * Path of the member that `expression` is, from one of `roots`: "hdr.kind" for `e->hdr.kind`, "" for the record itself.
 * Of a `pointer`, of what it points to.
 */
export function pathTo(expression: Expression, roots: ReadonlySet<Local>, pointer = false): string | undefined {
  const names: string[] = [];
  for (let at = expression; ; ) {
    switch (at.kind) {
      case "member":
        names.unshift(at.name);
        at = at.base;
        continue;
      case "target":
      case "cast":
        at = at.operand;
        continue;
      case "address":
        if (!pointer && names.length === 0) return undefined;
        at = at.operand;
        continue;
      case "last":
        if (at.value === undefined) return undefined;
        at = at.value;
        continue;
      case "name":
        return at.local !== undefined && roots.has(at.local) ? names.join(".") : undefined;
      default:
        return undefined;
    }
  }
}

/** A record, and what is stored into it wherever it is sent. */
export interface StoredRecord {
  readonly type: Type;
  readonly stored: StoredConstants;
}

/** The member that tells several records apart: one place at which each stores constants that no other one does. */
export function tagOf(records: readonly StoredRecord[]): string | undefined {
  const [first, ...others] = records;
  if (first === undefined || others.length === 0) return undefined;
  return [...first.stored.keys()].find((path) => {
    const place = placeOf(first.type, path);
    if (place === undefined || others.some(({ type }) => placeOf(type, path) !== place)) return false;
    const seen = new Set<bigint>();
    return records.every(({ stored }) => {
      const values = stored.get(path);
      return values !== undefined && [...values].every((value) => !seen.has(value) && seen.add(value));
    });
  });
}

/** Offset and size of the integer at `path`, as one text; undefined where no whole integer is there. */
function placeOf(type: Type, path: string): string | undefined {
  let at = type;
  let bits = 0;
  for (const name of path.split(".")) {
    const found = memberOf(at, name);
    if (found === undefined || found.member.bitSize !== undefined) return undefined;
    bits += found.bitOffset;
    at = found.member.type;
  }
  const plain = stripped(at);
  const integer = plain.kind === "int" || plain.kind === "enum" || plain.kind === "enum64";
  return integer ? `${bits} ${plain.size}` : undefined;
}
