import { type Body, bare, type Call, type Expression } from "../body/tree.ts";
import type { Aliases } from "./aliases.ts";
import type { Code } from "./code.ts";
import { RecordHandles } from "./handles.ts";
import { isPointerVariable } from "./held-pointer.ts";
import type { MemoryObject } from "./memory-object.ts";
import type { Root } from "./place.ts";
import { type Context, RecordContexts } from "./record-contexts.ts";

/** Tells of which memory a pointer is kept in other memory, from where it may be loaded: anywhere in what has it, at any time. */
export class KeptPointers {
  readonly #code: Code;
  readonly #aliases: Aliases;
  readonly #known = new Map<Root | Call, boolean>();

  constructor(code: Code, aliases: Aliases) {
    this.#code = code;
    this.#aliases = aliases;
  }

  /** Whether one to `object` is. */
  has(object: MemoryObject): boolean {
    // Who has a map or a variable of the file needs no pointer that is handed on.
    if (object.kind === "value" || object.kind === "unknown" || object.kind === "kernel") return true;
    const { frame } = object;
    if (frame === undefined) return true;
    const of = object.kind === "sample" ? object.call : object.of;
    let known = this.#known.get(of);
    if (known === undefined) {
      const handles = new RecordHandles(this.#code.bodies, object.kind === "sample" ? undefined : frame);
      if (object.kind === "sample") handles.addResult(object.call, frame);
      else handles.addRoot(object.of, 0, frame);
      const made = object.kind === "sample" ? object.call : undefined;
      known = this.isIn(new RecordContexts(this.#code.functions, this.#code.bodies, handles), made);
      this.#known.set(of, known);
    }
    return known;
  }

  /** Whether one to what has `contexts` is; `made` reserves it. */
  isIn(contexts: RecordContexts, made: Call | undefined): boolean {
    return [...contexts.own].some((context) => this.#isIn(context, contexts, made));
  }

  #isIn(context: Context, contexts: RecordContexts, made: Call | undefined): boolean {
    const { handles, frame } = context;
    const { body } = frame;
    if (handles.open || handles.cut || body.obscure.length > 0) return true;
    const isName = (root: Root): boolean => handles.has(root, frame);
    const isMade = (value: Expression): boolean => {
      const call = bare(value);
      return call.kind === "call" && (call === made || contexts.calledBy(call, context) !== undefined);
    };
    if (body.stores.some(({ value }) => isMade(value)) || this.#isStored(body, isName)) return true;
    return body.calls.some((call) => {
      if (!this.#code.reached.isReached(body.steps.ofCalls.get(call), frame)) return false;
      if (!call.args.some((arg) => this.#aliases.mayPoint(arg, isName))) return false;
      if (contexts.calledBy(call, context) !== undefined) return false;
      const inner = contexts.enter(call, context, undefined, () => true);
      if (inner.kind === "entered") return this.#isIn(inner.context, contexts, made);
      const name = this.#code.functions.calleeOf(call);
      // What helpers are handed they leave, but for callbacks and dynptrs.
      return (
        !name.startsWith("bpf_") || /from_mem/.test(name) || call.args.some((arg) => this.#code.functions.runs(arg))
      );
    });
  }

  #isStored({ stores, locals }: Body, isName: (root: Root) => boolean): boolean {
    if (stores.some(({ value }) => this.#aliases.mayPoint(value, isName))) return true;
    return locals.some((local) =>
      isName(local)
        ? isPointerVariable(local) && local.addressed === true
        : local.values.some((value) => this.#aliases.mayPoint(value, isName)),
    );
  }
}
