import type { Type } from "@rbgen/btf";
import type { SampleSize } from "../../module.ts";
import { bare, type Call, type Expression, type Local, unknown } from "../body/tree.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyPlaces } from "./body-places.ts";
import type { Flow } from "./flow.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles } from "./handles.ts";
import { SampleSizes } from "./sample-size.ts";
import type { Sink } from "./sinks.ts";
import { ConstantStores, type StoredConstants } from "./stored-constants.ts";
import { type Frame, type Typing, tells } from "./typing.ts";

/** One place that sends a record. */
export interface Site {
  readonly type: Type;
  readonly pos: number;
  readonly verb: Sink["verb"];
  /** Worked out when it is asked. */
  readonly stored: () => StoredConstants;
  /** What the sample may be as long as; empty where nothing computes it. */
  readonly sizes: readonly SampleSize[];
  /** The function whose call it is. */
  readonly owner: string;
}

/** Tells which records one call of a helper carries. */
export class CarriedTypes {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #flow: Flow;
  readonly #bodies: BodyPlaces;
  readonly #stores: ConstantStores;
  readonly #sizes: SampleSizes;
  /** Whether a record of the present call is made of more than is looked at. */
  #cut = false;

  constructor(functions: Functions, typing: Typing, flow: Flow, bodies: BodyPlaces) {
    this.#functions = functions;
    this.#typing = typing;
    this.#flow = flow;
    this.#bodies = bodies;
    this.#stores = new ConstantStores(functions, typing, bodies);
    this.#sizes = new SampleSizes(typing, bodies.places);
  }

  of(sink: Sink, call: Call, frame: Frame): { readonly sites: readonly Site[]; readonly cut: boolean } {
    this.#cut = false;
    const sites = this.#sitesAt(sink, call, frame);
    return { sites, cut: this.#cut };
  }

  #pointees(pointer: Expression, frame: Frame): readonly Type[] {
    const found = this.#flow.pointees(pointer, frame);
    this.#cut ||= this.#flow.cut;
    return found;
  }

  #uses(call: Call, frame: Frame): readonly Type[] {
    const found = this.#flow.uses(call, frame);
    this.#cut ||= this.#flow.cut;
    return found;
  }

  #sitesAt(sink: Sink, call: Call, frame: Frame): readonly Site[] {
    const size = argument(call, sink.size);
    const at: Taking = (types, bytes, record, where, origin) => {
      let known: StoredConstants | undefined;
      const sent = sink.verb === "sent" || sink.verb === "written" || origin.data;
      const stored = (): StoredConstants => {
        known ??= sink.verb === "received" ? new Map() : this.#stores.in(record, { ...origin, where, sent });
        return known;
      };
      return this.#agreed(types, bytes, where).map((type): Site => {
        const sizes = size === undefined ? [] : this.#sizes.of(size, where, record, type);
        return { type, pos: call.pos, verb: sink.verb, stored, sizes, owner: where.body.name };
      });
    };
    if (sink.data !== undefined) return this.#behind(call, call.args[sink.data] ?? unknown, size, frame, at);
    if (sink.callback !== undefined) {
      const callback = this.#functions.named(call.args[sink.callback] ?? unknown);
      const dynptr = callback?.parameters[0];
      if (callback === undefined || dynptr === undefined) return [];
      return this.#overDynptr(dynptr, { body: callback, call: undefined, caller: frame }, at);
    }
    if (sink.dynptr !== undefined) {
      const dynptr = rootOf(call.args[sink.dynptr] ?? unknown);
      return dynptr === undefined ? [] : this.#overDynptr(dynptr, frame, at);
    }
    return this.#result(call, size, frame, at);
  }

  /** Records behind a pointer that is handed to a helper. */
  #behind(call: Call, pointer: Expression, size: Expression | undefined, frame: Frame, at: Taking): readonly Site[] {
    const record = new RecordHandles(this.#bodies).addPointer(pointer, frame);
    return at(this.#pointees(pointer, frame), size, record, frame, { call, data: true });
  }

  /** Records behind the pointer that a helper returns. */
  #result(call: Call, size: Expression | undefined, frame: Frame, at: Taking): readonly Site[] {
    return at(this.#uses(call, frame), size, new RecordHandles(this.#bodies).addResult(call, frame), frame, {
      call,
      data: false,
    });
  }

  /** What is read from the start of a dynptr that `dynptr` is or points to, or written there. */
  #overDynptr(dynptr: Local, frame: Frame, at: Taking): readonly Site[] {
    return frame.body.calls.flatMap((call) => {
      const piece = dynptrPieces.get(this.#functions.calleeOf(call));
      if (piece === undefined || rootOf(call.args[piece.dynptr] ?? unknown) !== dynptr) return [];
      this.#typing.restart();
      // What lies further on is a part of what begins there.
      if (this.#typing.valueOf(call.args[piece.offset] ?? unknown, frame) !== 0n) return [];
      const size = call.args[piece.size];
      return piece.data === undefined
        ? this.#result(call, size, frame, at)
        : this.#behind(call, call.args[piece.data] ?? unknown, size, frame, at);
    });
  }

  /** Of the types that a pointer may have, those that agree with the size that is sent. */
  #agreed(types: readonly Type[], size: Expression | undefined, frame: Frame): readonly Type[] {
    if (size === undefined) return types;
    this.#typing.restart();
    const bytes = this.#typing.valueOf(size, frame);
    const measured = this.#typing.measured(size, frame).filter(tells);
    if (types.length === 0) {
      // Only sizeof tells: a struct of exactly that size.
      const structs = measured.filter((type) => isRecord(type) && (bytes === undefined || sizeIs(type, bytes)));
      return structs.length === 1 ? structs : [];
    }
    return types.flatMap((type): readonly Type[] => {
      if (bytes === undefined || sizeIs(type, bytes)) return [type];
      if (isRecord(type)) {
        // Another struct of that size, whose start this one is, or the sample is a part of it, or longer.
        const other = measured.find((one) => isRecord(one) && sizeIs(one, bytes) && stripped(one) !== stripped(type));
        return [other !== undefined && startsWith(other, type) ? other : type];
      }
      const each = BigInt(sizeOf(type) ?? 0);
      if (each === 0n || bytes % each !== 0n || bytes / each > 1_000_000n || bytes <= each) return [];
      return [{ kind: "array", element: type, count: Number(bytes / each) }];
    });
  }
}

/** Makes sites of types, and of the bytes that show which. */
type Taking = (
  types: readonly Type[],
  bytes: Expression | undefined,
  record: RecordHandles,
  where: Frame,
  /** The call that is handed the record's `data`, or else returns where it is. */
  origin: { readonly call: Call; readonly data: boolean },
) => readonly Site[];

/** Helpers that lead to the bytes of a dynptr, by their arguments. */
const dynptrPieces: ReadonlyMap<
  string,
  { readonly dynptr: number; readonly offset: number; readonly size: number; readonly data?: number }
> = new Map([
  ["bpf_dynptr_data", { dynptr: 0, offset: 1, size: 2 }],
  ["bpf_dynptr_write", { dynptr: 0, offset: 1, data: 2, size: 3 }],
  ["bpf_dynptr_read", { data: 0, size: 1, dynptr: 2, offset: 3 }],
]);

function argument(call: Call, index: number | undefined): Expression | undefined {
  return index === undefined ? undefined : call.args[index];
}

/** The variable that a pointer is, or whose address it is. */
function rootOf(expression: Expression): Local | undefined {
  const value = bare(expression);
  const name = value.kind === "address" ? bare(value.operand) : value;
  return name.kind === "name" ? name.local : undefined;
}

function isRecord(type: Type): boolean {
  const plain = stripped(type);
  return plain.kind === "struct" || plain.kind === "union";
}

function sizeIs(type: Type, bytes: bigint): boolean {
  return sizeOf(type) === Number(bytes);
}

/** Whether the first member of `outer`, or its own first one, is an `inner`. */
function startsWith(outer: Type, inner: Type): boolean {
  let at = stripped(outer);
  for (let depth = 0; depth < 16 && (at.kind === "struct" || at.kind === "union"); depth++) {
    const first = at.members[0];
    if (first === undefined) return false;
    at = stripped(first.type);
    if (at === stripped(inner)) return true;
  }
  return false;
}
