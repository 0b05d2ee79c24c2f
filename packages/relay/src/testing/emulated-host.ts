import type { NatsConnection } from "@nats-io/transport-node";
import type { RecordCodec } from "@rbgen/runtime";
import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { RingRelay } from "../host/relay.ts";
import type { RingRelayOptions } from "../host/relay-options.ts";

/** An emulated kernel with one ring, that a relay of a test reads. */
export class EmulatedHost<In> {
  readonly kernel: EmulatedKernel = new EmulatedKernel();
  readonly ring: EmulatedRingBuf;
  readonly #codec: RecordCodec<unknown, In>;

  constructor(name: string, codec: RecordCodec<unknown, In>, maxEntries: number = 1 << 20) {
    this.ring = this.kernel.createRingBuf({ name, maxEntries });
    this.#codec = codec;
  }

  /** Produces `values` in one run of a program; how many found room. */
  produce(values: readonly In[]): number {
    const scratch = new Uint8Array(65536);
    const view = new DataView(scratch.buffer);
    let taken = 0;
    const program = this.kernel.loadProgram({
      type: "tracepoint",
      run: (bpf) => {
        for (const value of values) {
          const length = this.#codec.encode(value, view);
          if (bpf.ringbufOutput(this.ring, scratch.subarray(0, length), 0) === 0) taken += 1;
        }
        return 0;
      },
    });
    program.run();
    return taken;
  }

  /** Ring bytes that its relay has not copied yet. */
  waiting(relay: RingRelay): number {
    return relay.stats().rings[this.ring.name]?.lagBytes ?? 0;
  }

  relay(
    connection: NatsConnection,
    options: Partial<RingRelayOptions> & { readonly host: string; readonly time?: string },
  ): Promise<RingRelay> {
    const { time, ...rest } = options;
    return RingRelay.start({
      connection,
      rings: [{ map: this.ring, codec: this.#codec, time }],
      spool: { bytes: 16 * 1024 * 1024 },
      ...rest,
    });
  }
}
