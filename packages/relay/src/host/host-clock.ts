import { readFileSync } from "node:fs";

/** One of the kernel's clocks, and how far the wall clock is from it. */
export interface HostClock {
  /** The kernel's clock that records are stamped by. */
  readonly clock: "monotonic" | "boottime";
  /** Nanoseconds of the clock. */
  now(): bigint;
  /** CLOCK_REALTIME less the clock, nanoseconds. */
  offset(): bigint;
}

/** How often the offset is measured anew: the wall clock is slewed and stepped. */
const measureEveryNs = 10_000_000_000n;
/** An edge that is known this well needs no second look. */
const goodEnoughNs = 5_000n;

/** The clock that `bpf_ktime_get_ns` ("monotonic") or `bpf_ktime_get_boot_ns` ("boottime") reads on this host. */
export function hostClock(clock: "monotonic" | "boottime"): HostClock {
  const now = clock === "monotonic" ? process.hrtime.bigint : bootNow;
  let measured: bigint | undefined;
  let offset = 0n;
  return {
    clock,
    now,
    offset() {
      const at = now();
      if (measured === undefined || at - measured > measureEveryNs) {
        offset = measure(now);
        measured = at;
      }
      return offset;
    },
  };
}

/**
 * `Date.now()` has milliseconds only, but when it turns to the next one is seen to within a look at the other clock. Of
 * three turns, the one that was seen best; a few milliseconds.
 */
function measure(now: () => bigint): bigint {
  let best: { readonly offset: bigint; readonly width: bigint } | undefined;
  for (let tries = 0; tries < 3; tries += 1) {
    const start = Date.now();
    let before = now();
    for (;;) {
      const wall = Date.now();
      const after = now();
      if (wall !== start) {
        const width = after - before;
        if (best === undefined || width < best.width) {
          best = { offset: BigInt(wall) * 1_000_000n - (before + after) / 2n, width };
        }
        break;
      }
      before = after;
    }
    if (best.width < goodEnoughNs) break;
  }
  return best!.offset;
}

/** /proc/uptime is CLOCK_BOOTTIME in hundredths of a second: the time spent suspended is what it is ahead by. */
const uptimeStepNs = 10_000_000n;

function suspendedNs(): bigint {
  const before = process.hrtime.bigint();
  const [seconds = "0"] = readFileSync("/proc/uptime", "utf8").split(" ");
  const ahead = BigInt(Math.round(Number(seconds) * 100)) * uptimeStepNs - before;
  // a machine that never slept: the two clocks are one
  return ahead < 2n * uptimeStepNs ? 0n : ahead;
}

let suspended: { readonly ns: bigint; readonly at: bigint } | undefined;

function bootNow(): bigint {
  const now = process.hrtime.bigint();
  if (suspended === undefined || now - suspended.at > measureEveryNs) suspended = { ns: suspendedNs(), at: now };
  return now + suspended.ns;
}
