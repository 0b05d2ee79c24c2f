import { StepBuilder } from "./step-builder.ts";
import { type Call, type Expression, type Local, type Obscure, type Store, unknown } from "./tree.ts";

/** What one function does, collected while its statements are read one behind the other. */
export class BodyFacts {
  readonly locals: Local[] = [];
  readonly calls: Call[] = [];
  readonly stores: Store[] = [];
  readonly returns: Expression[] = [];
  readonly obscure: Obscure[] = [];
  readonly steps: StepBuilder;
  /** Whether what stands next is not reached from what stands before it. */
  ended = false;
  /** Labels that were passed: what stands behind one may be jumped to. */
  #labels = 0;
  /** Variables in the order in which {@link Local.values} were added. */
  readonly #assigned: Local[] = [];

  /** @param pos where the text that is being read stands */
  constructor(pos: () => number) {
    this.steps = new StepBuilder(pos);
  }

  get labels(): number {
    return this.#labels;
  }

  /** A label: what was not reached may be from here on. */
  label(): void {
    this.#labels++;
    this.ended = false;
  }

  call(call: Call): void {
    this.calls.push(call);
    this.steps.add(call);
  }

  store(target: Expression, value: Expression): void {
    this.stores.push({ target, value });
    this.steps.add({ kind: "store", target, value });
  }

  /** Memory is copied: as many bytes of `value` as `bytes` says. */
  copy(target: Expression, value: Expression, bytes: Expression): void {
    this.stores.push({ target, value });
    this.steps.add({ kind: "store", target, value, bytes });
  }

  /** A statement that is not understood, which may do what its words allow. */
  hide(obscure: Obscure): void {
    for (const local of obscure.locals) this.assign(local, unknown);
    this.obscure.push(obscure);
    this.steps.add(obscure);
  }

  /** `local = value`. */
  give(local: Local, value: Expression): void {
    this.assign(local, value);
    this.steps.add({ kind: "assign", local, value });
  }

  /** Adds one of the values that `local` may have, at no step. */
  assign(local: Local, value: Expression): void {
    local.values.push(value);
    this.#assigned.push(local);
  }

  /** Of a variable that `target` names: what it holds from here on is not known. A member is stored to. */
  change(target: Expression): void {
    if (target.kind !== "name") this.store(target, unknown);
    else if (target.local !== undefined) this.give(target.local, unknown);
  }

  /** Here, `condition` holds, or does not. */
  branch(condition: Expression, holds: boolean): void {
    if (this.steps.at !== undefined) this.steps.add({ kind: "branch", conditions: [condition], holds });
  }

  /** Reads what is left out where it is `dead`: compilers drop it, unless a label in it is jumped to. */
  unlessDead<Result>(dead: boolean, read: () => Result): Result {
    if (!dead) return read();
    const [calls, stores, returns] = [this.calls.length, this.stores.length, this.returns.length];
    const [assigned, labels, at] = [this.#assigned.length, this.#labels, this.steps.at];
    const obscure = this.obscure.length;
    const result = read();
    if (this.#labels > labels) return result;
    this.steps.at = at;
    this.calls.length = calls;
    this.stores.length = stores;
    this.returns.length = returns;
    this.obscure.length = obscure;
    while (this.#assigned.length > assigned) this.#assigned.pop()!.values.pop();
    return result;
  }
}
