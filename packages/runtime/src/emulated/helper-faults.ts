import { count, integer, real, shown } from "../checked-number.ts";
import { errno, invalid } from "../errors.ts";
import { SeededRandom } from "./fault.ts";
import type { RingBufInside } from "./ringbuf.ts";

/** Helpers that fail when a test says so. */
export const failingHelpers = [
  "bpf_map_update_elem",
  "bpf_map_delete_elem",
  "bpf_map_push_elem",
  "bpf_probe_read",
  "bpf_probe_read_str",
  "bpf_probe_read_user",
  "bpf_probe_read_user_str",
  "bpf_probe_read_kernel",
  "bpf_probe_read_kernel_str",
  "bpf_copy_from_user",
  "bpf_perf_event_output",
  "bpf_ringbuf_output",
  "bpf_ringbuf_reserve",
  "bpf_ringbuf_reserve_dynptr",
  "bpf_user_ringbuf_drain",
] as const;
/** A helper that can be made to fail: one of {@link failingHelpers}. */
export type FailingHelper = (typeof failingHelpers)[number];

/** What a run asks before a helper that can fail does anything. */
export interface FaultSource {
  /**
   * The errno that the helper is to fail with, negative; 0 for none. One that reserves `byteLength` bytes of a ring also
   * fails as the ring's own faults say.
   */
  failing(helper: FailingHelper, ring?: RingBufInside, byteLength?: number): number;
}

/** Faults of helpers on purpose, of every program that an emulated kernel runs: the next calls, or a share of them, give an errno. */
export class HelperFaults {
  readonly #random: SeededRandom;
  readonly #next = new Map<FailingHelper, { left: number; readonly errno: number }>();
  readonly #rates = new Map<FailingHelper, { readonly rate: number; readonly errno: number }>();
  #active = false;

  /** @internal */
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /**
   * The `next` calls of a helper, by its name with `bpf_`, give this errno, negative; one that gives a pointer gives NULL.
   * @throws RingBufError EINVAL for a helper that cannot be made to fail, or what is no errno.
   */
  fail(helper: FailingHelper, next: number, errno: number): void {
    check(helper, errno);
    this.#next.set(helper, { left: count(next, "next"), errno });
    this.#active = true;
  }

  /**
   * Each call of a helper gives this errno with this probability, by the kernel's seed.
   * @throws as {@link fail}
   */
  failAtRate(helper: FailingHelper, rate: number, errno: number): void {
    check(helper, errno);
    this.#rates.set(helper, { rate: real(rate, "rate", 0, 1), errno });
    this.#active = true;
  }

  /** All is well again. */
  clear(): void {
    this.#next.clear();
    this.#rates.clear();
    this.#active = false;
  }

  /** @internal */
  failing(helper: FailingHelper, ring?: RingBufInside, byteLength = 0): number {
    const drawn = this.#active ? this.#draw(helper) : 0;
    return drawn === 0 && ring?.faulted(byteLength) ? noRoom(helper) : drawn;
  }

  #draw(helper: FailingHelper): number {
    const next = this.#next.get(helper);
    if (next !== undefined && next.left > 0) {
      next.left -= 1;
      return next.errno;
    }
    const share = this.#rates.get(helper);
    return share !== undefined && this.#random.next() < share.rate ? share.errno : 0;
  }
}

/** What a helper gives where a ring is full. */
function noRoom(helper: FailingHelper): number {
  return helper === "bpf_ringbuf_output" ? errno.EAGAIN : errno.EINVAL;
}

/** @throws RingBufError EINVAL */
function check(helper: string, errno: number): void {
  if (!failingHelpers.some((name) => name === helper)) {
    throw invalid(`helper ${shown(helper)} cannot be made to fail; these can: ${failingHelpers.join(", ")}`);
  }
  integer(errno, "errno", -4095, -1);
}
