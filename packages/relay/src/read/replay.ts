import type { NatsConnection } from "@nats-io/transport-node";
import { RingBufError } from "@rbgen/runtime";
import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { sampleBytes } from "../chunk/index.ts";
import { RelayError } from "../relay-error.ts";
import { lastSequence } from "../stream/relay-stream.ts";
import { ChunkSource } from "./chunk-source.ts";
import { Sequencer } from "./sequencer.ts";

/** What is replayed. */
export interface ReplayOptions {
  /** The client's connection, which stays its owner's. */
  readonly connection: NatsConnection;
  /** The ring whose records are read. */
  readonly ring: string;
  /** The hosts whose records are read; all unless told. */
  readonly hosts?: "*" | readonly string[] | undefined;
  /** Ends the replay, which then throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

const ENOSPC = -28;
const EAGAIN = -11;

/**
 * Produces every sample that a stream has now into an emulated ring, in order and once, as fast as its reader makes room:
 * what a program does with it is seen without a kernel, and again and again. Drifted layouts are not looked at.
 * @throws RelayError, ChunkError; RingBufError E2BIG for a sample that the ring has no room for at all; the signal's reason.
 */
export async function replay(options: ReplayOptions, map: EmulatedRingBuf): Promise<{ readonly replayed: number }> {
  const { connection, ring, hosts = "*", signal } = options;
  const end = await lastSequence(connection, ring);
  const wanted = hosts === "*" ? undefined : new Set(hosts);
  let sample: Uint8Array = new Uint8Array();
  const program = new EmulatedKernel({ endian: map.endian }).loadProgram({
    type: "tracepoint",
    run: (bpf) => bpf.ringbufOutput(map, sample, 0),
  });
  let replayed = 0;
  if (end === 0) return { replayed };
  const source = await ChunkSource.open(connection, ring, { kind: "start" });
  const sequencer = new Sequencer<number>(true);
  try {
    for (let sequence = 0; sequence < end; ) {
      signal?.throwIfAborted();
      const next = await source.next();
      if (next === undefined) throw new RelayError("ERR_RELAY_CLOSED", "the connection was closed");
      ({ sequence } = next);
      if (wanted !== undefined && !wanted.has(next.chunk.header.host)) continue;
      sequencer.accept(next.chunk, sequence, next.again);
      for (let turn = sequencer.next(); turn !== undefined; turn = sequencer.next()) {
        for (let index = turn.skip; index < turn.chunk.header.count; index += 1) {
          sample = sampleBytes(turn.chunk, index);
          if (sample.length + 8 >= map.maxEntries) {
            throw new RingBufError(`a sample of ${sample.length} bytes has no room in ${map.name}`, { code: "E2BIG" });
          }
          for (let outcome = program.run().returnValue; outcome !== 0; outcome = program.run().returnValue) {
            if (outcome !== ENOSPC && outcome !== EAGAIN)
              throw new RingBufError(`bpf_ringbuf_output gave ${outcome}`, { code: "EINVAL" });
            signal?.throwIfAborted();
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          replayed += 1;
        }
      }
    }
    return { replayed };
  } finally {
    source.close();
  }
}
