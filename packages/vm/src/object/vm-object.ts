import { type Btf, describePresent, type Elf, functionsOf, type LayoutUse, parseBtf } from "@rbgen/btf";
import {
  type ArrayMapDescriptor,
  type ElementCodec,
  type ElementInput,
  type ElementOf,
  type HashMapDescriptor,
  type KeyInput,
  type MapSource,
  type RecordCodec,
  type RecordOf,
  RingBufError,
  type TracedLine,
  type VariableDescriptor,
} from "@rbgen/runtime";
import {
  EmulatedKernel,
  type EmulatedPerfEventArray,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
  machineClock,
  SeededRandom,
} from "@rbgen/runtime/emulated";
import { Interpreter } from "../engine/interpreter/interpreter.ts";
import { checkOptions, invalid } from "../invalid.ts";
import { programsOf } from "../load/linker.ts";
import type { PerfEventArray, PerfRecord } from "../maps/perf-event-array.ts";
import type { ProgramArray } from "../maps/reference-maps.ts";
import type { RingMap } from "../maps/ring-map.ts";
import { VmMemory } from "../memory/memory.ts";
import { digestOf } from "../recording/digest.ts";
import { type Inputs, KeptInputs, LiveInputs } from "../recording/inputs.ts";
import { Journal } from "../recording/journal.ts";
import type { Change, Recording } from "../recording/recording.ts";
import { Timers } from "../run/timers.ts";
import { World } from "../world/world.ts";
import type { ContextInput } from "./context-input.ts";
import { type Coverage, CoverageCounter } from "./coverage.ts";
import { codedVariable, declaredOf, type GlobalVariable, globalVariables } from "./data-section.ts";
import { Externs, expectDeclared } from "./externs.ts";
import { heldName, warnOfUncompared } from "./held-layout.ts";
import { fillWithPrograms, putProgram } from "./initial-slots.ts";
import { loadPrograms } from "./load-programs.ts";
import { type MapInfo, mapInfo } from "./map-info.ts";
import { MapViews } from "./map-views.ts";
import { absent, closed, type Named, nameOf } from "./named.ts";
import { ObjectMaps } from "./object-maps.ts";
import { checkedOptions, readObject, type VmObjectOptions } from "./object-options.ts";
import { ObjectRunner } from "./object-runner.ts";
import { type Replay, type ReplayOptions, replayOf } from "./replay.ts";
import { expectOwnRings, setupOf } from "./setup.ts";
import type { VmArrayMap } from "./vm-array-map.ts";
import type { VmCgroupArray } from "./vm-cgroup-array.ts";
import type { VmHashMap } from "./vm-hash-map.ts";
import { type CurrentOptions, VmHost } from "./vm-host.ts";
import type { VmMapOfMaps } from "./vm-map-of-maps.ts";
import { type Link, type ProgramInput, type ProgramOutput, VmProgram } from "./vm-program.ts";
import type { VmStackTraces } from "./vm-stack-traces.ts";

const bpfMachine = 247;
const defaultBudget = 100_000_000;

/** What programs are told of what fires them, beside their context. */
export type FireOptions = Pick<ProgramInput, "functionAddress">;

/**
 * A compiled BPF object in the emulated kernel: its maps, rings, global variables and programs, as the object of
 * `@rbgen/native` has them. Its checks find what a run did: the kernel's verifier may refuse what passes here.
 */
export class VmObject implements MapSource {
  /** The object's own type information. */
  readonly btf: Btf;
  /** Memory that a test declares for programs to read. */
  readonly world: World;
  readonly #elf: Elf;
  readonly #memory: VmMemory;
  readonly #host: VmHost;
  readonly #options: VmObjectOptions & { readonly instructionBudget: number };
  readonly #target: Btf;
  readonly #maps: ObjectMaps;
  readonly #runner: ObjectRunner;
  readonly #programs: ReadonlyMap<string, VmProgram>;
  readonly #globals: ReadonlyMap<string, GlobalVariable>;
  readonly #coverage: CoverageCounter | undefined;
  readonly #journal: Journal | undefined;
  readonly #changed: (change: Change) => void;
  readonly #views: MapViews;
  #loaded = false;

  private constructor(bytes: Uint8Array, options: VmObjectOptions, replayed?: Inputs) {
    this.btf = parseBtf(bytes);
    const { elf } = this.btf;
    if (elf === undefined || elf.machine !== bpfMachine) {
      throw invalid("no BPF object: clang -target bpf -g -c makes one");
    }
    if (elf.endian !== "little") throw invalid("an object for big-endian machines, which this virtual machine is not");
    const { kernel = new EmulatedKernel({ endian: "little" }), btf = "self", cpus = 1, seed = 1 } = options;
    const { clock = machineClock } = options;
    this.#elf = elf;
    this.#options = { instructionBudget: defaultBudget, ...options };
    this.#target = btf === "self" ? this.btf : parseBtf(btf);
    // what is no object takes no memory
    this.#memory = new VmMemory();
    expectOwnRings(options);
    const live = replayed ?? new LiveInputs(clock, new SeededRandom(seed), kernel);
    const kept = options.record === true ? new KeptInputs(live) : undefined;
    const journal = kept && new Journal(kept, { object: digestOf(bytes), btf: btf === "self" ? btf : digestOf(btf) });
    this.#journal = journal;
    this.#changed = journal?.note ?? (() => {});
    this.world = new World(this.#memory, this.#target, (region, content) => journal?.declared(region, content));
    this.#host = new VmHost(kernel, { clock, cpus, inputs: kept ?? live });
    this.#coverage = options.coverage === true ? new CoverageCounter() : undefined;
    const memory = this.#memory;
    const programs = programsOf(functionsOf(elf));
    this.#maps = new ObjectMaps({ memory, kernel, cpus }, { btf: this.btf, elf, programs }, options.maps ?? {});
    const innerOf = journal?.innerOf ?? (() => "");
    this.#views = new MapViews(memory, this.#maps, this.btf, { changed: this.#changed, innerOf });
    this.#runner = new ObjectRunner(memory, this.#host, this.#target, this.#options.instructionBudget, journal);
    const runner = this.#runner;
    // what was recorded says when a timer was due
    const { schedule } = replayed === undefined ? this.#host.clock : { schedule: () => () => {} };
    const timed = { now: () => this.#host.clock.now(), schedule };
    this.#host.timers = new Timers(timed, (timer) => runner.runTimer(timer));
    this.#programs = new Map(
      programs.map(({ name, section: { name: section } }) => [
        name,
        new VmProgram(name, section, { btf: this.btf, target: this.#target }, this.#runner),
      ]),
    );
    this.#globals = globalVariables(this.btf, memory, {
      regionOf: (index) => this.#maps.section(index),
      loaded: () => this.#loaded,
      changed: this.#changed,
    });
    expectDeclared(this.btf, options.kconfig ?? {});
    for (const [name, value] of Object.entries(options.rodata ?? {})) this.global(name).set(value);
  }

  /**
   * Reads an object: the bytes of a `.bpf.o`, or in Node its path. Globals and programs can be set before `load()`.
   * @throws RingBufError EINVAL for what is no BPF object, ENOENT for a path or name that there is not, ENOTSUP for
   * static programs and maps, ESRCH and LIBBPF_ERRNO__RELOC as libbpf for maps that are declared to hold what they cannot;
   * BtfError for objects that contradict themselves.
   */
  static open(source: string | Uint8Array, options: VmObjectOptions = {}): VmObject {
    return new VmObject(readObject(source), checkedOptions(options));
  }

  /**
   * Opens and loads.
   * @throws as `open` and `load`.
   */
  static async load(source: string | Uint8Array, options: VmObjectOptions = {}): Promise<VmObject> {
    const object = VmObject.open(source, options);
    try {
      object.load();
    } catch (error) {
      object.close();
      throw error;
    }
    return object;
  }

  /**
   * Makes the maps with what the object declares that they hold from the start, and checks and compiles the programs.
   * @throws RingBufError EINVAL with file and line for what a program may not do; E2BIG, EBADF and EINVAL for what a map cannot
   * hold from the start; CoreError for types that contradict themselves.
   */
  load(): void {
    this.#check();
    if (this.#loaded) throw new RingBufError("the object is loaded already", { code: "EBUSY" });
    this.#maps.make();
    const { btf, kernel } = { btf: this.btf, kernel: this.#host.kernel };
    const externs = new Externs(btf, this.#memory, this.#options.kconfig ?? {}, kernel.kernelVersion);
    const engine = this.#coverage === undefined ? (this.#options.engine ?? "wasm") : "interpreter";
    const [elf, target, memory, maps] = [this.#elf, this.#target, this.#memory, this.#maps];
    const programs = [...this.#programs.values()];
    try {
      loadPrograms({ btf, elf, target, memory, maps, engine, extern: (symbol) => externs.pointerTo(symbol) }, programs);
      fillWithPrograms(maps, this.#programs);
    } catch (error) {
      // none of them runs without the others, nor without what their maps hold from the start
      for (const program of programs) program.loaded = undefined;
      throw error;
    }
    for (const program of programs) this.#count(program);
    this.#loaded = true;
    this.#journal?.open(setupOf({ maps, programs: this.#programs }, kernel, this.#options), maps.rings);
  }

  /**
   * Runs an object as it ran when it was recorded, on an object of its own. `recording` may come from anywhere, such as JSON.
   * @throws as `load`; RingBufError EINVAL for what is no recording, or is one of another object or other types.
   */
  static replay(source: string | Uint8Array, recording: unknown, options: ReplayOptions = {}): Replay {
    return replayOf(readObject(source), recording, options, (bytes, given, inputs) => {
      const object = new VmObject(bytes, given, inputs);
      const [host, maps, programs, elements] = [object.#host, object.#maps, object.#programs, object.#views];
      return { object, host, maps, programs, elements, world: object.world };
    });
  }

  /**
   * What the runs so far depended on: plain, for JSON to keep.
   * @throws RingBufError EINVAL for an object that was loaded without `record`, or where something happened that cannot be
   * told again, such as another program that sent to one of its rings.
   */
  recording(): Recording {
    if (this.#journal === undefined) throw invalid("nothing was recorded: load the object with { record: true }");
    return this.#journal.recording();
  }

  /** Names of the maps, in the object's order. */
  get mapNames(): readonly string[] {
    return this.#maps.names;
  }

  /** The maps that are made, in the object's order. */
  get maps(): readonly MapInfo[] {
    return this.#maps.all.map(mapInfo);
  }

  /** Names of the programs, in the object's order. */
  get programNames(): readonly string[] {
    return [...this.#programs.keys()];
  }

  /** The global variables, in the object's order. */
  get variables(): readonly GlobalVariable[] {
    return [...this.#globals.values()];
  }

  /** The emulated kernel that programs run in: faults of helpers are its `faults`. */
  get kernel(): EmulatedKernel {
    return this.#host.kernel;
  }

  /**
   * The ring buffer of this name or generated descriptor.
   * @throws RingBufError ENOENT; EINVAL for a map of another type, or where the layout of the record in the object differs from
   * the one that the descriptor's codec was generated for, in what reading takes (of a user ring in what writing takes).
   */
  ringBuf(named: Named): EmulatedRingBuf {
    return this.#compared(named, "decode", (name) => this.#map<RingMap<EmulatedRingBuf>>(name, "ringbuf").ring);
  }

  /**
   * The user ring buffer of this name.
   * @throws as `ringBuf`.
   */
  userRingBuf(named: Named): EmulatedUserRingBuf {
    return this.#compared(
      named,
      "encode",
      (name) => this.#map<RingMap<EmulatedUserRingBuf>>(name, "user_ringbuf").ring,
    );
  }

  /**
   * The array or per-CPU array of this generated descriptor, with values as its codec reads and writes them; of this name, with
   * bytes. The same object as long as it is not closed; closing one of a map closes the other.
   * @throws RingBufError ENOENT; EINVAL for a map of another type, or where the values in the object have another layout than the
   * codec was generated for.
   */
  array<Value extends ElementCodec>(map: ArrayMapDescriptor<Value>): VmArrayMap<ElementOf<Value>, ElementInput<Value>>;
  array(name: string): VmArrayMap;
  array(named: string | ArrayMapDescriptor<ElementCodec>): VmArrayMap<unknown, never> {
    this.#check();
    return typeof named === "string" ? this.#views.array(named) : this.#views.codedArray(named);
  }

  /**
   * The hash of this generated descriptor, of any kind, or LPM trie, with keys and values as its codecs read and write them; of
   * this name, with bytes. The same object as long as it is not closed; closing one of a map closes the other.
   * @throws as `array`, of keys, too.
   */
  hash<Key extends ElementCodec, Value extends ElementCodec>(
    map: HashMapDescriptor<Key, Value>,
  ): VmHashMap<ElementOf<Key>, ElementOf<Value>, KeyInput<Key>, ElementInput<Value>>;
  hash(name: string): VmHashMap;
  hash(named: string | HashMapDescriptor<ElementCodec, ElementCodec>): VmHashMap<unknown, unknown, never, never> {
    this.#check();
    return typeof named === "string" ? this.#views.hash(named) : this.#views.codedHash(named);
  }

  /**
   * The array or hash of maps of this name.
   * @throws as `ringBuf`.
   */
  mapOfMaps(named: Named): VmMapOfMaps {
    this.#check();
    return this.#views.mapOfMaps(named);
  }

  /**
   * The stack traces of this name.
   * @throws as `ringBuf`.
   */
  stackTraces(named: Named): VmStackTraces {
    this.#check();
    return this.#views.stackTraces(named);
  }

  /**
   * The control groups of this name, for `bpf_current_task_under_cgroup`.
   * @throws as `ringBuf`.
   */
  cgroupArray(named: Named): VmCgroupArray {
    this.#check();
    return this.#views.cgroupArray(named);
  }

  /**
   * The perf event array of this name, for a `PerfEventReader`. While it has one, `bpf_perf_event_output` is the kernel's:
   * −ENOSPC where a processor's ring is full, −EOPNOTSUPP for another processor than the current one.
   * @throws as `ringBuf`.
   */
  perfEventArray(named: Named): EmulatedPerfEventArray {
    return this.#compared(named, "decode", (name) => this.#map<PerfEventArray>(name, "perf_event_array").rings);
  }

  /**
   * Records that programs put into a perf event array that has no reader, since the last call. Each processor has room for 1 MiB of them, as
   * the kernel counts them; beyond, `bpf_perf_event_output` is −ENOSPC.
   * @throws as `ringBuf`.
   */
  perfRecords(named: Named): readonly PerfRecord[] {
    const map = this.#compared(named, "decode", (name) => this.#map<PerfEventArray>(name, "perf_event_array"));
    this.#changed({ kind: "take", map: map.name });
    return map.take();
  }

  /**
   * Records that found no room in a perf event array, ever.
   * @throws as `ringBuf`.
   */
  perfLost(named: Named): number {
    return this.#map<PerfEventArray>(named, "perf_event_array").lost;
  }

  /**
   * Sets what a tail call to `index` goes to.
   * @throws as `ringBuf`; EINVAL for a program of another type than those that are there, or that call by the map; E2BIG beyond
   * the last element.
   */
  setTailCall(named: Named, index: number, program: VmProgram | undefined): void {
    const map = this.#map<ProgramArray>(named, "prog_array");
    program?.code();
    putProgram(map, index, program);
    this.#changed({ kind: "tail call", map: map.name, index, program: program?.name ?? null });
  }

  /**
   * Program of this name: its C function.
   * @throws RingBufError ENOENT; EINVAL where the records of an iterator have another layout in the object than the codec of its
   * generated descriptor.
   */
  program(named: Named): VmProgram {
    this.#check();
    const name = heldName(named, this.btf, "decode");
    const program = this.#programs.get(name);
    if (program === undefined) throw absent("program", name, this.#programs.keys());
    warnOfUncompared("program", named, this.btf);
    return program;
  }

  /**
   * The global variable of this name, as a scalar or bytes; or of this generated descriptor, as its codec reads and writes it.
   * @throws RingBufError ENOENT; EINVAL where the codec was generated for another type.
   */
  global<Codec extends RecordCodec<unknown, never>>(
    variable: VariableDescriptor<Codec>,
  ): GlobalVariable<RecordOf<Codec>, Parameters<Codec["encode"]>[0]>;
  global(named: string | VariableDescriptor<undefined>): GlobalVariable;
  global(named: string | VariableDescriptor): GlobalVariable<unknown, never> {
    this.#check();
    const name = nameOf(named);
    const variable = this.#globals.get(name);
    if (variable === undefined) throw absent("global variable", name, declaredOf(this.#globals.keys()));
    const codec = typeof named === "string" ? undefined : (named.codec as RecordCodec<unknown, never> | undefined);
    return codec === undefined ? variable : codedVariable(variable, codec);
  }

  /**
   * Sets who programs run for from now on; what is left out stays.
   * @throws RingBufError EINVAL for what is no id of a control group.
   */
  become(current: CurrentOptions): void {
    this.#host.become(current);
  }

  /**
   * Sets the processor that programs run on from now on.
   * @throws RingBufError EINVAL for one that there is not.
   */
  runOn(cpu: number): void {
    this.#host.runOn(cpu);
  }

  /**
   * Attaches every program that was loaded and whose section says where; the others are left alone.
   * @returns the links, in the object's order; closing one detaches its program
   * @throws RingBufError EINVAL before `load()`, and where there is nothing to attach.
   */
  attach(): readonly Link[] {
    this.#check();
    if (!this.#loaded) throw invalid("the object is not loaded: call load() first");
    const programs = [...this.#programs.values()].filter(
      ({ loaded, attachable }) => loaded !== undefined && attachable,
    );
    if (programs.length > 0) return programs.map((program) => program.attach());
    throw invalid("the object has nothing to attach: no program that was loaded says where; run() runs one by itself");
  }

  /**
   * Runs every program that is attached to a tracepoint, function or hook, in the object's order:
   * "sched/sched_process_exec", "do_unlinkat". A raw tracepoint goes by its event's name. As long as nothing was attached
   * by `attach()`, all that it would attach is run.
   * @throws as `run`; RingBufError ENOENT where no program is attached there.
   */
  fire(target: string, context?: ContextInput, given: FireOptions = {}): readonly ProgramOutput[] {
    checkOptions(given, "what is told of a run", { functionAddress: true });
    const { functionAddress } = given;
    return this.programsAt(target).flatMap((program) => {
      const { links } = program;
      if (links.length === 0) return program.run({ context, functionAddress });
      return links.map(({ cookie }) => program.run({ context, functionAddress, cookie: cookie || undefined }));
    });
  }

  /**
   * The programs that {@link fire} runs.
   * @throws RingBufError ENOENT where no program is attached there.
   */
  programsAt(target: string): readonly VmProgram[] {
    this.#check();
    const loaded = [...this.#programs.values()].filter(({ loaded, attachable }) => loaded && attachable);
    const attached = loaded.filter(({ links }) => links.length > 0);
    const there = attached.length > 0 ? attached : loaded;
    const event = target.slice(target.indexOf("/") + 1);
    const fired = there.filter(({ kind }) => kind?.target === target || kind?.target === event);
    if (fired.length > 0) return fired;
    const places = new Set(there.flatMap(({ kind }) => kind?.target ?? []));
    const present =
      places.size === 0
        ? "; none runs at a place that is fired"
        : describePresent(target, places, "there are programs for");
    throw new RingBufError(`no program is attached to "${target}"${present}`, {
      code: "ENOENT",
      errno: -2,
    });
  }

  /**
   * Lines that programs printed by bpf_printk since the last call, each of 1023 bytes at most. The last 1408 KiB are kept,
   * as in the kernel's trace buffer; `traceLost` counts the others.
   */
  trace(): readonly string[] {
    return this.#host.printed.take().map(({ text }) => text);
  }

  /** The same lines, of which each is there once, with who printed them, where and when, as `tracePipe()` of `@rbgen/native` has them. */
  traceLines(): readonly TracedLine[] {
    return this.#host.printed.take();
  }

  /** Lines of bpf_printk that were lost, ever, since nobody took them. */
  get traceLost(): number {
    return this.#host.printed.lost;
  }

  /**
   * Lines of C that ran.
   * @throws RingBufError EINVAL for an object that was loaded without `coverage`.
   */
  coverage(): Coverage {
    if (this.#coverage === undefined) throw invalid("no lines were counted: load the object with { coverage: true }");
    return this.#coverage.result();
  }

  /** Ends the readers of the maps and gives the memory up. */
  close(): void {
    if (!this.#runner.open) return;
    for (const program of this.#programs.values()) program.detach();
    this.#runner.open = false;
    this.#host.timers?.close();
    this.#views.close();
    this.#maps.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #count(program: VmProgram): void {
    const { loaded } = program;
    const counter = this.#coverage;
    if (loaded === undefined || counter === undefined) return;
    counter.expect(loaded.lines);
    if (loaded.engine instanceof Interpreter) loaded.engine.observe = (slot) => counter.pass(loaded.lines, slot);
  }

  #map<Made>(named: Named, ...types: Parameters<ObjectMaps["get"]>[1][]): Made {
    this.#check();
    return this.#maps.get(nameOf(named), ...types) as Made;
  }

  /** What `find` finds, once the codec that comes with its name agrees; records that nothing tells of are a warning. */
  #compared<Found>(named: Named, use: LayoutUse, find: (name: string) => Found): Found {
    this.#check();
    const found = find(heldName(named, this.btf, use));
    warnOfUncompared("map", named, this.btf);
    return found;
  }

  #check(): void {
    if (!this.#runner.open) throw closed("the object");
  }
}
