import { bare, type Call, type Expression, type Local } from "../body/tree.ts";
import type { Functions } from "./functions.ts";
import type { RecordHandles } from "./handles.ts";
import type { Root } from "./place.ts";

/** The memory of maps that a record lies in: who looks it up again has another pointer to it. */
export class SharedMemory {
  readonly #functions: Functions;
  readonly #isMap: (id: number) => boolean;
  readonly #maps = new Set<number>();

  constructor(functions: Functions, isMap: (id: number) => boolean, record: RecordHandles) {
    this.#functions = functions;
    this.#isMap = isMap;
    for (const frame of record.frames) {
      for (const [root] of record.rootsIn(frame)) {
        for (const value of isLocal(root) ? root.values : []) this.#add(value);
      }
    }
  }

  /** Adds the maps that a pointer is looked up in. */
  #add(value: Expression): void {
    const call = bare(value);
    if (call.kind !== "call" || /^bpf_ringbuf|^bpf_dynptr/.test(this.#functions.calleeOf(call))) return;
    for (const id of this.#namesIn(call)) if (this.#isMap(id)) this.#maps.add(id);
  }

  /** Names of the file that a call, or the function that it runs, may take a map by. */
  #namesIn(call: Call): Iterable<number> {
    const body = this.#functions.bodyOf(call);
    if (body !== undefined) return this.#functions.namesIn(body);
    return call.args.flatMap((arg) => {
      const value = bare(arg);
      const name = value.kind === "address" ? value.operand : value;
      return name.kind === "name" && name.local === undefined ? [name.id] : [];
    });
  }

  /** Whether `call` may give a pointer to it, or change it. */
  isIn(call: Call): boolean {
    if (this.#maps.size === 0) return false;
    for (const id of this.#namesIn(call)) if (this.#maps.has(id)) return true;
    return false;
  }

  /** Whether a variable may point to it by a look-up of its own. */
  isBehind(root: Root): boolean {
    if (this.#maps.size === 0 || !isLocal(root)) return false;
    return root.values.some((value) => {
      const call = bare(value);
      return call.kind === "call" && this.isIn(call);
    });
  }
}

function isLocal(root: Root): root is Local {
  return typeof root !== "number" && "values" in root;
}
