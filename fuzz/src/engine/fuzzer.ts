import type { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";

/** An input that a target did not stand. */
export interface Finding {
  readonly reason: string;
  readonly input: Uint8Array;
}

/** Who is told what goes on. */
export interface Observer {
  /** Before each execution: what is to blame if it never ends. */
  begin(input: Uint8Array): void;
  found(finding: Finding): void;
}

/** What a run did. */
export interface Campaign {
  readonly executions: number;
  /** Inputs that reached something new, beside the corpus. */
  readonly kept: readonly Uint8Array[];
  readonly places: number;
  /** Blocks that the most expensive input cost. */
  readonly work: number;
}

/** Runs inputs at a target, and sees which are worth keeping. */
export class Fuzzer {
  readonly #target: Target;
  readonly #coverage: Coverage;
  readonly #observer: Observer;
  readonly #reasons = new Set<string>();
  #executions = 0;
  #work = 0;

  constructor(target: Target, coverage: Coverage, observer: Observer) {
    this.#target = target;
    this.#coverage = coverage;
    this.#observer = observer;
  }

  /** All of `corpus` as it is, and then changed inputs until there were `executions`; `seed` repeats them. */
  async run(corpus: readonly Uint8Array[], executions: number, seed: number): Promise<Campaign> {
    const random = new Random(seed);
    const { grammar } = this.#target;
    const pool: Uint8Array[] = [];
    for (const input of corpus) {
      await this.#execute(input);
      pool.push(input);
    }
    if (pool.length === 0) pool.push(new Uint8Array());
    const kept: Uint8Array[] = [];
    while (this.#executions < executions) {
      // What was found last leads on more often than what has been tried for long.
      const at = random.below(2) === 0 ? pool.length - 1 - random.below(Math.min(pool.length, 16)) : undefined;
      const input = mutate(pool[at ?? random.below(pool.length)]!, random.pick(pool), grammar, random);
      if (!(await this.#execute(input))) continue;
      pool.push(input);
      kept.push(input);
    }
    return { executions: this.#executions, kept, places: this.#coverage.places, work: this.#work };
  }

  /** Of these, the shortest that together reach every place that they do, however often. */
  async minimise(inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
    this.#coverage.forget(false);
    const kept: Uint8Array[] = [];
    for (const input of [...inputs].sort((a, b) => a.length - b.length))
      if (await this.#execute(input)) kept.push(input);
    return kept;
  }

  /** Whether the input reached something new. */
  async #execute(input: Uint8Array): Promise<boolean> {
    this.#observer.begin(input);
    this.#executions += 1;
    try {
      await this.#target.run(input);
    } catch (error) {
      this.#report(reasonOf(error), input);
    }
    const { fresh, work } = this.#coverage.take();
    const { base, perByte } = this.#target.work;
    this.#work = Math.max(this.#work, work);
    if (work > base + perByte * input.length)
      this.#report(`too much work: ${work} blocks for ${input.length} bytes`, input);
    return fresh;
  }

  /** Tells of a reason once: a fault is met by many inputs. */
  #report(reason: string, input: Uint8Array): void {
    const key = reason.replace(/\d+/g, "N");
    if (this.#reasons.has(key)) return;
    this.#reasons.add(key);
    this.#observer.found({ reason, input });
  }
}

/** The message, and where it came from: the same fault has the same text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${error.message.slice(0, 300)}`, ...frames.slice(0, 4)].join("\n");
}
