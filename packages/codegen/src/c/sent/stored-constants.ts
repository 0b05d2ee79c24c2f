import type { Call } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import type { Definition, Range } from "./definition.ts";
import type { Doubt } from "./doubt.ts";
import { RecordHandles } from "./handles.ts";
import type { Place } from "./place.ts";
import type { ReachingStores } from "./reaching-stores.ts";
import { type Frame, isRunning } from "./typing.ts";

/** Calls that a record is followed into to find what is stored in it. */
const deepest = 6;
/** Calls that one record is followed into in all. */
const mostCalls = 1000;

/** The constants that an integer may hold, as numbers without a sign; or why it may hold others. */
export type Held = { readonly values: ReadonlySet<bigint> } | Doubt;

/** What the code stores into one record before it is sent. */
export class StoredConstants {
  readonly #code: Code;
  readonly #record: RecordHandles;
  readonly #reaching: ReachingStores;
  #places: Map<string, Range> | undefined;
  #calls = 0;

  constructor(code: Code, record: RecordHandles, reaching: ReachingStores) {
    this.#code = code;
    this.#record = record;
    this.#reaching = reaching;
  }

  /** Integers that are stored to, wherever that stands, by place: "64 4". */
  get places(): ReadonlyMap<string, Range> {
    if (this.#places === undefined) {
      this.#places = new Map();
      for (const frame of this.#record.frames) this.#add(this.#record, frame, 0);
    }
    return this.#places;
  }

  /** What the integer at `range` holds when the record is sent. */
  at(range: Range): Held {
    if (this.#record.cut) return { why: "it goes by too many names", pos: undefined };
    if (this.#record.open) return { why: "the function that gives it is not followed", pos: undefined };
    const definitions = this.#reaching.at(range);
    if ("why" in definitions) return definitions;
    if (definitions.length === 0) return { why: "no path is found on which it is sent", pos: undefined };
    const held = this.#heldBy(definitions, range, new Map());
    return "why" in held ? held : { values: new Set([...held.values].sort((a, b) => (a < b ? -1 : 1))) };
  }

  /** @param changed what is known of changes that several paths meet at */
  #heldBy(definitions: readonly Definition[], range: Range, changed: Map<Definition, Held>): Held {
    const values = new Set<bigint>();
    for (const definition of definitions) {
      const own = changed.get(definition) ?? this.#heldByOne(definition, range, changed);
      if (definition.kind === "changed") changed.set(definition, own);
      if ("why" in own) return own;
      for (const value of own.values) values.add(BigInt.asUintN(range.size * 8, value));
    }
    return { values };
  }

  #heldByOne(definition: Definition, range: Range, changed: Map<Definition, Held>): Held {
    if (definition.kind === "zero") return { values: new Set([0n]) };
    const { integers, reached } = this.#code;
    const { frame, pos } = definition;
    let values: ReadonlySet<bigint> | undefined;
    if (definition.kind === "value") values = integers.storedIn(definition, reached);
    else {
      const before = this.#heldBy(definition.before, range, changed);
      if ("why" in before) return before;
      values = integers.changed(before.values, definition, frame);
    }
    return values === undefined ? { why: "what is stored there is not known to be a constant", pos } : { values };
  }

  #add(record: RecordHandles, frame: Frame, depth: number): void {
    const calls = new Set<Call>();
    for (const { stores, args } of record.usesIn(frame)) {
      for (const { place } of stores) {
        const bits = record.inRecord(place, frame);
        if (bits !== undefined) this.#store(place, bits);
      }
      for (const { call } of args) if (this.#code.functions.bodyOf(call) !== undefined) calls.add(call);
    }
    for (const call of calls) this.#follow(call, record, frame, depth);
  }

  #store(place: Place, bits: number): void {
    const plain = place.type && stripped(place.type);
    if (plain?.kind !== "int" && plain?.kind !== "enum" && plain?.kind !== "enum64") return;
    if (place.width === undefined && place.within === undefined && place.span === undefined) {
      this.#places?.set(`${bits} ${plain.size}`, { bits, size: plain.size });
    }
  }

  #follow(call: Call, record: RecordHandles, frame: Frame, depth: number): void {
    const body = this.#code.functions.bodyOf(call);
    if (body === undefined || isRunning(body, frame) || depth >= deepest || ++this.#calls > mostCalls) return;
    const called: Frame = { body, call, caller: frame };
    const inner = new RecordHandles(this.#code.bodies, called);
    for (const [index, arg] of call.args.entries()) {
      const bits = record.inRecord(this.#code.bodies.places.behind(arg), frame);
      const parameter = body.parameters[index];
      if (parameter !== undefined && bits !== undefined) inner.addRoot(parameter, -bits, called);
    }
    this.#add(inner, called, depth + 1);
  }
}
