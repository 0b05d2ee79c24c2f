import { RingBufError } from "@rbgen/runtime";
import { EmulatedKernel, type EmulatedRingBuf, type EmulatedUserRingBuf, VerifierError } from "@rbgen/runtime/emulated";
import { insideUserRingBuf } from "@rbgen/runtime/emulated/helpers";
import { checkOptions, invalid } from "../invalid.ts";
import { digestOf } from "../recording/digest.ts";
import { fromHex } from "../recording/hex.ts";
import { type Inputs, ReplayedInputs } from "../recording/inputs.ts";
import { outcomeOf } from "../recording/outcome.ts";
import { readRecording } from "../recording/read-recording.ts";
import type { Change, Outcome, RecordedRun, Recording, RingInput } from "../recording/recording.ts";
import { RingRecords } from "../recording/ring-records.ts";
import { fromRecorded } from "../recording/task.ts";
import type { SteppedRun } from "../step/stepped-run.ts";
import type { World } from "../world/world.ts";
import type { MapViews } from "./map-views.ts";
import { absent, type Named, nameOf } from "./named.ts";
import type { VmObjectOptions } from "./object-options.ts";
import { reasonOf } from "./reason.ts";
import { optionsOf, placeMemory, type SetUp, setUp } from "./setup.ts";
import { VmArrayMap } from "./vm-array-map.ts";
import { VmCgroupArray } from "./vm-cgroup-array.ts";
import { VmHashMap } from "./vm-hash-map.ts";
import type { VmHost } from "./vm-host.ts";
import { VmMapOfMaps } from "./vm-map-of-maps.ts";
import type { VmObject } from "./vm-object.ts";
import type { ProgramInput, ProgramOutput, StepInput } from "./vm-program.ts";
import { VmStackTraces } from "./vm-stack-traces.ts";

/** How a recording is replayed. */
export type ReplayOptions = Pick<VmObjectOptions, "btf" | "engine" | "coverage">;

/** An object with its inside. */
export interface ReplayedObject extends SetUp {
  readonly object: VmObject;
  readonly host: VmHost;
  readonly world: World;
  readonly elements: MapViews;
}

/** What a replay works on. */
interface ReplayGround extends ReplayedObject {
  readonly inputs: ReplayedInputs;
  /** Whose rings are made anew. */
  readonly kernel: EmulatedKernel;
}

/**
 * Loads an object, which `open` gives, as it was loaded when it was recorded.
 * @throws as `VmObject.replay`
 */
export function replayOf(
  bytes: Uint8Array,
  given: unknown,
  options: ReplayOptions,
  open: (bytes: Uint8Array, options: VmObjectOptions, inputs: Inputs) => ReplayedObject,
): Replay {
  checkOptions(options, "how a recording is replayed", { btf: true, engine: true, coverage: true });
  const recording = readRecording(given);
  const { setup } = recording;
  const { btf = "self" } = options;
  if (recording.object !== digestOf(bytes)) throw invalid("recording.object: the recording is of another object");
  if (recording.btf !== (btf === "self" ? btf : digestOf(btf))) {
    throw invalid("recording.btf: the object was fitted to other types when it was recorded: give the same btf");
  }
  const { kernelVersion, pageSize } = setup;
  const kernel = new EmulatedKernel({ endian: "little", kernelVersion, pageSize });
  const inputs = new ReplayedInputs();
  const opened = open(bytes, { ...options, ...optionsOf(setup), kernel }, inputs);
  try {
    setUp(opened, opened.world, setup);
    opened.object.load();
  } catch (error) {
    opened.object.close();
    throw error;
  }
  return new Replay({ ...opened, inputs, kernel }, recording);
}

/** A run that was replayed: what it gave, or the fault that it ended with, as when it was recorded. */
export interface ReplayedRun {
  /** The program that ran. */
  readonly program: string;
  /** What it gave; undefined where it faulted. */
  readonly output: ProgramOutput | undefined;
  /** What it was stopped by; undefined where it ended. */
  readonly fault: VerifierError | undefined;
}

/** Runs that were recorded, one after the other on an object of their own. */
export class Replay {
  /** Where they run: its maps, globals and trace are what they were after the same run. */
  readonly object: VmObject;
  readonly #ground: ReplayGround;
  readonly #recording: Recording;
  readonly #rings = new Map<string, EmulatedRingBuf | EmulatedUserRingBuf>();
  readonly #records = new Map<string, RingRecords>();
  #next = 0;

  /** @internal `recording` was read by `readRecording`. */
  constructor(ground: ReplayGround, recording: Recording) {
    this.#ground = ground;
    this.object = ground.object;
    this.#recording = recording;
    for (const { name, ring } of ground.maps.rings) this.#see(name, ring);
  }

  /** Runs that are left. */
  get left(): number {
    return this.#recording.events.slice(this.#next).filter(({ kind }) => kind === "run").length;
  }

  /**
   * Does what was done up to the next run, and that; undefined where there is none left.
   * @throws RingBufError EINVAL where something is not as it was: another object, or a recording that was changed.
   */
  next(): ReplayedRun | undefined {
    return this.#advance((program, input, timer): ReplayedRun => {
      try {
        if (timer !== null) return { program, output: this.#timer(timer, input), fault: undefined };
        const output = this.object.program(program).run(input);
        return { program, output, fault: undefined };
      } catch (fault) {
        if (fault instanceof VerifierError) return { program, output: undefined, fault };
        throw fault;
      }
    });
  }

  /**
   * As {@link next}, and keeps what each instruction of that run did.
   * @throws as `next`
   */
  step({ steps }: Pick<StepInput, "steps"> = {}): SteppedRun<ProgramOutput> | undefined {
    const limit = steps === undefined ? {} : { steps };
    return this.#advance((program, input, timer) => {
      if (timer !== null) throw invalid("the next run is a timer's callback, which next() runs as a whole");
      return this.object.program(program).step({ ...input, ...limit });
    });
  }

  /**
   * All that is left, in order.
   * @throws as {@link next}
   */
  finish(): readonly ReplayedRun[] {
    const runs: ReplayedRun[] = [];
    for (let run = this.next(); run !== undefined; run = this.next()) runs.push(run);
    return runs;
  }

  /**
   * Records that were sent to a ring so far, those that its reader took when it was recorded and those that wait. A ring that
   * is no map of the object is "ring:0", and so on.
   * @throws RingBufError ENOENT for no ring of this name.
   */
  records(named: Named): readonly Uint8Array[] {
    const name = nameOf(named);
    const records = this.#records.get(name);
    if (records === undefined) throw absent("ring buffer", name, this.#records.keys());
    return records.all();
  }

  #advance<Run extends { readonly output: ProgramOutput | undefined; readonly fault: VerifierError | undefined }>(
    run: (program: string, input: ProgramInput, timer: number | null) => Run,
  ): Run | undefined {
    const { events } = this.#recording;
    for (; this.#next < events.length; this.#next += 1) {
      const event = events[this.#next] as Recording["events"][number];
      const where = `recording.events[${this.#next}]`;
      if (event.kind !== "run") {
        at(where, () => this.#change(event, where));
        continue;
      }
      this.#next += 1;
      return this.#run(event, where, run);
    }
    return undefined;
  }

  #run<Run extends { readonly output: ProgramOutput | undefined; readonly fault: VerifierError | undefined }>(
    event: RecordedRun,
    where: string,
    run: (program: string, input: ProgramInput, timer: number | null) => Run,
  ): Run {
    const { inputs, host } = this.#ground;
    const { current, context, data, cpu, cookie, functionAddress } = event;
    at(where, () => {
      for (const [name, input] of Object.entries(event.rings)) this.#atRing(name, input);
      host.current = fromRecorded(current);
    });
    inputs.give(event, where);
    const input = {
      cpu,
      ...(context === null ? {} : { context: bytesOf(context) }),
      ...(data === null ? {} : { data: bytesOf(data) }),
      ...(cookie === "0" ? {} : { cookie: BigInt(cookie) }),
      ...(functionAddress === "0" ? {} : { functionAddress: BigInt(functionAddress) }),
    };
    const ended = at(where, () => run(event.program, input, event.timer));
    const { output, fault } = ended;
    expectSame(where, event.outcome, fault ?? (output as ProgramOutput));
    inputs.expectTaken();
    return ended;
  }

  #timer(number: number, { cpu }: ProgramInput): ProgramOutput {
    const { host } = this.#ground;
    const before = host.cpu;
    if (cpu !== undefined) host.runOn(cpu);
    try {
      const output = host.timers?.fire(number);
      if (output === undefined) throw invalid(`timer ${number} is not started`);
      return { ...output, context: undefined, data: undefined };
    } finally {
      host.cpu = before;
    }
  }

  #change(event: Change, where: string): void {
    const { object, world, kernel } = this.#ground;
    switch (event.kind) {
      case "memory":
        placeMemory(world, event);
        break;
      case "global":
        object.global(event.name).set(bytesOf(event.bytes));
        break;
      case "update":
      case "delete":
        this.#element(event);
        break;
      case "ring": {
        const { type, name, maxEntries, flags } = event;
        const options = { name, maxEntries, flags };
        const made = type === "ringbuf" ? kernel.createRingBuf(options) : kernel.createUserRingBuf(options);
        if (this.#rings.has(event.ring)) throw invalid(`${where}.ring: there is a ring "${event.ring}" already`);
        this.#see(event.ring, made);
        break;
      }
      case "inner":
        this.#inner(event);
        break;
      case "tail call":
        object.setTailCall(event.map, event.index, event.program === null ? undefined : object.program(event.program));
        break;
      case "cgroup":
        object.cgroupArray(event.map).set(event.index, BigInt(event.cgroup));
        break;
      case "take":
        object.perfRecords(event.map);
        break;
    }
  }

  #inner({ map, key, inner, taken }: Extract<Change, { readonly kind: "inner" }>): void {
    const { object } = this.#ground;
    const outer = object.mapOfMaps(map);
    const given = this.#rings.get(inner) ?? this.#ground.elements.elements(inner);
    try {
      outer.set(bytesOf(key), given);
    } catch (error) {
      if (taken || !(error instanceof RingBufError)) throw error;
    }
  }

  #element(event: Extract<Change, { readonly kind: "update" | "delete" }>): void {
    const key = bytesOf(event.key);
    const map = this.#ground.elements.elements(event.map);
    if (event.kind === "delete") {
      if (map instanceof VmArrayMap) throw invalid(`map "${event.map}" is an array, whose elements are always there`);
      if (map instanceof VmStackTraces || map instanceof VmCgroupArray) map.delete(indexIn(key, event.map));
      else map.delete(key);
      return;
    }
    if (map instanceof VmStackTraces) throw invalid(`map "${event.map}" holds stacks, which programs put there`);
    if (map instanceof VmCgroupArray) throw invalid(`map "${event.map}" holds control groups, no values`);
    if (map instanceof VmMapOfMaps) throw invalid(`map "${event.map}" holds maps, no values`);
    if (map instanceof VmHashMap) map.set(key, bytesOf(event.value));
    else map.set(indexIn(key, event.map), bytesOf(event.value));
  }

  #see(name: string, ring: EmulatedRingBuf | EmulatedUserRingBuf): void {
    this.#rings.set(name, ring);
    if (ring.type === "ringbuf") this.#records.set(name, new RingRecords(ring));
  }

  /** What user space did to a ring. */
  #atRing(name: string, { consumer, producer, changes = [] }: RingInput): void {
    const ring = this.#rings.get(name);
    if (ring === undefined) throw absent("ring", name, this.#rings.keys());
    const drained = insideUserRingBuf(ring);
    if (drained === undefined) {
      if (consumer === undefined) throw invalid(`ring "${name}" has no writer`);
      (this.#records.get(name) as RingRecords).takeUpTo(BigInt(consumer));
      return;
    }
    if (producer === undefined) throw invalid(`ring "${name}" has no reader`);
    const { userData } = drained;
    for (const [offset, text] of changes) {
      const bytes = bytesOf(text);
      if (offset + bytes.length > userData.length)
        throw invalid(`ring "${name}" has no ${bytes.length} bytes at ${offset}`);
      userData.set(bytes, offset);
    }
    (ring as EmulatedUserRingBuf).setPositions({ producer: BigInt(producer) });
  }
}

/** @throws what `work` throws, which tells where in the recording it stands. */
function at<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RingBufError) || cause.message.includes(where)) throw cause;
    throw new RingBufError(`${where}: ${reasonOf(cause)}`, { code: cause.code, cause });
  }
}

/**
 * A key of four bytes as a number.
 * @throws RingBufError EINVAL
 */
function indexIn(key: Uint8Array, map: string): number {
  if (key.length !== 4) throw invalid(`map "${map}" has keys of 4 bytes, not ${key.length}`);
  return new DataView(key.buffer).getUint32(0, true);
}

function bytesOf(text: string): Uint8Array {
  return fromHex(text) as Uint8Array;
}

/** @throws RingBufError EINVAL where a run ended otherwise than when it was recorded. */
function expectSame(where: string, was: Outcome, is: ProgramOutput | VerifierError): void {
  const words = (outcome: Outcome): string =>
    "fault" in outcome
      ? `ended with the fault ${JSON.stringify(outcome.fault)}`
      : `returned ${outcome.returned} after ${outcome.instructions} instructions`;
  const now = outcomeOf(is);
  if (words(now) !== words(was)) {
    throw invalid(`${where}: the run ${words(now)}, and ${words(was)} when it was recorded`);
  }
}
