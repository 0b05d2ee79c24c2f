import type { Type } from "@rbgen/btf";
import { bare, type Call, type Expression } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyPlaces } from "./body-places.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles, wholeOf } from "./handles.ts";
import { bitsOf, type Place } from "./place.ts";
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

/** Helpers that write to what they are handed, however it is declared: it is no constant. */
const writers =
  /^bpf_(?:probe_read|copy_from|core_read|get_stack|get_current_comm|skb_load_bytes|xdp_load_bytes|dynptr_read)/;

/** Finds which constants functions store into a record that they hand on to each other. */
export class ConstantStores {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #bodies: BodyPlaces;
  #found = new Map<string, { bits: number; size: number; values: Set<bigint> }>();
  /** Bits, from and up to, into which something else is stored. */
  #varying: (readonly [number, number])[] = [];
  #calls = 0;
  #cut = false;

  constructor(functions: Functions, typing: Typing, bodies: BodyPlaces) {
    this.#functions = functions;
    this.#typing = typing;
    this.#bodies = bodies;
  }

  /** What is stored into `record` by all functions that have a handle of it, and those that they call with one. */
  in(record: RecordHandles): StoredConstants {
    this.#found = new Map();
    this.#varying = [];
    this.#calls = 0;
    this.#cut = record.cut;
    for (const frame of record.frames) this.#add(record, frame, 0);
    // What was not looked at may store anything.
    if (this.#cut) return new Map();
    const all = [...this.#found];
    return new Map(
      all.filter(([key, { bits, size }]) => {
        const end = bits + size * 8;
        if (this.#varying.some(([from, to]) => from < end && bits < to)) return false;
        return !all.some(([other, own]) => other !== key && own.bits < end && bits < own.bits + own.size * 8);
      }),
    );
  }

  #add(record: RecordHandles, frame: Frame, depth: number): void {
    const calls = new Set<Call>();
    for (const { stores, args } of record.usesIn(frame)) {
      for (const { place, value } of stores) {
        const bits = record.inRecord(place, frame);
        if (bits !== undefined) this.#store(place, bits, value, frame);
      }
      for (const { call, index, place } of args) {
        if (this.#functions.bodyOf(call) === undefined)
          this.#handOut(call, index, place, record.inRecord(place, frame));
        else calls.add(call);
      }
    }
    for (const call of calls) this.#follow(call, record, frame, depth);
  }

  #store(place: Place, bits: number, value: Expression, frame: Frame): void {
    const plain = place.type && stripped(place.type);
    const integer = plain?.kind === "int" || plain?.kind === "enum" || plain?.kind === "enum64";
    this.#typing.restart();
    const values = integer && place.width === undefined ? this.#typing.valuesOf(value, frame) : undefined;
    if (plain === undefined || values === undefined || !integer) {
      // The members of a copied struct are looked at by themselves.
      if (wholeOf(value) === undefined) this.#vary(place, bits);
      return;
    }
    const key = `${bits} ${plain.size}`;
    const found = this.#found.get(key) ?? { bits, size: plain.size, values: new Set() };
    this.#found.set(key, found);
    for (const one of values) found.values.add(BigInt.asUintN(plain.size * 8, one));
  }

  #vary(place: Place, bits: number): void {
    const length = bitsOf(place);
    this.#varying.push([bits, length === undefined ? Number.POSITIVE_INFINITY : bits + length]);
  }

  /** A helper of the kernel is handed a part of the record, which it may write to. */
  #handOut(call: Call, index: number, place: Place, bits: number | undefined): void {
    if (bits === undefined) return;
    const integer = /^(?:int|enum|enum64)$/.test(place.type === undefined ? "" : stripped(place.type).kind);
    const writes = writers.test(this.#functions.calleeOf(call));
    if (writes || (integer && !this.#readsOnly(call, index))) this.#vary(place, bits);
  }

  /** Whether a function declares that it leaves what the argument points to. */
  #readsOnly(call: Call, index: number): boolean {
    const callee = this.#typing.typeOf(bare(call.callee));
    let proto = callee && stripped(callee);
    if (proto?.kind === "ptr") proto = stripped(proto.target);
    const pointer = proto?.kind === "func_proto" ? stripped(proto.params[index]?.type ?? { kind: "void" }) : undefined;
    return pointer?.kind === "ptr" && isConst(pointer.target);
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

function isConst(type: Type): boolean {
  for (let at = type; ; ) {
    if (at.kind === "const") return true;
    if (at.kind !== "typedef" && at.kind !== "volatile" && at.kind !== "restrict" && at.kind !== "type_tag")
      return false;
    at = at.target;
  }
}
