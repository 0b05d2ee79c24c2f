import type { EmulatedKernel, EmulatedProgram, EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { Random } from "./random.ts";
import { CommandKind, command, EventKind, event } from "./types.gen.ts";
import { nextWork } from "./workload.ts";

/** Bytes of the ring from the kernel to the dashboard. */
const eventsSize = 256 * 1024;
/** Bytes of the ring from the dashboard to the kernel. */
const commandsSize = 4096;
/** Records of one tick at most: what a stall leaves behind is not made up for. */
const burst = 20_000;
/** How often the kernel side tells of itself unasked, milliseconds. */
const statusEveryMs = 100;

/**
 * What would be BPF programs: one that records what processes do, one that drains commands and obeys them, one that
 * reports. Runs inside the emulated kernel, as fast as its clock says.
 */
export class KernelSide {
  readonly events: EmulatedRingBuf;
  readonly commands: EmulatedUserRingBuf;
  readonly #random: Random;
  readonly #record: EmulatedProgram;
  readonly #obey: EmulatedProgram;
  readonly #tell: EmulatedProgram;
  readonly #bytes = new Uint8Array(command.size);
  #rate: number;
  #paused = false;
  #filter = 0;
  #applied = 0;
  #lost = 0n;
  #due = 0;
  #now = 0;
  #told = Number.NEGATIVE_INFINITY;

  constructor(kernel: EmulatedKernel, options: { readonly rate: number; readonly seed: number }) {
    this.#rate = options.rate;
    this.#random = new Random(options.seed);
    this.events = kernel.createRingBuf({ name: "events", maxEntries: eventsSize });
    this.commands = kernel.createUserRingBuf({ name: "commands", maxEntries: commandsSize });
    this.#record = kernel.loadProgram({
      type: "tracepoint",
      run: (bpf) => {
        const work = nextWork(this.#random);
        if ((this.#filter & (1 << work.kind)) !== 0) return 0;
        const sample = bpf.ringbufReserve(this.events, event.size, 0);
        if (sample === null) {
          this.#lost += 1n;
          return 0;
        }
        event.encode({ tsNs: this.#time(), ...work }, sample);
        bpf.ringbufSubmit(sample, 0);
        return 0;
      },
    });
    this.#obey = kernel.loadProgram({
      type: "tracepoint",
      run: (bpf) =>
        bpf.userRingbufDrain(
          this.commands,
          (dynptr) => {
            if (bpf.dynptrRead(this.#bytes, dynptr, 0, 0) === 0) this.#apply(this.#bytes);
            return 0;
          },
          undefined,
          0,
        ),
    });
    this.#tell = kernel.loadProgram({
      type: "tracepoint",
      run: (bpf) => {
        const sample = bpf.ringbufReserve(this.events, event.size, 0);
        if (sample === null) return 0;
        event.encode(
          {
            tsNs: this.#time(),
            pid: 0,
            kind: EventKind.EVENT_STATUS,
            comm: "kernel",
            status: {
              lost: this.#lost,
              commands: this.#applied,
              rate: this.#rate,
              filter: this.#filter,
              paused: this.#paused ? 1 : 0,
            },
          },
          sample,
        );
        bpf.ringbufSubmit(sample, 0);
        return 1;
      },
    });
  }

  /** Does what falls into the time up to `now`, in milliseconds. */
  tick(now: number): void {
    const passed = this.#now === 0 ? 0 : now - this.#now;
    this.#now = now;
    if (this.#obey.run().returnValue > 0) this.#told = Number.NEGATIVE_INFINITY;
    if (!this.#paused) {
      this.#due = Math.min(burst, this.#due + (passed * this.#rate) / 1000);
      for (; this.#due >= 1; this.#due -= 1) this.#record.run();
    }
    // A full ring refuses the report too: the next tick tries again.
    if (now - this.#told >= statusEveryMs && this.#tell.run().returnValue === 1) this.#told = now;
  }

  #apply(bytes: Uint8Array): void {
    const { kind, value } = command.decode(new DataView(bytes.buffer));
    switch (kind) {
      case CommandKind.COMMAND_PAUSE:
        this.#paused = true;
        break;
      case CommandKind.COMMAND_RESUME:
        this.#paused = false;
        this.#due = 0;
        break;
      case CommandKind.COMMAND_SET_RATE:
        this.#rate = value;
        break;
      case CommandKind.COMMAND_SET_FILTER:
        this.#filter = value;
        break;
      default:
        // From a newer dashboard: not obeyed, so not counted either.
        return;
    }
    this.#applied += 1;
  }

  #time(): bigint {
    return BigInt(Math.round(this.#now * 1e6));
  }
}
