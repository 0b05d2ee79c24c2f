import { join } from "node:path";
import { type End, explore } from "./explore.ts";
import { loadSources } from "./load-sources.ts";
import {
  Arrivals,
  begin,
  type Explored,
  emulatedParts,
  parts,
  payload,
  placesOf,
  type Report,
  type RingOptions,
  report,
  ringStage,
} from "./ring.ts";
import { bareUserRingBuf, emulatedUserRingBuf, type RingOnStage } from "./ring-ends.ts";
import type { Thread } from "./thread.ts";

export interface UserRingOptions extends RingOptions {
  /** Samples of the writer in order: payload bytes, and whether it discards them. */
  readonly samples: readonly { readonly byteLength: number; readonly discard?: boolean }[];
  /** Threads of the kernel side: how many times each drains. */
  readonly drains: readonly number[];
  /** Whether the ring is a map of the emulated kernel, with its own wake-ups, instead of the bare protocol. */
  readonly emulated?: boolean;
}

interface Sample {
  readonly view: { put(bytes: Uint8Array): number };
  submit(): void;
  discard(): void;
}

interface Writer {
  reserveBlockingSync(options: { byteLength: number; timeoutMs: number }): Sample;
}

const ebusy = -16;

/**
 * Explores a `BPF_MAP_TYPE_USER_RINGBUF`: a `UserRingBufWriter` that sleeps when there is no room, and programs that
 * drain. Records that two drains deliver are in order by the drain's lock, which `Arrivals` of one thread cannot see:
 * the end is checked for each record having come once.
 */
export function exploreUserRing(source: string, options: UserRingOptions): Explored {
  const { size, samples, edits = [], start = 0n, emulated = false } = options;
  const where = emulated ? emulatedParts : parts;
  const stage = ringStage(where, size, 1 + options.drains.length);
  const sources = loadSources(stage, { edits });
  const ring: RingOnStage = { sources, source, stage, where, size, overwrite: false, spins: 1 };
  const ends = emulated ? emulatedUserRingBuf(ring) : bareUserRingBuf(ring);
  const { UserRingBufWriter } = sources.load<{ UserRingBufWriter: new (map: unknown, codec: unknown) => Writer }>(
    join(source, "writer.ts"),
  );
  const { attachView } = sources.load<{ attachView: symbol }>(join(source, "codec.ts"));

  const writer: Thread = {
    name: "writer",
    run: (port) => {
      const createWriter = (): unknown => {
        let at = 0;
        return {
          [attachView]: (view: DataView | null, offset: number) => {
            at = view === null ? Number.NaN : view.byteOffset + offset;
          },
          put: (bytes: Uint8Array) => {
            port.write(at, bytes);
            return at - where.data;
          },
        };
      };
      const writer = new UserRingBufWriter(ends.map(port), {
        name: "sample",
        size: 8,
        minByteLength: 0,
        endian: "little",
        layout: { leaves: [] },
        encode: () => 0,
        byteLengthOf: () => 0,
        createWriter,
      });
      for (const [index, { byteLength, discard = false }] of samples.entries()) {
        const name = `0.${index}`;
        port.checkpoint(index, writer);
        const sample = writer.reserveBlockingSync({ byteLength, timeoutMs: -1 });
        const offset = sample.view.put(payload(name, byteLength));
        report(port, discard ? { kind: "discarded", name } : { kind: "submitted", name, offset });
        if (discard) sample.discard();
        else sample.submit();
      }
    },
  };

  const drainers = options.drains.map(
    (times, index): Thread => ({
      name: `drain ${index}`,
      run: (port) => {
        const data = new DataView(stage.buffer, where.data);
        const kernel = ends.kernel(port);
        const arrivals = new Arrivals(port);
        for (let time = 0; time < times; time += 1) {
          port.checkpoint(time, kernel, arrivals);
          const returned = kernel.drain((offset, byteLength) => {
            arrivals.deliver(port.read(data, offset, byteLength), offset);
            return 0;
          }, 0);
          if (returned < 0 && returned !== ebusy) throw new Error(`a drain returned ${returned}`);
        }
      },
    }),
  );

  const exploration = explore({
    stage,
    initialize: (arena) => begin(arena, start),
    threads: [writer, ...drainers],
    verify: (end) => verifyUserRing(end, options),
    late: options.late ?? false,
  });
  return { ...exploration, known: sources.sites };
}

function verifyUserRing(end: End, { size, samples }: UserRingOptions): void {
  const [writer, ...drains] = end.threads;
  for (const drain of drains) {
    if (drain.blockedAt !== undefined) throw new Error(`${drain.name} is blocked at ${drain.blockedAt.text}`);
  }
  const left = Number(end.arena.wholes[parts.producer / 8]! - end.arena.wholes[parts.consumer / 8]!);
  const written = writer!.reports as readonly Report[];
  if (writer!.blockedAt !== undefined) {
    const step = (samples[written.length]!.byteLength + 15) & ~7;
    if (size - left >= step) throw new Error(`the writer sleeps, and there are ${size - left} bytes for its ${step}`);
  }
  const submitted = placesOf(written, "submitted");
  const seen = new Set<string>();
  for (const one of drains.flatMap((drain) => drain.reports as readonly Report[])) {
    if (one.kind !== "delivered") continue;
    if (seen.has(one.name)) throw new Error(`sample ${one.name} was drained twice`);
    seen.add(one.name);
    if (submitted.get(one.name) !== one.offset) throw new Error(`sample ${one.name} was drained from another place`);
  }
  // what was not drained is the end of what was written, in order
  let drained = 0;
  for (const name of submitted.keys()) {
    if (seen.has(name)) drained += 1;
    else break;
  }
  if (drained !== seen.size) throw new Error("a sample was drained before one that was reserved earlier");
  if (left === 0 && seen.size !== submitted.size) throw new Error("a sample is lost");
}
