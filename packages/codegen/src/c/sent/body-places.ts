import type { Type } from "@rbgen/btf";
import { type Body, type Call, type Expression, type Local, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import { castsOf } from "./casts.ts";
import type { Functions } from "./functions.ts";
import type { Integers } from "./integers.ts";
import type { Place, Places, Root } from "./place.ts";

/** What one function does with the memory that it has a name of. */
export interface RootUses {
  /** Variables that are set to a pointer into it, and where that points to. */
  readonly pointers: { readonly local: Local; readonly place: Place }[];
  /** What is stored in it. */
  readonly stores: { readonly place: Place; readonly value: Expression }[];
  /** What pointers to it are cast to. */
  readonly casts: { readonly place: Place; readonly type: Type }[];
  /** Arguments of calls that point into it. */
  readonly args: { readonly call: Call; readonly index: number; readonly place: Place }[];
}

const none: RootUses = { pointers: [], stores: [], casts: [], args: [] };

/** What functions do with memory, by the names that it has in each; read once for each function. */
export class BodyPlaces {
  readonly places: Places;
  readonly #functions: Functions;
  readonly #integers: Integers;
  readonly #known = new Map<Body, ReadonlyMap<Root, RootUses>>();

  constructor(places: Places, functions: Functions, integers: Integers) {
    this.places = places;
    this.#functions = functions;
    this.#integers = integers;
  }

  of(root: Root, body: Body): RootUses {
    let known = this.#known.get(body);
    if (known === undefined) {
      known = this.#read(body);
      this.#known.set(body, known);
    }
    return known.get(root) ?? none;
  }

  /** The body that `call` runs, where it is one of the unit's functions. */
  bodyOf(call: Call): Body | undefined {
    return this.#functions.bodyOf(call);
  }

  /** What `call` copies into the memory of a dynptr, which goes by the dynptr's name; undefined for other calls. */
  writtenByDynptr(call: Call): { readonly place: Place; readonly value: Expression } | undefined {
    if (this.#functions.calleeOf(call) !== "bpf_dynptr_write") return undefined;
    const [dynptr = unknown, offset = unknown, source = unknown, length = unknown] = call.args;
    const memory = this.places.behind(dynptr);
    if (memory === undefined) return undefined;
    const at = this.#integers.valueOf(offset, undefined);
    const bytes = this.#integers.valueOf(length, undefined);
    const place: Place = {
      root: memory.root,
      bits: at === undefined ? 0 : Number(at) * 8,
      type: this.places.behind(source)?.type,
      span: bytes === undefined || at === undefined ? Number.POSITIVE_INFINITY : Number(bytes) * 8,
    };
    return { place, value: { kind: "target", operand: source } };
  }

  #read(body: Body): ReadonlyMap<Root, RootUses> {
    const { locals, stores, calls } = body;
    const found = new Map<Root, RootUses>();
    const usesOf = ({ root }: Place): RootUses => {
      const uses = found.get(root) ?? { pointers: [], stores: [], casts: [], args: [] };
      found.set(root, uses);
      return uses;
    };
    for (const local of locals) {
      for (const value of isPointer(local) ? local.values : []) {
        const place = this.places.behind(value);
        if (place !== undefined) usesOf(place).pointers.push({ local, place });
      }
    }
    for (const { target, value } of stores) {
      const place = this.places.of(target);
      if (place !== undefined) usesOf(place).stores.push({ place, value });
    }
    for (const { type, operand } of castsOf(body)) {
      const place = this.places.behind(operand);
      if (place !== undefined) usesOf(place).casts.push({ place, type });
    }
    for (const call of calls) {
      const written = this.writtenByDynptr(call);
      if (written !== undefined) usesOf(written.place).stores.push(written);
      for (const [index, arg] of call.args.entries()) {
        const place = this.places.behind(arg);
        if (place !== undefined) usesOf(place).args.push({ call, index, place });
      }
    }
    return found;
  }
}

/** Whether a variable points to what it stands for, and is not that itself. */
export function isPointer({ type }: Local): boolean {
  return decayed(type).kind === "ptr" && stripped(type).kind === "ptr";
}
