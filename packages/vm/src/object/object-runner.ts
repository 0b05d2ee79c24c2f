import type { Btf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { VerifierError } from "@rbgen/runtime/emulated";
import type { SectionKind } from "../context/context-section.ts";
import { Packet, SkbContext, XdpContext } from "../context/packet.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { toHex } from "../recording/hex.ts";
import type { Journal } from "../recording/journal.ts";
import { outcomeOf } from "../recording/outcome.ts";
import { toRecorded } from "../recording/task.ts";
import { type Engine, Run, type RunOptions } from "../run/run.ts";
import type { DueTimer, LaterCall, TimerOutput } from "../run/timers.ts";
import { Recorder } from "../step/recorder.ts";
import { SteppedRun } from "../step/stepped-run.ts";
import { contextBytes } from "./context-input.ts";
import { closed } from "./named.ts";
import type { VmHost } from "./vm-host.ts";
import {
  cookieOf,
  functionAddressOf,
  type LoadedCode,
  notTaken,
  type ProgramInput,
  type ProgramOutput,
  type ProgramRunner,
  type VmProgram,
} from "./vm-program.ts";

/** A context in the VM's memory, for one run. */
interface LaidContext {
  readonly region: Region;
  readonly packet: Packet | undefined;
  /** Its bytes as they are now; undefined where user space gets none back. */
  readonly bytes: () => Uint8Array | undefined;
}

/** Bytes of a packet that a run takes at least (`ETH_HLEN`). */
const leastPacket = 14;
/** Bytes of a context at most (`U16_MAX` of SEC("syscall")). */
const mostContext = 65535;

/** Whether a program sees the packet from its Ethernet header on (net/bpf/test_run.c `is_l2`). */
function seesLink({ kind }: VmProgram): boolean {
  return kind?.type === "xdp" || kind?.type === "sched_cls" || kind?.type === "sched_act";
}

/** @throws ProgramFault, also where it returns anything but 0. */
function timerOutput(run: Run, { engine, start }: LaterCall): TimerOutput {
  let returned = false;
  try {
    run.start(engine, start);
    const [low, high] = [run.memory.registers[0] as number, run.memory.registers[1] as number];
    if (low !== 0 || high !== 0) {
      run.fault(`At async callback return the register R0 has value ${low}, should have been in [0, 0]`);
    }
    returned = true;
  } finally {
    if (!returned) run.finish(false);
  }
  const leak = run.finish(true);
  if (leak !== undefined) throw leak;
  return { returnValue: 0, instructions: run.instructions };
}

/** Runs programs of an object, one at a time. */
export class ObjectRunner implements ProgramRunner {
  open = true;
  readonly #memory: VmMemory;
  readonly #host: VmHost;
  readonly #target: Btf;
  readonly #budget: number;
  readonly #journal: Journal | undefined;
  #running = false;

  /** Runs are kept in `journal`, where there is one. */
  constructor(memory: VmMemory, host: VmHost, target: Btf, budget: number, journal?: Journal) {
    this.#memory = memory;
    this.#host = host;
    this.#target = target;
    this.#budget = budget;
    this.#journal = journal;
  }

  run(
    program: VmProgram,
    { engine }: LoadedCode,
    asked: ProgramInput,
    recording: Pick<RunOptions, "inPlaceOf"> = {},
  ): ProgramOutput {
    if (this.#running) throw new RingBufError("a program of this object runs already", { code: "EBUSY" });
    const kind = program.kind as SectionKind;
    const input: ProgramInput = {
      context: asked.context,
      data: asked.data,
      cpu: asked.cpu,
      cookie: cookieOf(program, asked.cookie),
      functionAddress: functionAddressOf(program, asked.functionAddress),
    };
    const given = contextBytes(input.context, kind, this.#target, program.context?.type);
    // looking at the input may have run code that closed the object
    if (!this.open) throw closed(`the object of program "${program.name}"`);
    const before = this.#host.cpu;
    if (input.cpu !== undefined) this.#host.runOn(input.cpu);
    const laid = this.#lay(program, kind, given, input);
    this.#begin(program, input, given);
    try {
      const output = this.#finish(program, engine, laid, input, recording);
      this.#journal?.end(outcomeOf(output));
      return output;
    } catch (error) {
      this.#journal?.end(outcomeOf(error));
      throw error;
    } finally {
      this.#host.cpu = before;
      this.#settle(laid);
    }
  }

  /**
   * Runs a program on a context that lies there.
   * @throws ProgramFault
   */
  #finish(
    program: VmProgram,
    engine: Engine,
    laid: LaidContext,
    { cookie, functionAddress }: ProgramInput,
    recording: Pick<RunOptions, "inPlaceOf">,
  ): ProgramOutput {
    const memory = this.#memory;
    const run = new Run({
      memory,
      host: this.#host,
      program: { name: program.name, type: program.kind?.type ?? "unspec", cookie, functionAddress },
      budget: this.#budget,
      ...recording,
    });
    memory.registers.fill(0);
    memory.registers[3] = laid.region.id;
    this.#running = true;
    let returned = false;
    try {
      run.start(engine);
      returned = true;
    } finally {
      this.#running = false;
      if (!returned) run.finish(false);
    }
    const returnValue = memory.registers[0] as number;
    const { instructions } = run;
    const leak = run.finish(true);
    const context = laid.bytes();
    if (laid.packet !== undefined && !seesLink(program)) laid.packet.pull(-leastPacket);
    const { redirected, written } = run;
    const data = laid.packet?.bytes;
    if (leak !== undefined) throw leak;
    return {
      ...{ returnValue, context, data, instructions },
      ...(redirected && { redirected }),
      ...(written && { written: { bytes: written.bytes, overflowed: written.overflowed } }),
    };
  }

  /**
   * Runs the callback of a timer that is due, as `bpf_timer_cb` does: what it gave.
   * @throws ProgramFault
   */
  runTimer({ number, map, key, value, call }: DueTimer): TimerOutput {
    if (this.#running) throw new RingBufError("a program of this object runs already", { code: "EBUSY" });
    const memory = this.#memory;
    const shown = memory.allocate(key.byteLength, { kind: "memory", name: `key of ${map.name}`, access: "read" });
    memory.bytes.set(key, shown.address);
    const { cpu, current } = this.#host;
    const told = { program: call.program.name, cpu, current: toRecorded(current), context: null, data: null };
    this.#journal?.begin({ ...told, cookie: "0", functionAddress: "0", timer: number });
    const run = new Run({ memory, host: this.#host, program: call.program, budget: this.#budget });
    memory.registers.fill(0);
    memory.registers.set([0, map.region.id, 0, shown.id, 0, value], 2);
    this.#running = true;
    try {
      const output = timerOutput(run, call);
      this.#journal?.end(outcomeOf(output));
      return output;
    } catch (error) {
      this.#journal?.end(outcomeOf(error));
      throw error;
    } finally {
      this.#running = false;
      memory.release(shown);
      memory.settle();
    }
  }

  #begin(program: VmProgram, input: ProgramInput, given: Uint8Array): void {
    if (this.#journal === undefined) return;
    const { cpu, current } = this.#host;
    const { context, data, cookie = 0n, functionAddress = 0n } = input;
    this.#journal.begin({
      program: program.name,
      cpu,
      current: toRecorded(current),
      context: context === undefined ? null : toHex(given),
      data: data === undefined ? null : toHex(data),
      cookie: `${cookie}`,
      functionAddress: `${functionAddress}`,
      timer: null,
    });
  }

  step(program: VmProgram, code: LoadedCode, input: ProgramInput, limit: number): SteppedRun<ProgramOutput> {
    const recorder = new Recorder(this.#memory, limit);
    try {
      const output = recorder.during(() => this.run(program, code, input, recorder));
      return new SteppedRun<ProgramOutput>(recorder, { output, fault: undefined });
    } catch (fault) {
      if (!(fault instanceof VerifierError)) throw fault;
      return new SteppedRun<ProgramOutput>(recorder, { output: undefined, fault });
    }
  }

  #lay(program: VmProgram, kind: SectionKind, given: Uint8Array, { context, data }: ProgramInput): LaidContext {
    const memory = this.#memory;
    const takesPacket = kind.context === "xdp" || kind.context === "packet";
    if (data !== undefined && !takesPacket) throw notTaken(program, "takes no packet");
    const name = program.section;
    if (!takesPacket) {
      if (given.byteLength > mostContext) throw notTaken(program, `takes no context of ${given.byteLength} bytes`);
      const access = kind.context === "bytes" ? "read-write" : "read";
      const region = memory.allocate(given.byteLength, { kind: "context", name, access });
      memory.bytes.set(given, region.address);
      const bytes = () => memory.bytes.slice(region.address, region.address + region.size);
      return { region, packet: undefined, bytes: context === undefined ? () => undefined : bytes };
    }
    const bytes = data ?? new Uint8Array(leastPacket);
    if (bytes.byteLength < leastPacket) {
      throw notTaken(program, `takes packets from ${leastPacket} bytes on, not of ${bytes.byteLength}`);
    }
    const packet = new Packet(memory, bytes);
    if (!seesLink(program)) packet.pull(leastPacket);
    const members =
      kind.context === "xdp"
        ? new XdpContext(packet, given.byteLength >= 16 ? new DataView(given.buffer).getInt32(12, true) : 1)
        : new SkbContext(packet, given);
    const size = kind.context === "xdp" ? XdpContext.size : SkbContext.size;
    const region = memory.allocate(size, { kind: "context", name, members, owner: packet });
    return {
      region,
      packet,
      bytes: () => (members instanceof SkbContext ? members.bytes : undefined),
    };
  }

  #settle({ region, packet }: LaidContext): void {
    packet?.release();
    this.#memory.release(region);
    this.#memory.settle();
  }
}
