import type { Call } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyPlaces } from "./body-places.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles } from "./handles.ts";
import type { Place } from "./place.ts";
import { ReachingStores, type Sending } from "./reaching-stores.ts";
import { type Frame, isRunning, type Typing } from "./typing.ts";

/** Constants that are stored into one integer of a record. */
export interface Stored {
  /** Bits from the record's start. */
  readonly bits: number;
  /** Bytes. */
  readonly size: number;
  /** As numbers without a sign. */
  readonly values: ReadonlySet<bigint>;
}

/** By place: "64 4". */
export type StoredConstants = ReadonlyMap<string, Stored>;

/** Calls that a record is followed into to find what is stored in it. */
const deepest = 6;
/** Calls that one record is followed into in all. */
const mostCalls = 1000;

/** Finds which constants stand in a record when it is sent, that functions hand on to each other. */
export class ConstantStores {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #bodies: BodyPlaces;
  /** Places of integers. */
  #found = new Map<string, Pick<Stored, "bits" | "size">>();
  #calls = 0;
  #cut = false;

  constructor(functions: Functions, typing: Typing, bodies: BodyPlaces) {
    this.#functions = functions;
    this.#typing = typing;
    this.#bodies = bodies;
  }

  /** The integers of `record` that hold constants whenever it is sent. */
  in(record: RecordHandles, sending: Sending): StoredConstants {
    this.#found = new Map();
    this.#calls = 0;
    this.#cut = record.cut;
    for (const frame of record.frames) this.#add(record, frame, 0);
    // What was not looked at may store anything.
    if (this.#cut) return new Map();
    const reaching = new ReachingStores(this.#functions, this.#typing, this.#bodies, record, sending);
    const sure = new Map<string, Stored>();
    for (const [key, { bits, size }] of this.#found) {
      const values = reaching.at(bits, size);
      if (values !== undefined) sure.set(key, { bits, size, values });
    }
    return sure;
  }

  #add(record: RecordHandles, frame: Frame, depth: number): void {
    const calls = new Set<Call>();
    for (const { stores, args } of record.usesIn(frame)) {
      for (const { place } of stores) {
        const bits = record.inRecord(place, frame);
        if (bits !== undefined) this.#store(place, bits);
      }
      for (const { call } of args) if (this.#functions.bodyOf(call) !== undefined) calls.add(call);
    }
    for (const call of calls) this.#follow(call, record, frame, depth);
  }

  #store(place: Place, bits: number): void {
    const plain = place.type && stripped(place.type);
    if (plain?.kind !== "int" && plain?.kind !== "enum" && plain?.kind !== "enum64") return;
    if (place.width === undefined && place.within === undefined) {
      this.#found.set(`${bits} ${plain.size}`, { bits, size: plain.size });
    }
  }

  #follow(call: Call, record: RecordHandles, frame: Frame, depth: number): void {
    const body = this.#functions.bodyOf(call);
    if (body === undefined || isRunning(body, frame)) return;
    const called: Frame = { body, call, caller: frame };
    const inner = new RecordHandles(this.#bodies, called);
    for (const [index, arg] of call.args.entries()) {
      const bits = record.inRecord(this.#bodies.places.behind(arg), frame);
      const parameter = body.parameters[index];
      if (parameter !== undefined && bits !== undefined) inner.addRoot(parameter, -bits, called);
    }
    if (depth >= deepest || ++this.#calls > mostCalls || inner.cut) {
      this.#cut = true;
      return;
    }
    this.#add(inner, called, depth + 1);
  }
}
