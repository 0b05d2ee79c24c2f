import type { Call } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import type { Doubt } from "./doubt.ts";
import { RecordHandles } from "./handles.ts";
import type { Place } from "./place.ts";
import type { Range, ReachingStores } from "./reaching-stores.ts";
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
    const values = new Set<bigint>();
    for (const definition of definitions) {
      if (definition.kind === "zero") {
        values.add(0n);
        continue;
      }
      const constants = this.#code.integers.valuesOf(definition.value, definition.frame);
      if (constants === undefined) return { why: "what is stored there is no constant", pos: definition.pos };
      for (const value of constants) values.add(BigInt.asUintN(range.size * 8, value));
    }
    return { values: new Set([...values].sort((a, b) => (a < b ? -1 : 1))) };
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
