import type { BodyFacts } from "./body-facts.ts";
import { type Expression, type Local, unknown } from "./tree.ts";

/** A variable whose attribute names a function that runs where the variable's block is left. */
interface Cleanup {
  readonly variable: Expression;
  readonly callee: Expression;
  readonly pos: number;
}

/** The functions that `__attribute__((cleanup(f)))` calls, and where: behind all of a block, and before what jumps out of it. */
export class Cleanups {
  readonly #facts: BodyFacts;
  readonly #pending: Cleanup[] = [];

  constructor(facts: BodyFacts) {
    this.#facts = facts;
  }

  /** Those of the blocks that stand open. */
  get count(): number {
    return this.#pending.length;
  }

  /** @param callee id of the function's name */
  add(callee: number, id: number, local: Local, pos: number): void {
    this.#pending.push({
      variable: { kind: "name", id, local },
      callee: { kind: "name", id: callee, local: undefined },
      pos,
    });
    // The function is handed its address.
    this.#facts.assign(local, unknown);
    local.addressed = true;
  }

  /** Leaves the blocks that have all but the first `kept`. */
  leave(kept: number): void {
    for (let index = this.#pending.length - 1; index >= kept; index--) this.#run(this.#pending[index]!);
  }

  /** Leaves blocks of which it is not told which. */
  mayLeave(): void {
    const { steps } = this.#facts;
    for (let index = this.#pending.length - 1; index >= 0; index--) {
      const before = steps.at;
      this.#run(this.#pending[index]!);
      steps.join(before, steps.at);
    }
  }

  /** Ends the block that has all but the first `kept`. */
  end(kept: number): void {
    this.leave(kept);
    this.#pending.length = kept;
  }

  #run({ variable, callee, pos }: Cleanup): void {
    if (this.#facts.steps.at === undefined) return;
    this.#facts.call({ kind: "call", callee, args: [{ kind: "address", operand: variable }], pos });
  }
}
