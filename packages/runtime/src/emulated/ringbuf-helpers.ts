import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from "../constants.ts";
import { errno } from "../errors.ts";
import { insideRingBuf, type RingBufInside } from "./ringbuf.ts";
import type { HeldRecord, Run } from "./run.ts";

/** Flags that `bpf_ringbuf_output` and `bpf_user_ringbuf_drain` take. */
export const wakeupFlags: number = BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP;

/** `bpf_ringbuf_reserve`: null if there is no room, if `size` can never fit, or for any flag. */
export function ringbufReserve(run: Run, map: unknown, size: number, flags: number): HeldRecord | null {
  const ring = ringBufOf(run, map, "bpf_ringbuf_reserve");
  run.scalar(size, 2);
  if (run.scalar(flags, 3) !== 0 || size < 0) return null;
  if (run.failing("bpf_ringbuf_reserve", ring, size) !== 0) return null;
  return run.reserve(ring, size) ?? null;
}

/** `bpf_ringbuf_submit` and `bpf_ringbuf_discard`. Only the wake-up flags are looked at. */
export function ringbufCommit(run: Run, held: HeldRecord, discard: boolean, flags: number): void {
  run.check();
  run.commit(held, discard, run.scalar(flags, 2));
}

/** `bpf_ringbuf_output`: 0, −EINVAL for unknown flags, −EAGAIN if there is no room or the bytes can never fit. */
export function ringbufOutput(run: Run, map: unknown, bytes: Uint8Array, flags: number): number {
  const ring = ringBufOf(run, map, "bpf_ringbuf_output");
  if (run.scalar(flags, 4) < 0 || flags > wakeupFlags) return errno.EINVAL;
  const failing = run.failing("bpf_ringbuf_output", ring, bytes.byteLength);
  if (failing !== 0) return failing;
  return ring.output(bytes, flags) < 0 ? errno.EAGAIN : 0;
}

/** `bpf_ringbuf_query`: one of `BPF_RB_AVAIL_DATA`, `RING_SIZE`, `CONS_POS`, `PROD_POS` and `OVERWRITE_POS`; else 0. */
export function ringbufQuery(run: Run, map: unknown, what: number): bigint {
  return ringBufOf(run, map, "bpf_ringbuf_query").query(run.scalar(what, 2), run.environment.overwrite);
}

/** The ring of a helper's first argument, or a refusal in the name of `helper`. */
export function ringBufOf(run: Run, map: unknown, helper: string): RingBufInside {
  run.check();
  return insideRingBuf(map) ?? run.refuse("EINVAL", `cannot pass map_type to func ${helper}`);
}
