import type { Type } from "@rbgen/btf";
import { hasPacket, type SampleSize } from "../../module.ts";
import { bare, type Call, type Expression, type Local, unknown } from "../body/tree.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { appendedBytes } from "./appended.ts";
import { roomBehind } from "./array-room.ts";
import { chosenTogether } from "./chosen-together.ts";
import type { Code } from "./code.ts";
import type { Flow } from "./flow.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles } from "./handles.ts";
import type { MemoryObject } from "./memory-object.ts";
import { namedStructs } from "./named-structs.ts";
import { ReachingStores } from "./reaching-stores.ts";
import { SampleSizes } from "./sample-size.ts";
import type { Sending } from "./sending.ts";
import type { Sink } from "./sinks.ts";
import { StoredConstants } from "./stored-constants.ts";
import { type Frame, tells } from "./typing.ts";

/** One place that sends a record. */
export interface Site {
  readonly type: Type;
  readonly pos: number;
  readonly verb: Sink["verb"];
  /** What the code stores into it; undefined where others do. */
  readonly stored: StoredConstants | undefined;
  /** What the sample may be as long as; empty where nothing computes it. */
  readonly sizes: readonly SampleSize[];
  /** The function whose call it is. */
  readonly owner: string;
}

/** Tells which records one call of a helper carries. */
export class CarriedTypes {
  readonly #code: Code;
  readonly #functions: Functions;
  readonly #flow: Flow;
  readonly #sizes: SampleSizes;
  /** Whether a record of the present call is made of more than is looked at. */
  #cut = false;
  /** Whether what the present call reserves is discarded wherever it goes. */
  #discarded = false;

  constructor(code: Code) {
    this.#code = code;
    this.#functions = code.functions;
    this.#flow = code.flow;
    this.#sizes = new SampleSizes(code);
  }

  /** @param section of the program that runs it, which tells whether there is a packet */
  of(
    sink: Sink,
    call: Call,
    frame: Frame,
    section: string,
  ): { readonly sites: readonly Site[]; readonly cut: boolean; readonly discarded: boolean } {
    this.#cut = false;
    this.#discarded = false;
    const flags = hasPacket(section) ? argument(call, sink.flags) : undefined;
    const appended = flags === undefined ? [0n] : appendedBytes(flags, frame, this.#code);
    const sites = this.#sitesAt(sink, call, frame).map(
      (site): Site => ({ ...site, sizes: site.sizes.flatMap((own) => appended.map((more) => longer(own, more))) }),
    );
    return { sites, cut: this.#cut, discarded: this.#discarded };
  }

  /** The array of bytes or text that a call is handed and sends whole, as `--map` takes it. */
  bytesOf(sink: Sink, call: Call, frame: Frame): string | undefined {
    const pointer = bare(argument(call, sink.data) ?? unknown);
    const type = this.#code.typing.typeOf(pointer.kind === "address" ? pointer.operand : pointer);
    const array = type && stripped(type);
    const element = array?.kind === "array" ? stripped(array.element) : undefined;
    if (array?.kind !== "array" || array.count === 0 || element?.kind !== "int" || element.size !== 1) return undefined;
    const bytes = this.#code.integers.valueOf(argument(call, sink.size) ?? unknown, frame);
    return bytes === BigInt(array.count) ? `${element.name === "char" ? "char" : "u8"}[${array.count}]` : undefined;
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
    const at: Taking = (
      types,
      bytes,
      record,
      where,
      origin,
      { named, read = call, size: own = size, memory = [], pointer } = {},
    ) => {
      const received = sink.verb === "received";
      const sent = sink.verb === "sent" || sink.verb === "written";
      const sending: Sending = { call: origin, where, sent, memory, ...(sent && { pointer }) };
      const reaching = received ? undefined : new ReachingStores(this.#code, record, sending);
      if (sink.verb === "reserved" && reaching?.isOnlyDiscarded === true) {
        this.#discarded = true;
        return [];
      }
      const stored = reaching && new StoredConstants(this.#code, record, reaching);
      return this.#agreed(types, bytes, where, named ?? record, pointer).map((type): Site => {
        const sizes = own === undefined ? [] : this.#sizes.of(own, where, { record, type, sending, reaching });
        return { type, pos: received ? read.pos : call.pos, verb: sink.verb, stored, sizes, owner: where.body.name };
      });
    };
    if (sink.data !== undefined) return this.#behind(call, call.args[sink.data] ?? unknown, size, frame, at);
    if (sink.callback !== undefined) {
      const callback = this.#functions.named(call.args[sink.callback] ?? unknown);
      const dynptr = callback?.parameters[0];
      if (callback === undefined || dynptr === undefined) return [];
      return this.#overDynptr(
        call,
        undefined,
        dynptr,
        { body: callback, call: undefined, caller: frame, runBy: call },
        at,
      );
    }
    if (sink.dynptr !== undefined) {
      const dynptr = rootOf(call.args[sink.dynptr] ?? unknown);
      return dynptr === undefined ? [] : this.#overDynptr(call, size, dynptr, frame, at, call.args[sink.dynptr]);
    }
    return this.#result(call, size, frame, at);
  }

  /** Records behind a pointer that is handed to a helper. */
  #behind(call: Call, pointer: Expression, size: Expression | undefined, frame: Frame, at: Taking): readonly Site[] {
    const record = new RecordHandles(this.#code.bodies).addPointer(pointer, frame);
    const memory = this.#code.memory.of(pointer, frame);
    const pairs = size && chosenTogether(pointer, size, frame.body);
    if (pairs !== undefined)
      return pairs.flatMap((own) =>
        at(this.#pointees(own.pointer, frame), own.size, record, frame, call, {
          size: own.size,
          memory,
          pointer: own.pointer,
        }),
      );
    return at(this.#pointees(pointer, frame), size, record, frame, call, { memory, pointer });
  }

  /** Records behind the pointer that a helper returns. */
  #result(call: Call, size: Expression | undefined, frame: Frame, at: Taking): readonly Site[] {
    const record = new RecordHandles(this.#code.bodies).addResult(call, frame);
    const memory: readonly MemoryObject[] = [{ kind: "sample", call, frame }];
    return at(this.#uses(call, frame), size, record, frame, call, { memory });
  }

  /** What is read from the start of a dynptr that `dynptr` is or points to, or written there; `origin` made it, as long as `sized`. */
  #overDynptr(
    origin: Call,
    sized: Expression | undefined,
    dynptr: Local,
    frame: Frame,
    at: Taking,
    pointer?: Expression,
  ): readonly Site[] {
    const memory = pointer === undefined ? [] : this.#code.memory.of(pointer, frame);
    // All of its memory goes by its name.
    const record = new RecordHandles(this.#code.bodies).addRoot(dynptr, 0, frame);
    const begin: { readonly call: Call; readonly data: number | undefined; readonly size: number }[] = [];
    for (const call of frame.body.calls) {
      const piece = dynptrPieces.get(this.#functions.calleeOf(call));
      if (piece === undefined || rootOf(call.args[piece.dynptr] ?? unknown) !== dynptr) continue;
      const offset = this.#code.integers.valueOf(call.args[piece.offset] ?? unknown, frame);
      if (piece.data === undefined && offset !== undefined) record.addResult(call, frame, -Number(offset) * 8);
      // What lies further on is a part of what begins there.
      if (offset === 0n) begin.push({ call, ...piece });
    }
    // One that is as long as all of it says what it is; others are parts that begin there.
    const bytes = sized === undefined ? undefined : this.#code.integers.valueOf(sized, frame);
    const all = begin.filter(
      ({ call, size }) => this.#code.integers.valueOf(call.args[size] ?? unknown, frame) === bytes,
    );
    return (bytes !== undefined && all.length > 0 ? all : begin).flatMap(({ call, data, size }) => {
      if (data === undefined) {
        const named = sized === undefined ? [] : this.#code.typing.measured(sized, frame).filter(tells);
        const types = this.#uses(call, frame);
        if (types.length === 0) return at([], call.args[size], record, frame, origin, { read: call, memory });
        return types.flatMap((type) => {
          // A header that is filled there is no record, where the size says which it heads.
          const outer = this.#outer(type, named);
          return at([outer], outer === type ? call.args[size] : undefined, record, frame, origin, {
            read: call,
            memory,
          });
        });
      }
      const pointer = call.args[data] ?? unknown;
      const copied = new RecordHandles(this.#code.bodies).addPointer(pointer, frame);
      return at(this.#pointees(pointer, frame), call.args[size], record, frame, origin, {
        named: copied,
        read: call,
        memory,
      });
    });
  }

  /** The struct that a size names, where that begins with `type`, and no other one that it names does. */
  #outer(type: Type, measured: readonly Type[]): Type {
    const [outer, ...others] = isRecord(type) ? measured.filter((one) => startsWith(one, type)) : [];
    return outer === undefined || others.length > 0 ? type : outer;
  }

  /** Of the types that a pointer may have, those that agree with the size that is sent. */
  #agreed(
    types: readonly Type[],
    size: Expression | undefined,
    frame: Frame,
    record: RecordHandles,
    pointer: Expression | undefined,
  ): readonly Type[] {
    if (size === undefined) return types;
    const { integers, typing } = this.#code;
    const bytes = integers.valueOf(size, frame);
    const measured = typing.measured(size, frame).filter(tells);
    if (types.length === 0) {
      // sizeof tells: a struct of exactly that size.
      const structs = measured.filter((type) => isRecord(type) && (bytes === undefined || sizeIs(type, bytes)));
      if (structs.length === 1) return structs;
    }
    if (!types.some(isRecord)) {
      const named = namedStructs(record, this.#functions);
      if (types.length === 0 || named.length > 0) return oneOf(named, bytes);
    }
    return types.flatMap((type): readonly Type[] => {
      // Numbers or records of which a run decides how many there are, are not one of them.
      if (bytes === undefined) {
        const isCount = this.#sizes.isCountOf(BigInt(sizeOf(type) ?? 0), size, frame);
        return isRecord(type) && !isCount ? [this.#outer(type, measured)] : [];
      }
      if (sizeIs(type, bytes)) return [type];
      if (isRecord(type)) {
        const several = typing.measured(size, frame).find((one) => isArrayOf(one, type) && sizeIs(one, bytes));
        if (several !== undefined) return [several];
        // `sizeof(s->first)` sends the first member alone.
        const first = measured.find((one) => isRecord(one) && sizeIs(one, bytes) && startsWith(type, one));
        if (first !== undefined) return [first];
        // Another struct of that size, whose start this one is, or the sample is a part of it, or longer.
        const other = measured.find((one) => isRecord(one) && sizeIs(one, bytes) && stripped(one) !== stripped(type));
        return [other !== undefined && startsWith(other, type) ? other : type];
      }
      const each = BigInt(sizeOf(type) ?? 0);
      const room = pointer && roomBehind(pointer, frame, this.#code);
      // Behind one member stand others, which are not its elements.
      if (room !== undefined && bytes > BigInt(room)) return [];
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
  /** The call that is handed the record's bytes, or else gives them. */
  origin: Call,
  more?: {
    /** The memory that the record is copied from or to, where it is not the record's own. */
    readonly named?: RecordHandles;
    /** How long the sample is, where that is not what the call is handed for all of them. */
    readonly size?: Expression;
    /** The call by which it is read. */
    readonly read?: Call;
    /** What points to its bytes. */
    readonly pointer?: Expression;
    /** What it may lie in. */
    readonly memory?: readonly MemoryObject[];
  },
) => readonly Site[];

/** Helpers that lead to the bytes of a dynptr, by their arguments. */
const dynptrPieces: ReadonlyMap<
  string,
  { readonly dynptr: number; readonly offset: number; readonly size: number; readonly data: number | undefined }
> = new Map([
  ["bpf_dynptr_data", { dynptr: 0, offset: 1, size: 2, data: undefined }],
  ["bpf_dynptr_write", { dynptr: 0, offset: 1, data: 2, size: 3 }],
  ["bpf_dynptr_read", { data: 0, size: 1, dynptr: 2, offset: 3 }],
]);

function argument(call: Call, index: number | undefined): Expression | undefined {
  return index === undefined ? undefined : call.args[index];
}

/** A sample behind which stand `more` bytes, or as many as a run knows. */
function longer(size: SampleSize, more: bigint | undefined): SampleSize {
  if (more === 0n) return size;
  // Where the record ends is not told from what is behind it.
  if (size.open) return { bytes: 0n, open: true };
  return more === undefined ? { ...size, open: true } : { ...size, bytes: size.bytes + more };
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

function isArrayOf(type: Type, element: Type): boolean {
  const plain = stripped(type);
  return plain.kind === "array" && plain.count > 1 && stripped(plain.element) === stripped(element);
}

function sizeIs(type: Type, bytes: bigint): boolean {
  return sizeOf(type) === Number(bytes);
}

/** The one of several structs that bytes may be: one of that size, or the only one which no other begins with. */
function oneOf(structs: readonly Type[], bytes: bigint | undefined): readonly Type[] {
  const exact = structs.filter((type) => bytes !== undefined && sizeIs(type, bytes));
  const outer = structs.filter((type) => !structs.some((other) => other !== type && startsWith(other, type)));
  const told = exact.length > 0 ? exact : outer;
  return told.length === 1 ? told : [];
}

/** Whether the first member of `outer`, or of a union any, is an `inner`, or its own first one. */
function startsWith(outer: Type, inner: Type, depth = 0): boolean {
  const at = stripped(outer);
  if (depth > 16 || (at.kind !== "struct" && at.kind !== "union")) return false;
  const first = at.kind === "struct" ? at.members.slice(0, 1) : at.members;
  return first.some(({ type }) => stripped(type) === stripped(inner) || startsWith(type, inner, depth + 1));
}
