import { bare, type Call, type Local, type Step } from "../body/tree.ts";
import type { Code } from "./code.ts";
import { isPointerVariable, valuesAt } from "./held-pointer.ts";
import type { Context, RecordContexts } from "./record-contexts.ts";

/** Variables that one pointer is followed back over, each a copy of the next. */
const mostCopies = 8;

/** Whose memory a pointer has: the record's, another's, or by the path that was taken the one or the other. */
export type Holding = "own" | "other" | "either";

/** Tells which record a variable points to at a step, where it is set to several, one after another. */
export class HeldRecord {
  readonly #code: Code;
  readonly #contexts: RecordContexts;
  readonly #call: Call;

  /** @param call reserves the record */
  constructor(code: Code, contexts: RecordContexts, call: Call) {
    this.#code = code;
    this.#contexts = contexts;
    this.#call = call;
  }

  /** Of a variable that is a name of the record; "own" where nothing else is known to be in it. */
  at(local: Local, step: Step, context: Context): Holding {
    return this.#at(local, step, context, 0);
  }

  #at(local: Local, step: Step, context: Context, copies: number): Holding {
    if (!isPointerVariable(local) || local.values.length === 0 || copies > mostCopies) return "own";
    const values = valuesAt(local, step, context.frame, this.#code.reached);
    if (values === undefined) return "own";
    const found = new Set<Holding>();
    for (const { value, step: set } of values) {
      const made = bare(value);
      if (made.kind === "number" && made.value === 0n) continue;
      if (made.kind === "call") {
        const own = made === this.#call || this.#contexts.calledBy(made, context) !== undefined;
        found.add(own || !this.#isReserving(made) ? "own" : "other");
      } else {
        const place = this.#code.bodies.places.behind(value);
        const root = place?.root;
        const isCopy = root !== undefined && root !== local && isPointerVariable(root);
        found.add(
          isCopy && context.handles.has(root, context.frame) ? this.#at(root, set, context, copies + 1) : "own",
        );
      }
    }
    const [only, ...others] = found;
    return only === undefined ? "own" : others.length > 0 ? "either" : only;
  }

  /** Whether `call` gives memory of its own, each time. */
  #isReserving(call: Call): boolean {
    return this.#code.functions.calleeOf(call) === "bpf_ringbuf_reserve";
  }
}
