import type { Type } from "@rbgen/btf";
import { bare, type Call, type Expression, type Local } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Functions } from "./functions.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import { type Frame, isRunning, type Typing, tells, toldTarget } from "./typing.ts";

/** Expressions that one record or map is followed over. */
const mostSteps = 2000;

/** Follows pointers through variables, calls and maps to what they point to. */
export class Flow {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #reached: ReachedSteps;
  /** Value types of maps by name: scratch buffers. */
  readonly #maps: ReadonlyMap<string, Type | undefined>;
  #steps = 0;
  /** Variables that the present question has asked, each in its frame: they may be made of each other. */
  #asked = new Map<Local, Set<Frame | undefined>>();

  constructor(
    functions: Functions,
    typing: Typing,
    reached: ReachedSteps,
    maps: ReadonlyMap<string, Type | undefined>,
  ) {
    this.#functions = functions;
    this.#typing = typing;
    this.#reached = reached;
    this.#maps = maps;
  }

  /** Whether the last question led through more expressions than are looked at: its answer may lack some. */
  get cut(): boolean {
    return this.#steps > mostSteps;
  }

  #restart(): void {
    this.#steps = 0;
    this.#asked = new Map();
  }

  /** Names of the maps that `expression` may point to. */
  mapsOf(expression: Expression, frame: Frame): ReadonlySet<string> {
    const found = new Set<string>();
    this.#restart();
    this.#addMaps(expression, frame, found);
    return found;
  }

  #addMaps(expression: Expression, frame: Frame | undefined, found: Set<string>): void {
    if (++this.#steps > mostSteps) return;
    const value = bare(expression);
    switch (value.kind) {
      case "address":
        this.#addMaps(value.operand, frame, found);
        break;
      case "choice":
        for (const arm of this.#reached.arms(value, frame)) this.#addMaps(arm, frame, found);
        break;
      case "name": {
        const { local } = value;
        if (local === undefined) {
          const name = this.#functions.nameOf(value.id);
          if (this.#maps.has(name)) found.add(name);
          break;
        }
        for (const [own, at] of this.#valuesOf(local, frame)) this.#addMaps(own, at, found);
        break;
      }
      case "call": {
        const inner = this.#functions.bodyOf(value);
        if (inner !== undefined) {
          if (isRunning(inner, frame)) break;
          const called = { body: inner, call: value, caller: frame };
          for (const result of this.#reached.returns(called)) this.#addMaps(result, called, found);
        } else if (this.#functions.calleeOf(value) === "bpf_map_lookup_elem" && value.args[0] !== undefined) {
          // The inner map of an array or hash of maps goes by the outer one's name.
          this.#addMaps(value.args[0], frame, found);
        }
        break;
      }
    }
  }

  /** What a variable may hold: its argument, and what it is assigned; nothing when it is asked again. */
  *#valuesOf(local: Local, frame: Frame | undefined): Iterable<readonly [Expression, Frame | undefined]> {
    const frames = this.#asked.get(local) ?? new Set();
    if (frames.has(frame)) return;
    this.#asked.set(local, frames.add(frame));
    const given = local.parameter === undefined ? undefined : frame?.call?.args[local.parameter];
    if (given !== undefined) yield [given, frame?.caller];
    for (const value of local.values) if (this.#reached.isAssigned(value, frame)) yield [value, frame];
  }

  /** What the bytes behind the pointer `expression` may be, each type once. */
  pointees(expression: Expression, frame: Frame): readonly Type[] {
    const found: Type[] = [];
    this.#restart();
    this.#addPointees(expression, frame, found);
    return found;
  }

  #addPointees(expression: Expression, frame: Frame | undefined, found: Type[]): void {
    if (++this.#steps > mostSteps) return;
    const told = toldTarget(this.#typing.typeOf(expression));
    if (told !== undefined) {
      add(found, told);
      return;
    }
    switch (expression.kind) {
      case "cast":
        this.#addPointees(expression.operand, frame, found);
        break;
      case "assignment":
        this.#addPointees(expression.value, frame, found);
        break;
      case "last":
        if (expression.value !== undefined) this.#addPointees(expression.value, frame, found);
        break;
      case "choice":
        for (const arm of this.#reached.arms(expression, frame)) this.#addPointees(arm, frame, found);
        break;
      case "name":
        if (expression.local === undefined) break;
        for (const [value, at] of this.#valuesOf(expression.local, frame)) this.#addPointees(value, at, found);
        break;
      case "call": {
        const inner = this.#functions.bodyOf(expression);
        if (inner !== undefined) {
          if (isRunning(inner, frame)) break;
          const called = { body: inner, call: expression, caller: frame };
          for (const result of this.#reached.returns(called)) this.#addPointees(result, called, found);
        } else if (this.#functions.calleeOf(expression) === "bpf_map_lookup_elem" && expression.args[0] !== undefined) {
          const maps = new Set<string>();
          const asked = this.#asked;
          this.#asked = new Map();
          this.#addMaps(expression.args[0], frame, maps);
          this.#asked = asked;
          for (const map of maps) {
            const value = this.#maps.get(map);
            if (value !== undefined && tells(value)) add(found, value);
          }
        }
        break;
      }
    }
  }

  /** What the pointer that `call` returns is used as: the type of what it is assigned to, cast to, or handed on as. */
  uses(call: Call, frame: Frame): readonly Type[] {
    const found: Type[] = [];
    this.#restart();
    this.#addUses(call, frame, found);
    return found;
  }

  #addUses(call: Call, frame: Frame, found: Type[]): void {
    const { body } = frame;
    const { locals } = body;
    const holders = new Set<Local>();
    for (const local of locals) {
      for (const value of local.values) if (this.#hands(value, call, found)) holders.add(local);
    }
    for (const { target, value } of body.stores) {
      if (!this.#hands(value, call, found)) continue;
      const told = toldTarget(this.#typing.typeOf(target));
      if (told !== undefined) add(found, told);
    }
    // A `void *` that is copied to what says more.
    for (let grown = true; grown && ++this.#steps <= mostSteps; ) {
      grown = false;
      for (const local of locals) {
        if (holders.has(local)) continue;
        if (!local.values.some((value) => isOneOf(bare(value), holders))) continue;
        holders.add(local);
        grown = true;
      }
    }
    for (const { type } of holders) {
      const told = toldTarget(type);
      if (told !== undefined) add(found, told);
    }
    if (found.length > 0) return;
    for (const other of body.calls) {
      const inner = this.#functions.bodyOf(other);
      if (inner === undefined) continue;
      for (const [index, arg] of other.args.entries()) {
        const told = isOneOf(bare(arg), holders) ? toldTarget(inner.parameters[index]?.type) : undefined;
        if (told !== undefined) add(found, told);
      }
    }
    if (found.length > 0 || frame.call === undefined || frame.caller === undefined) return;
    const returned = body.returns.some((value) => isOneOf(bare(value), holders) || this.#hands(value, call, found));
    if (returned && ++this.#steps <= mostSteps) this.#addUses(frame.call, frame.caller, found);
  }

  /** Whether `value` is what `call` returns; a cast on the way says what it is used as. */
  #hands(value: Expression, call: Call, found: Type[]): boolean {
    if (value === call) return true;
    switch (value.kind) {
      case "cast": {
        const handed = this.#hands(value.operand, call, found);
        const told = handed ? toldTarget(value.type) : undefined;
        if (told !== undefined) add(found, told);
        return handed;
      }
      case "assignment":
        return this.#hands(value.value, call, found);
      case "last":
        return value.value !== undefined && this.#hands(value.value, call, found);
      case "choice":
        return this.#hands(value.then, call, found) || this.#hands(value.otherwise, call, found);
      default:
        return false;
    }
  }
}

function isOneOf(value: Expression, locals: ReadonlySet<Local>): boolean {
  return value.kind === "name" && value.local !== undefined && locals.has(value.local);
}

function add(found: Type[], type: Type): void {
  if (!found.some((other) => stripped(other) === stripped(type))) found.push(type);
}
