import type {
  Bpf,
  EmulatedKernel,
  EmulatedProgram,
  EmulatedRingBuf,
  EmulatedUserRingBuf,
} from "@rbgen/runtime/emulated";
import { CommandKind, command, EventKind, type EventsInput, events, maps } from "../types.gen.ts";
import { Random } from "./random.ts";
import { nextWork, type Work } from "./workload.ts";

/** The bit of each kind in the filter that a command sets. */
const filterBits = {
  exec_event: 1 << EventKind.EVENT_EXEC,
  exit_event: 1 << EventKind.EVENT_EXIT,
  open_event: 1 << EventKind.EVENT_OPEN,
  connect_event: 1 << EventKind.EVENT_CONNECT,
};
/** Records of one tick at most: what a stall leaves behind is not made up for. */
const burst = 20_000;
/** How often the kernel side tells of itself unasked, milliseconds. */
const statusEveryMs = 100;
/** While nothing is produced, nothing changes but by a command, which is told of at once. */
const pausedStatusEveryMs = 1000;

/**
 * What would be BPF programs: one that records what processes do, one that drains commands and obeys them, one that
 * reports. Runs inside the emulated kernel, as fast as its clock says.
 */
export class KernelSide {
  readonly events: EmulatedRingBuf;
  readonly commands: EmulatedUserRingBuf;
  /**
   * Records that found the ring full, and those that never fit, of which there are none: what the map of RB_LOST_MAP is to a BPF program. A full ring takes no report either,
   * so the dashboard reads it here.
   */
  readonly lost: BigUint64Array = new BigUint64Array(new SharedArrayBuffer(16));
  readonly #random: Random;
  readonly #record: EmulatedProgram;
  readonly #obey: EmulatedProgram;
  readonly #tell: EmulatedProgram;
  readonly #bytes = new Uint8Array(command.size);
  #rate: number;
  #paused = false;
  #filter = 0;
  #sampling = 1;
  #passedOver = 0;
  /** The only processes to record; empty for all. */
  #name = "";
  #applied = 0;
  #sequence = 0;
  /** Records, with those that found no room. */
  #produced = 0n;
  #due = 0;
  #now = 0;
  #told = Number.NEGATIVE_INFINITY;

  constructor(kernel: EmulatedKernel, options: { readonly rate: number; readonly seed: number }) {
    this.#rate = options.rate;
    this.#random = new Random(options.seed);
    this.events = kernel.createRingBuf(maps.events);
    this.commands = kernel.createUserRingBuf(maps.commands);
    this.#record = kernel.loadProgram({
      type: "tracepoint",
      run: (bpf) => {
        const work = nextWork(this.#random, this.#time());
        if (!this.#wants(work)) return 0;
        this.#produced += 1n;
        if (!this.#emit(bpf, work)) Atomics.add(this.lost, 0, 1n);
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
        const told = this.#emit(bpf, {
          kind: "status_event",
          header: { tsNs: this.#time(), pid: 0, comm: "kernel" },
          produced: this.#produced,
          dropped: Atomics.load(this.lost, 0),
          commands: this.#applied,
          sequence: this.#sequence,
          rate: this.#rate,
          filter: this.#filter,
          sampling: this.#sampling,
          paused: this.#paused,
          name: this.#name,
        });
        if (!told) return 0;
        this.#produced += 1n;
        return 1;
      },
    });
  }

  #wants(work: Work): boolean {
    if ((this.#filter & filterBits[work.kind]) !== 0) return false;
    if (this.#name !== "" && this.#name !== work.header?.comm) return false;
    this.#passedOver += 1;
    if (this.#passedOver < this.#sampling) return false;
    this.#passedOver = 0;
    return true;
  }

  /** Puts a record of exactly its length into the ring; false where there is no room. */
  #emit(bpf: Bpf, value: EventsInput): boolean {
    const sample = bpf.ringbufReserve(this.events, events.byteLengthOf(value), 0);
    if (sample === null) return false;
    events.encode(value, sample);
    bpf.ringbufSubmit(sample, 0);
    return true;
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
    const every = this.#paused ? pausedStatusEveryMs : statusEveryMs;
    if (now - this.#told >= every && this.#tell.run().returnValue === 1) this.#told = now;
  }

  #apply(bytes: Uint8Array): void {
    const { sequence, kind, value, name } = command.decode(new DataView(bytes.buffer));
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
      case CommandKind.COMMAND_SET_SAMPLING:
        this.#sampling = value;
        break;
      case CommandKind.COMMAND_SET_NAME:
        this.#name = name;
        break;
      default:
        // From a newer dashboard: not obeyed, so not counted either.
        return;
    }
    this.#sequence = sequence;
    this.#applied += 1;
  }

  #time(): bigint {
    return BigInt(Math.round(this.#now * 1e6));
  }
}
