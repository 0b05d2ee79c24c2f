import type { Expression } from "../body/tree.ts";
import type { Integers } from "./integers.ts";
import { boundTo, type Frame } from "./typing.ts";

/** Tells apart what functions are called with: as far as the types and maps ask that they send, not what is stored there. */
export class GivenArguments {
  readonly #integers: Integers;
  readonly #ids = new Map<object, number>();
  readonly #keys = new Map<Frame, string>();

  constructor(integers: Integers) {
    this.#integers = integers;
  }

  /** The same for all calls of one function with the same constants, variables and members of them. */
  of(frame: Frame): string {
    let key = this.#keys.get(frame);
    if (key === undefined) {
      const args = frame.call?.args.map((arg) => this.#argument(arg, frame.caller)) ?? [];
      key = [this.#id(frame.body), ...args].join(" ");
      this.#keys.set(frame, key);
    }
    return key;
  }

  #argument(arg: Expression, caller: Frame | undefined): string {
    let [value, at] = [arg, caller];
    for (;;) {
      const [given, outer] = isParameter(value) ? boundTo(value, at) : [undefined, undefined];
      if (given === undefined) break;
      [value, at] = [given, outer];
    }
    const constant = this.#integers.valueOf(value, at);
    if (constant !== undefined) return `${constant}`;
    const named = value.kind === "address" ? value.operand : value;
    if (named.kind === "name" && named.local === undefined) return `:${named.id}`;
    // What a variable is does not depend on what its function was called with; what it holds does.
    if (named !== value && named.kind === "name") return `=${this.#id(named.local!)}`;
    return `${this.#id(value)}(${at === undefined ? "" : this.of(at)})`;
  }

  #id(of: object): number {
    const known = this.#ids.get(of) ?? this.#ids.size;
    this.#ids.set(of, known);
    return known;
  }
}

function isParameter(value: Expression): boolean {
  return value.kind === "name" && value.local?.parameter !== undefined;
}
