import { type Execution, giveWords } from "../run/execution.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { allBut, tracingTypes } from "./program-types.ts";

/** International atomic time is this far ahead of the clock that the machine shows (leap seconds since 1972). */
const taiOffset = 37_000_000_000n;

function giveNanoseconds({ memory }: Execution, value: bigint): void {
  giveWords(memory, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** Nanoseconds of the kernel's clock. Milliseconds as a double have them all for 104 days. */
function monotonic({ host }: Execution): bigint {
  return BigInt(Math.round(host.clock.now() * 1e6));
}

/** Helpers of time; all of them go by the kernel's clock, so that a clock that stands still makes a run repeatable. */
export const timeHelpers: readonly HelperDefinition[] = [
  { id: 5, name: "bpf_ktime_get_ns", run: (execution) => giveNanoseconds(execution, monotonic(execution)) },
  // the kernel's clock does not sleep
  { id: 125, name: "bpf_ktime_get_boot_ns", run: (execution) => giveNanoseconds(execution, monotonic(execution)) },
  // of the last tick: 250 a second
  {
    id: 160,
    name: "bpf_ktime_get_coarse_ns",
    types: allBut([...tracingTypes, "cgroup_device", "cgroup_sockopt", "syscall", "netfilter"]),
    run: (execution) => giveNanoseconds(execution, monotonic(execution) - (monotonic(execution) % 4_000_000n)),
  },
  {
    id: 208,
    name: "bpf_ktime_get_tai_ns",
    run: (execution) => giveNanoseconds(execution, monotonic(execution) + taiOffset),
  },
  {
    id: 118,
    name: "bpf_jiffies64",
    run: (execution) => giveNanoseconds(execution, monotonic(execution) / 4_000_000n),
  },
];
