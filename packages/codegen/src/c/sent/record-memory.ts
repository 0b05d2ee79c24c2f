import type { Call, Expression } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Aliases } from "./aliases.ts";
import { callbacksOf } from "./callbacks.ts";
import type { Code } from "./code.ts";
import { leaves } from "./handed-over.ts";
import { KeptPointers } from "./kept-pointers.ts";
import { type MemoryObject, mayBeSame } from "./memory-object.ts";
import type { Root } from "./place.ts";
import type { RecordContexts } from "./record-contexts.ts";
import { type Frame, isRunning } from "./typing.ts";
import { mapsAmong, mayChangeValues } from "./writers.ts";

/** Functions that are looked at for one call, behind which it may change anything. */
const mostFrames = 500;

/** The memory that a record lies in: tells what may change it, whatever name that has of it. */
export class RecordMemory {
  readonly #code: Code;
  readonly #contexts: RecordContexts;
  readonly #objects: readonly MemoryObject[];
  readonly #others: KeptPointers;
  readonly #changes = new Map<Frame, Map<Call, Map<Root | undefined, boolean>>>();
  #isKept: boolean | undefined;
  /** Of the present call. */
  #frames = 0;

  /** @param objects what the pointer to the record may point to where it is sent */
  constructor(code: Code, aliases: Aliases, contexts: RecordContexts, objects: readonly MemoryObject[]) {
    this.#code = code;
    this.#contexts = contexts;
    this.#objects = objects;
    this.#others = new KeptPointers(code, aliases);
  }

  /** Whether the lvalue `target` may lie in it, or in the struct `part` that a part of it is copied from. */
  mayHave(target: Expression, frame: Frame, part: Root | undefined): boolean {
    return this.#mayBe(this.#code.memory.ofTarget(target, frame), frame, part);
  }

  /** Whether `pointer` may point into it. */
  mayBeBehind(pointer: Expression, frame: Frame, part: Root | undefined): boolean {
    const type = this.#code.typing.typeOf(pointer);
    const plain = type && stripped(type);
    if (plain?.kind !== "ptr" && plain?.kind !== "array") return false;
    return this.#mayBe(this.#code.memory.of(pointer, frame), frame, part);
  }

  #mayBe(found: readonly MemoryObject[], frame: Frame, part: Root | undefined): boolean {
    const own: readonly MemoryObject[] = part === undefined ? this.#objects : [{ kind: "variable", of: part, frame }];
    return found.some((object) => own.some((one) => mayBeSame(object, one, (of) => this.#mayBeLoaded(of, own))));
  }

  /** Whether a pointer that is loaded from memory may point to `object`. */
  #mayBeLoaded(object: MemoryObject, own: readonly MemoryObject[]): boolean {
    if (own !== this.#objects || !own.includes(object)) return this.#others.has(object);
    if (object.kind !== "sample" && (object.kind !== "variable" || object.frame === undefined)) return true;
    this.#isKept ??= this.#others.isIn(this.#contexts, object.kind === "sample" ? object.call : undefined);
    return this.#isKept;
  }

  /** Whether `call`, which is handed no name of it that is followed, may change it all the same. */
  mayBeChangedBy(call: Call, frame: Frame, part: Root | undefined): boolean {
    const ofFrame = this.#changes.get(frame) ?? new Map<Call, Map<Root | undefined, boolean>>();
    this.#changes.set(frame, ofFrame);
    const ofCall = ofFrame.get(call) ?? new Map<Root | undefined, boolean>();
    ofFrame.set(call, ofCall);
    let known = ofCall.get(part);
    if (known === undefined) {
      this.#frames = 0;
      known = this.#changesBy(call, frame, part);
      ofCall.set(part, known);
    }
    return known;
  }

  #changesBy(call: Call, frame: Frame, part: Root | undefined): boolean {
    const { functions } = this.#code;
    const body = functions.bodyOf(call);
    if (body !== undefined) return this.#runs({ body, call, caller: frame }, part);
    // Which function that is, is not known.
    if (functions.isIndirect(call)) return this.#mayBeKept(part);
    const { bodies, open } = callbacksOf(call, frame, functions);
    if (bodies.some((own) => this.#runs({ body: own, call: undefined, caller: frame, runBy: call }, part))) return true;
    if (open && this.#mayBeKept(part)) return true;
    const name = functions.calleeOf(call);
    if (part !== undefined || !mayChangeValues(name)) return false;
    const maps = mapsAmong(name, call.args);
    const isMap = maps.length < call.args.length;
    return maps.some((map) => this.#mayBe(this.#code.memory.valuesOf(map, frame, isMap), frame, part));
  }

  /** Whether what is not known, and is handed no name of it, may have it all the same. */
  #mayBeKept(part: Root | undefined): boolean {
    return part === undefined && this.#objects.some((object) => this.#mayBeLoaded(object, this.#objects));
  }

  /** Whether a function may change it that is handed no name of it. */
  #runs(frame: Frame, part: Root | undefined): boolean {
    const { functions, reached, budget } = this.#code;
    const { body, caller } = frame;
    if (isRunning(body, caller) || ++this.#frames > mostFrames) return true;
    if (body.obscure.some(({ anything, ids, locals }) => anything || ids.size > 0 || locals.size > 0)) return true;
    return body.steps.all.some((step) => {
      const { effect } = step;
      if (effect === undefined || effect.kind === "branch" || effect.kind === "assign") return false;
      if (!reached.isReached(step, frame)) return false;
      if (--budget.left < 0) return true;
      if (effect.kind === "store" || effect.kind === "clear") return this.mayHave(effect.target, frame, part);
      if (effect.kind === "obscure") return true;
      if (this.#changesBy(effect, frame, part)) return true;
      const name = functions.calleeOf(effect);
      return (
        functions.bodyOf(effect) === undefined &&
        effect.args.some((arg, index) => !leaves(effect, index, name, this.#code) && this.mayBeBehind(arg, frame, part))
      );
    });
  }
}
