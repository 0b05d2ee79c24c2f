import type { Call, Expression, Local } from "../body/tree.ts";
import { isComparison } from "../text/operators.ts";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import { handedTo } from "./callbacks.ts";
import type { Flow } from "./flow.ts";
import type { Functions } from "./functions.ts";
import { type MemoryObject, mayBeSame } from "./memory-object.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import { type Frame, isRunning, type Typing } from "./typing.ts";
import { mapsAmong } from "./writers.ts";

/** Expressions that one pointer is followed over. */
const mostSteps = 500;
/** Pieces of memory that one pointer may point to, behind which it may point anywhere. */
const mostObjects = 16;

/** Answers, by where they were asked for. */
type Known = Map<Frame, Map<Expression, readonly MemoryObject[]>>;

const unknown: MemoryObject = { kind: "unknown" };
const kernel: MemoryObject = { kind: "kernel" };

/** Tells which memory pointers may point to, by all that they are set to anywhere. */
export class PointsTo {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #reached: ReachedSteps;
  readonly #flow: Flow;
  readonly #outer: ReadonlySet<string>;
  readonly #pointers: Known = new Map();
  readonly #targets: Known = new Map();
  readonly #values: Known = new Map();
  #steps = 0;
  #found: MemoryObject[] = [];
  /** Variables that the present question has asked, each in its frames. */
  #asked = new Map<Local, Frame[]>();

  /** @param outer names of the maps whose values are maps */
  constructor(functions: Functions, typing: Typing, reached: ReachedSteps, flow: Flow, outer: ReadonlySet<string>) {
    this.#functions = functions;
    this.#typing = typing;
    this.#reached = reached;
    this.#flow = flow;
    this.#outer = outer;
  }

  /** What `pointer`, or an address as an integer, may point to; none where it is null, or points to nothing that can be stored to. */
  of(pointer: Expression, frame: Frame): readonly MemoryObject[] {
    return this.#ask(this.#pointers, pointer, frame, () => this.#pointer(pointer, frame));
  }

  /** What the lvalue `target` may be a part of. */
  ofTarget(target: Expression, frame: Frame): readonly MemoryObject[] {
    return this.#ask(this.#targets, target, frame, () => this.#target(target, frame));
  }

  /** What lies in the values of the map that `pointer` may point to; `isMap` tells that it points to one. */
  valuesOf(pointer: Expression, frame: Frame, isMap: boolean): readonly MemoryObject[] {
    return this.#ask(this.#values, pointer, frame, () => {
      if (!this.#valuesIn(pointer, frame) && isMap) this.#add(unknown);
    });
  }

  #ask(known: Known, expression: Expression, frame: Frame, follow: () => void): readonly MemoryObject[] {
    const ofFrame = known.get(frame) ?? new Map<Expression, readonly MemoryObject[]>();
    known.set(frame, ofFrame);
    let found = ofFrame.get(expression);
    if (found === undefined) {
      this.#steps = 0;
      this.#found = [];
      this.#asked = new Map();
      follow();
      found = this.#steps > mostSteps || this.#found.length > mostObjects ? [unknown] : this.#found;
      ofFrame.set(expression, found);
    }
    return found;
  }

  #add(object: MemoryObject): void {
    const isSame = (other: MemoryObject): boolean =>
      other.kind === object.kind && mayBeSame(other, object, () => false);
    if (object.kind === "unknown" ? !this.#found.includes(unknown) : !this.#found.some(isSame))
      this.#found.push(object);
  }

  #pointer(expression: Expression, frame: Frame): void {
    if (++this.#steps > mostSteps) return;
    switch (expression.kind) {
      case "name":
        if (expression.local === undefined) this.#ofFile(expression);
        else this.#local(expression.local, frame);
        break;
      case "address":
        this.#target(expression.operand, frame);
        break;
      case "compound":
        this.#add({ kind: "variable", of: expression, frame });
        break;
      case "member":
      case "element":
      case "target":
        this.#loaded(expression, frame);
        break;
      case "cast":
        this.#pointer(expression.operand, frame);
        break;
      case "unary":
        if (expression.operator !== T.BANG) this.#pointer(expression.operand, frame);
        break;
      case "binary": {
        const { operator, left, right } = expression;
        if (operator === T.AND_AND || operator === T.OR_OR) break;
        if (isComparison(operator)) break;
        // What is added to a pointer leads out of nothing.
        if (!this.#isPointer(right)) this.#pointer(left, frame);
        if (!this.#isPointer(left)) this.#pointer(right, frame);
        break;
      }
      case "choice":
        for (const arm of this.#reached.arms(expression, frame)) this.#pointer(arm, frame);
        break;
      case "assignment":
        this.#pointer(expression.value, frame);
        break;
      case "last":
        if (expression.value !== undefined) this.#pointer(expression.value, frame);
        break;
      case "call":
        this.#call(expression, frame);
        break;
      case "number":
      case "size":
        break;
      default:
        this.#add(unknown);
    }
  }

  #ofFile(name: Extract<Expression, { kind: "name" }>): void {
    const type = this.#typing.typeOf(name);
    if (type !== undefined && stripped(type).kind === "func_proto") return;
    // What a pointer of the file points to, functions that nobody sees may say.
    this.#add(type === undefined || stripped(type).kind !== "array" ? unknown : fileVariable(name.id));
  }

  #local(local: Local, frame: Frame): void {
    const type = stripped(local.type);
    // An address does not fit there.
    if (type.kind === "int" && type.size < 8) return;
    if (type.kind === "array") {
      this.#add({ kind: "variable", of: local, frame });
      return;
    }
    const frames = this.#asked.get(local) ?? [];
    if (frames.includes(frame)) return;
    this.#asked.set(local, [...frames, frame]);
    if (local.parameter !== undefined) this.#parameter(local.parameter, frame);
    for (const value of local.values) if (this.#reached.isAssigned(value, frame)) this.#pointer(value, frame);
  }

  #parameter(index: number, { call, caller, runBy }: Frame): void {
    const given = call?.args[index];
    if (caller === undefined) this.#add(kernel);
    else if (call !== undefined) {
      if (given === undefined) this.#add(unknown);
      else this.#pointer(given, caller);
    } else {
      const handed = runBy && handedTo(this.#functions.calleeOf(runBy), runBy, index);
      if (handed === undefined) this.#add(unknown);
      else if (handed.kind === "argument") this.#pointer(handed.value, caller);
      else this.#valuesIn(handed.map, caller);
    }
  }

  /** What lies in values of the map that `map` may be. */
  #valuesIn(map: Expression, frame: Frame): boolean {
    const names = this.#flow.mapsOf(map, frame);
    for (const name of names) this.#add({ kind: "value", map: name, inner: this.#outer.has(name) });
    if (this.#flow.cut) this.#add(unknown);
    return names.size > 0;
  }

  /** What a pointer points to that is loaded from `place`. */
  #loaded(place: Expression, frame: Frame): void {
    const type = this.#typing.typeOf(place);
    if (type !== undefined && stripped(type).kind === "array") {
      this.#target(place, frame);
      return;
    }
    const outside = this.#found;
    this.#found = [];
    this.#target(place, frame);
    const isKernels = this.#found.length > 0 && this.#found.every(({ kind }) => kind === "kernel");
    this.#found = outside;
    // The kernel has no pointers to what a program has.
    this.#add(isKernels ? kernel : unknown);
  }

  /** What the lvalue `expression` is a part of. */
  #target(expression: Expression, frame: Frame): void {
    if (++this.#steps > mostSteps) return;
    switch (expression.kind) {
      case "name":
        if (expression.local === undefined) this.#add(fileVariable(expression.id));
        else this.#add({ kind: "variable", of: expression.local, frame });
        break;
      case "compound":
        this.#add({ kind: "variable", of: expression, frame });
        break;
      case "member":
        if (expression.arrow) this.#pointer(expression.base, frame);
        else this.#target(expression.base, frame);
        break;
      case "element":
        this.#pointer(expression.base, frame);
        // `1[p]`
        if (!this.#isPointer(expression.base)) this.#pointer(expression.index, frame);
        break;
      case "target":
        this.#pointer(expression.operand, frame);
        break;
      case "last":
        if (expression.value !== undefined) this.#target(expression.value, frame);
        break;
      case "cast":
        this.#target(expression.operand, frame);
        break;
      case "choice":
        for (const arm of this.#reached.arms(expression, frame)) this.#target(arm, frame);
        break;
      default:
        this.#add(unknown);
    }
  }

  #isPointer(expression: Expression): boolean {
    const type = this.#typing.typeOf(expression);
    return type !== undefined && decayed(type).kind === "ptr";
  }

  #call(call: Call, frame: Frame): void {
    const body = this.#functions.bodyOf(call);
    if (body !== undefined) {
      if (isRunning(body, frame)) this.#add(unknown);
      else {
        const called: Frame = { body, call, caller: frame };
        for (const value of this.#reached.returns(called)) this.#pointer(value, called);
      }
      return;
    }
    const name = this.#functions.calleeOf(call);
    if (name === "bpf_ringbuf_reserve") this.#add({ kind: "sample", call, frame });
    else if (!name.startsWith("bpf_") || /cast|dynptr|kptr/.test(name)) {
      // It may give what it is handed, and what that has a pointer to.
      for (const arg of call.args) this.#pointer(arg, frame);
      this.#add(unknown);
    } else {
      const maps = mapsAmong(name, call.args);
      const isOfMap = maps.map((map) => this.#isPointer(map) && this.#valuesIn(map, frame)).some(Boolean);
      if (!isOfMap) this.#add(/^bpf_map_lookup/.test(name) ? unknown : kernel);
    }
  }
}

function fileVariable(id: number): MemoryObject {
  return { kind: "variable", of: id, frame: undefined };
}
