import type { Call, Effect, Step } from "./tree.ts";

/** A statement that is left by `break`, and, where it is a loop, gone on with by `continue`. */
interface Breakable {
  readonly exit: Step;
  readonly next: Step | undefined;
  /** Of a `switch`: where its condition is known. */
  readonly dispatch: Step | undefined;
  hasDefault: boolean;
}

/** Builds the steps of a function while its statements are read one behind the other. */
export class StepBuilder {
  readonly entry: Step;
  /** Where the function returns. */
  readonly ends: Step[] = [];
  readonly ofCalls: Map<Call, Step> = new Map<Call, Step>();
  /** The last step; undefined where nothing reaches what stands next. */
  at: Step | undefined;
  readonly #open: Breakable[] = [];
  readonly #labels = new Map<string, Step>();
  readonly #pos: () => number;

  /** @param pos where the text that is being read stands */
  constructor(pos: () => number) {
    this.#pos = pos;
    this.entry = this.meet();
    this.at = this.entry;
  }

  get depth(): number {
    return this.#open.length;
  }

  add(effect: Effect): void {
    const pos = effect.kind === "call" || effect.kind === "obscure" ? effect.pos : this.#pos();
    const step: Step = { effect, before: this.at === undefined ? [] : [this.at], pos };
    if (effect.kind === "call") this.ofCalls.set(effect, step);
    if (this.at !== undefined) this.at = step;
  }

  /** A step that paths meet in, from here. */
  meet(...from: readonly (Step | undefined)[]): Step {
    return { effect: undefined, before: from.filter((step) => step !== undefined), pos: this.#pos() };
  }

  /** Goes on behind `from`, whichever of them was taken. */
  join(...from: readonly (Step | undefined)[]): void {
    const [one, ...others] = new Set(from.filter((step) => step !== undefined));
    this.at = others.length === 0 ? one : this.meet(one, ...others);
  }

  /** Goes on here, or to each of `labels`. */
  fork(labels: readonly string[]): void {
    if (this.at === undefined) return;
    for (const label of labels) this.#labelled(label).before.push(this.at);
  }

  /** Goes on here, or leaves or repeats what was opened last. */
  mayBreak(): void {
    const { at } = this;
    this.break();
    this.at = at;
    this.continue();
    this.at = at;
  }

  /** Goes from here to `target`; nothing goes on behind it. */
  jump(target: Step | undefined): void {
    if (this.at !== undefined) target?.before.push(this.at);
    this.at = undefined;
  }

  return(): void {
    if (this.at !== undefined) this.ends.push(this.at);
    this.at = undefined;
  }

  /** Opens a loop, or with `dispatch` a `switch`. */
  open(next: Step | undefined, dispatch?: Step): Step {
    const exit = this.meet();
    this.#open.push({ exit, next, dispatch, hasDefault: false });
    return exit;
  }

  /** Ends what was opened last; whether it is a `switch` that has a `default`. */
  close(): boolean {
    return this.#open.pop()?.hasDefault === true;
  }

  /** Forgets what was opened above `depth`: the statement was not understood. */
  unwind(depth: number): void {
    this.#open.length = depth;
  }

  break(): void {
    this.jump(this.#open.at(-1)?.exit);
  }

  continue(): void {
    this.jump(this.#open.filter(({ next }) => next !== undefined).at(-1)?.next);
  }

  case(isDefault: boolean): void {
    const inside = this.#open.filter(({ dispatch }) => dispatch !== undefined).at(-1);
    if (inside === undefined) return;
    inside.hasDefault ||= isDefault;
    this.join(this.at, inside.dispatch);
  }

  goto(label: string): void {
    this.jump(this.#labelled(label));
  }

  label(name: string): void {
    const step = this.#labelled(name);
    this.jump(step);
    this.at = step;
  }

  #labelled(name: string): Step {
    const step = this.#labels.get(name) ?? this.meet();
    this.#labels.set(name, step);
    return step;
  }
}
