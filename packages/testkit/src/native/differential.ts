import { EmulatedInterpreter } from "./emulated-interpreter.ts";
import type { Executor, ProgramName } from "./executor.ts";
import { KernelInterpreter } from "./kernel-interpreter.ts";
import {
  encodeSteps,
  maxOps,
  patternBytes,
  Random,
  resultWords,
  ringSteps,
  type Step,
  userSteps,
} from "./operations.ts";
import { UserSide } from "./user-side.ts";

/** Where two kernels differ: the step (or run of steps) and what each has. */
export interface Difference {
  /** Index of the first step of the run in which it showed. */
  readonly from: number;
  /** Index after the last step of that run. */
  readonly to: number;
  readonly detail: string;
}

/** Executes one sequence on both kernels and compares after every run: returns, digests, positions, and every byte. */
class Comparison {
  /** How often each outcome was seen, by program and return value: shows that the sequences reach what they should. */
  readonly outcomes = new Map<string, number>();
  readonly #kernel: Executor;
  readonly #emulated: Executor;
  readonly #sides: readonly [ring: readonly [UserSide, UserSide], user: readonly [UserSide, UserSide]];

  constructor(kernel: Executor, emulated: Executor) {
    this.#kernel = kernel;
    this.#emulated = emulated;
    const pattern = patternBytes();
    const side = (executor: Executor, ring: "ring" | "userRing"): UserSide =>
      new UserSide({ memory: executor[ring].memory, truth: executor.truth[ring] }, pattern);
    this.#sides = [
      [side(kernel, "ring"), side(emulated, "ring")],
      [side(kernel, "userRing"), side(emulated, "userRing")],
    ];
  }

  run(steps: readonly Step[]): Difference | undefined {
    for (let from = 0; from < steps.length; ) {
      const { actor } = steps[from] as Step;
      let to = from + 1;
      if (actor === "consumer" || actor === "producer") {
        const [real, emulated] = actor === "consumer" ? this.#sides[0] : this.#sides[1];
        const returned = [real.run(steps[from] as Step), emulated.run(steps[from] as Step)];
        if (returned[0] !== returned[1]) {
          return {
            from,
            to,
            detail: `user space saw ${returned[0]} in the kernel's memory, ${returned[1]} in the emulated`,
          };
        }
      } else {
        while (to < steps.length && to - from < maxOps && steps[to]?.actor === actor) to++;
        const detail = this.#program(actor, steps, from, to);
        if (detail !== undefined) return { from, to, detail };
      }
      from = to;
    }
    return undefined;
  }

  #program(program: ProgramName, steps: readonly Step[], from: number, to: number): string | undefined {
    const count = to - from;
    encodeSteps(steps, from, to, this.#kernel.ops);
    encodeSteps(steps, from, to, this.#emulated.ops);
    this.#kernel.run(program, count);
    this.#emulated.run(program, count);
    const words = count * resultWords;
    for (let i = 0; i < words; i++) {
      // The last word of a result is padding.
      if (this.#kernel.results[i] !== this.#emulated.results[i] && i % resultWords !== resultWords - 1) {
        return resultDetail(this.#kernel.results, this.#emulated.results, from, i);
      }
    }
    for (let i = 0; i < count; i++) {
      const { code } = steps[from + i] as Step;
      const returned = this.#kernel.results[i * resultWords] as number;
      const outcome = `${program} ${code}: ${code === 4 || returned < 0x8000_0000 ? (returned > 1 ? ">1" : returned) : returned | 0}`;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    }
    return memoryDetail(program === "user_ops" ? this.#sides[1] : this.#sides[0], program !== "user_ops");
  }
}

const resultFields = ["return", "consumer position", "producer position", "available bytes", "digest"];

function resultDetail(real: Uint32Array, emulated: Uint32Array, from: number, word: number): string {
  const field = resultFields[Math.floor((word % resultWords) / 2)];
  const pair = word - (word % 2);
  const value = (words: Uint32Array) =>
    BigInt.asIntN(64, (BigInt(words[pair + 1] ?? 0) << 32n) | BigInt(words[pair] ?? 0));
  return `step ${from + Math.floor(word / resultWords)}: ${field} is ${value(real)} in the kernel, ${value(emulated)} emulated`;
}

function memoryDetail(sides: readonly [UserSide, UserSide], ringBuf: boolean): string | undefined {
  const [real, emulated] = sides.map(({ truth }) => truth) as [UserSide["truth"], UserSide["truth"]];
  const positions = [
    ["consumer position", real.consumer[0], emulated.consumer[0]],
    ["producer position", real.producer[0], emulated.producer[0]],
    ["pending position", ringBuf ? real.producer[1] : 0n, ringBuf ? emulated.producer[1] : 0n],
  ] as const;
  for (const [name, inKernel, inEmulated] of positions) {
    if (inKernel !== inEmulated) return `${name} is ${inKernel} in the kernel, ${inEmulated} emulated`;
  }
  if (Buffer.compare(real.bytes, emulated.bytes) === 0) return undefined;
  const at = real.bytes.findIndex((byte, i) => byte !== emulated.bytes[i]);
  return `byte ${at} of the data is ${real.bytes[at]} in the kernel, ${emulated.bytes[at]} emulated`;
}

/** Makes the emulated side; a test of the comparison itself passes one that is wrong. */
export type MakeEmulated = () => Executor;

/** Runs `steps` on two fresh kernels. */
async function compare(
  steps: readonly Step[],
  make: MakeEmulated,
  outcomes?: Map<string, number>,
): Promise<Difference | undefined> {
  const kernel = await KernelInterpreter.load();
  const emulated = make();
  try {
    const comparison = new Comparison(kernel, emulated);
    const difference = comparison.run(steps);
    for (const [outcome, count] of comparison.outcomes) outcomes?.set(outcome, (outcomes.get(outcome) ?? 0) + count);
    return difference;
  } finally {
    kernel.close();
    emulated.close();
  }
}

/** A sequence of at least `count` steps, the same for the same seed. */
export function sequence(seed: number, count: number): Step[] {
  const random = new Random(seed);
  const steps: Step[] = [];
  while (steps.length < count) {
    if (random.once(3)) userSteps(random, steps);
    else ringSteps(random, steps);
  }
  return steps;
}

/** What a differential run found. */
export interface DifferentialResult {
  readonly operations: number;
  readonly sequences: number;
  /** The shrunk sequence and its difference, or undefined: the kernels agree. */
  readonly difference: string | undefined;
  /** Outcomes of the kernel's operations and how often each came. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Compares until `operations` steps are done or a difference is found, which is shrunk and told. */
export async function runDifferential(
  seed: number,
  operations: number,
  perSequence: number,
  make: MakeEmulated = () => new EmulatedInterpreter(),
): Promise<DifferentialResult> {
  const outcomes = new Map<string, number>();
  let done = 0;
  let sequences = 0;
  while (done < operations) {
    const steps = sequence(seed + sequences, Math.min(perSequence, operations - done));
    const difference = await compare(steps, make, outcomes);
    sequences++;
    if (difference !== undefined) {
      const told = await shrink(steps.slice(0, difference.to), difference, make, 2000);
      return {
        operations: done + difference.to,
        sequences,
        difference: `seed ${seed + sequences - 1}: ${told}`,
        outcomes,
      };
    }
    done += steps.length;
  }
  return { operations: done, sequences, difference: undefined, outcomes };
}

/** Leaves out ever smaller parts of a failing sequence as long as it still fails, comparing at most `most` times. */
async function shrink(failing: readonly Step[], found: Difference, make: MakeEmulated, most: number): Promise<string> {
  let steps = failing;
  let difference = found;
  let compared = 0;
  for (let part = Math.ceil(steps.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let at = 0; at < steps.length && compared < most; ) {
      compared += 1;
      const fewer = [...steps.slice(0, at), ...steps.slice(at + part)];
      const still = fewer.length === 0 ? undefined : await compare(fewer, make);
      if (still === undefined) at += part;
      else {
        steps = fewer.slice(0, still.to);
        difference = still;
      }
    }
  }
  return `${difference.detail}, after\n${steps.map((step, i) => `${i} ${JSON.stringify(step)}`).join("\n")}`;
}

/** What a run with wake-ups found: operations, wake-ups among them, and the first difference. */
export interface WakeUpResult {
  readonly operations: number;
  readonly woken: number;
  readonly difference: string | undefined;
}

/** The same, one operation at a time, and whether each woke the ring's user: an edge of epoll on one side, the emulated wait on the other. */
export async function runWakeUps(seed: number, operations: number): Promise<WakeUpResult> {
  const steps = sequence(seed, operations);
  const kernel = await KernelInterpreter.load();
  const emulated = new EmulatedInterpreter();
  const comparison = new Comparison(kernel, emulated);
  let woken = 0;
  try {
    for (const [i, step] of steps.entries()) {
      // A record held beyond its operation is not held here: the run ends with it, and commits it.
      const user = step.actor === "producer" || step.actor === "user_ops";
      const waits = user ? [kernel.userRing, emulated.userRing] : [kernel.ring, emulated.ring];
      for (const claim of waits) while ((await claim.wait({ timeoutMs: 0 })) === "woken");
      const difference = comparison.run([step]);
      if (difference !== undefined) return { operations: i, woken, difference: difference.detail };
      const real = await waits[0]?.wait({ timeoutMs: 0 });
      // epoll looks again at what a wake-up is about, and drops one of a ring that is not ready; the emulated wait need not.
      const woke = await waits[1]?.wait({ timeoutMs: 0 });
      const other = woke === "woken" && emulated.readiness(user) === 0 ? "timeout" : woke;
      if (real === "woken") woken++;
      if (real !== other) {
        return {
          operations: i,
          woken,
          difference: `step ${i} ${JSON.stringify(step)}: the kernel's user was ${real}, the emulated one ${other}`,
        };
      }
    }
    return { operations: steps.length, woken, difference: undefined };
  } finally {
    kernel.close();
    emulated.close();
  }
}
