import { Dynptr, type DynptrGround } from "./dynptr.ts";
import { wakeupFlags } from "./ringbuf-helpers.ts";
import type { Run } from "./run.ts";
import { insideUserRingBuf } from "./user-ringbuf.ts";

/**
 * `bpf_user_ringbuf_drain`: the samples that `callback` saw, each by a dynptr of its own; −EBUSY while another drain of
 * the map goes on, also this run's own; −EINVAL for unknown flags or a writer's lie, −E2BIG for a sample that cannot be.
 */
export function userRingbufDrain(run: Run, map: unknown, callback: (sample: Dynptr) => number, flags: number): number {
  run.check();
  const ring = insideUserRingBuf(map);
  if (ring === undefined) return run.refuse("EINVAL", "cannot pass map_type to func bpf_user_ringbuf_drain");
  if (typeof callback !== "function") run.refuse("EACCES", "R2 type=scalar expected=func");
  const failing = run.failing("bpf_user_ringbuf_drain");
  if (failing !== 0) return failing;
  const show = (offset: number, byteLength: number): number => {
    const bytes = ring.load(offset, byteLength);
    const lent = run.lend(bytes, ring.name);
    let ground: DynptrGround | undefined;
    try {
      return run.callback((reference) => {
        ground = { reference, lent, constant: true, touched: false, release: () => {} };
        const dynptr = new Dynptr();
        dynptr.stand(ground, lent.byteOffset, byteLength);
        return callback(dynptr);
      });
    } finally {
      lent.takeBack();
      if (ground?.touched && !ring.closed) ring.store(offset, bytes);
    }
  };
  return ring.drain(show, run.scalar(flags, 4) > wakeupFlags ? -1 : flags);
}
