import fc from "fast-check";

/** One line of a script of perf-peer.c. */
export type PerfStep =
  | { readonly cpu: number; readonly number: number; readonly count: number; readonly length: number }
  | "consume";

/** Scripts of samples of all lengths, few and far too many, which are read now and then. */
export function perfScripts(cpus: readonly number[], scripts: number, seed: number): readonly (readonly PerfStep[])[] {
  const send = fc.record({
    cpu: fc.constantFrom(...cpus),
    number: fc.nat({ max: 2 ** 31 }),
    count: fc.oneof(fc.constant(1), fc.nat({ max: 60 })),
    length: fc.oneof(fc.integer({ min: 4, max: 200 }), fc.integer({ min: 4, max: 5000 })),
  });
  const step = fc.oneof(send, fc.constant("consume" as const));
  return fc.sample(fc.array(step, { minLength: 150, maxLength: 150 }), { numRuns: scripts, seed });
}
