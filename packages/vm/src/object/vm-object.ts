import { type Btf, type Elf, type ElfSection, type ElfSymbol, parseBtf, sizeOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import {
  type Clock,
  EmulatedKernel,
  type EmulatedRingBuf,
  type EmulatedUserRingBuf,
  type VerifierError,
} from "@rbgen/runtime/emulated";
import { checkCode } from "../check/check-code.ts";
import { sectionKind } from "../context/context-section.ts";
import { Packet, SkbContext, XdpContext } from "../context/packet.ts";
import { type EngineName, engineOf } from "../engine/engine.ts";
import { Interpreter } from "../engine/interpreter/interpreter.ts";
import { helperFor, helperName } from "../helpers/helper-table.ts";
import { decode } from "../instruction/decode.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import type { LinkedProgram } from "../load/linked-program.ts";
import { Linker, type Words } from "../load/linker.ts";
import { mapDefinitions, type ObjectMap } from "../load/map-definitions.ts";
import { ArrayMap } from "../maps/array.ts";
import { createMap, type MapGround } from "../maps/create-map.ts";
import { HashMap } from "../maps/hash.ts";
import { LpmTrie } from "../maps/lpm-trie.ts";
import { ArrayOfMaps, HashOfMaps, ProgramArray } from "../maps/reference-maps.ts";
import { PerfEventArray, type PerfRecord, RingMap } from "../maps/ring-map.ts";
import type { VmMap } from "../maps/vm-map.ts";
import { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { Run } from "../run/run.ts";
import { World } from "../world/world.ts";
import { type ContextInput, contextBytes } from "./context-input.ts";
import { type Coverage, CoverageCounter } from "./coverage.ts";
import { type GlobalValue, type GlobalVariable, globalVariables } from "./data-section.ts";
import { MapView } from "./map-view.ts";
import { type CurrentOptions, type HelperFaults, VmHost } from "./vm-host.ts";
import { notTaken, type ProgramInput, type ProgramOutput, VmProgram } from "./vm-program.ts";

/** How an object is loaded. */
export interface VmObjectOptions {
  /** Whose rings and rules; a kernel of its own unless told. */
  readonly kernel?: EmulatedKernel;
  /** What time the programs see; the machine's unless told. */
  readonly clock?: Clock;
  /** Types of the kernel that CO-RE, tracepoints and declared memory go by: a BTF file's bytes; the object's own unless told. */
  readonly btf?: Uint8Array | "self";
  /** Values of global variables by name: constants too. */
  readonly rodata?: Readonly<Record<string, GlobalValue>>;
  /** Changes of maps by name. */
  readonly maps?: Readonly<Record<string, { readonly maxEntries?: number }>>;
  /** Values of `__kconfig` variables by name; `LINUX_KERNEL_VERSION` is the emulated kernel's, any other 0 unless told. */
  readonly kconfig?: Readonly<Record<string, number>>;
  /** WebAssembly where the platform has it, unless told. */
  readonly engine?: EngineName;
  /** Instructions that a run may take; 100 million unless told. */
  readonly instructionBudget?: number;
  /** Processors that there are; 1 unless told. */
  readonly cpus?: number;
  /** Of random numbers and of faults at a rate. */
  readonly seed?: number;
  /** Counts the lines that run, for `coverage()`, on the interpreter. */
  readonly coverage?: boolean;
}

/** A thing of an object by its name, or by the descriptor that was generated for it. */
type Named = string | { readonly name: string };

const dataSection = /^\.(rodata|data|bss)(\..*)?$/;

/**
 * A compiled BPF object in the emulated kernel: its maps, rings, global variables and programs, as the object of
 * `@rbgen/native` has them. Its checks find what a run did: the kernel's verifier may refuse what passes here.
 */
export class VmObject {
  /** The object's own type information. */
  readonly btf: Btf;
  /** Memory that a test declares for programs to read. */
  readonly world: World;
  readonly #memory: VmMemory = new VmMemory();
  readonly #host: VmHost;
  readonly #options: VmObjectOptions;
  readonly #target: Btf;
  readonly #maps = new Map<string, VmMap>();
  readonly #sections = new Map<number, Region>();
  readonly #externs = new Map<string, Words>();
  readonly #programs = new Map<string, VmProgram>();
  readonly #globals: ReadonlyMap<string, GlobalVariable>;
  readonly #coverage: CoverageCounter | undefined;
  #loaded = false;
  #running = false;
  #open = true;

  private constructor(bytes: Uint8Array, options: VmObjectOptions) {
    this.btf = parseBtf(bytes);
    const { elf } = this.btf;
    if (elf === undefined || elf.machine !== 247) throw invalid("no BPF object: clang -target bpf -g -c makes one");
    if (elf.endian !== "little") throw invalid("an object for big-endian machines, which this virtual machine is not");
    const { kernel = new EmulatedKernel({ endian: "little" }), btf = "self", cpus = 1, seed = 1 } = options;
    this.#options = options;
    this.#target = btf === "self" ? this.btf : parseBtf(btf);
    this.world = new World(this.#memory, this.#target);
    this.#host = new VmHost(kernel, { ...(options.clock === undefined ? {} : { clock: options.clock }), cpus, seed });
    this.#coverage = options.coverage === true ? new CoverageCounter() : undefined;
    this.#makeSections(elf);
    this.#makeMaps();
    this.#globals = globalVariables(
      this.btf,
      this.#memory,
      (index) => this.#sections.get(index),
      () => this.#loaded,
    );
    for (const [name, value] of Object.entries(options.rodata ?? {})) this.global(name).set(value);
    this.#makePrograms(elf);
    this.#loaded = true;
  }

  /**
   * Loads an object: the bytes of a `.bpf.o`, or in Node its path.
   * @throws RingBufError EINVAL with file and line for what a program may not do, ENOENT for a path or name that there is not;
   * BtfError and CoreError for objects that contradict themselves.
   */
  static async load(source: string | Uint8Array, options: VmObjectOptions = {}): Promise<VmObject> {
    return new VmObject(typeof source === "string" ? readFile(source) : source, options);
  }

  /** Names of the maps, in the object's order. */
  get mapNames(): readonly string[] {
    return [...this.#maps.keys()];
  }

  /** Names of the programs, in the object's order. */
  get programNames(): readonly string[] {
    return [...this.#programs.keys()];
  }

  /** Faults of helpers on purpose. */
  get faults(): HelperFaults {
    return this.#host.faults;
  }

  /** The ring buffer of this name or generated descriptor. @throws RingBufError ENOENT; EINVAL for a map of another type. */
  ringBuf(named: Named): EmulatedRingBuf {
    return this.#ring(named, "ringbuf") as EmulatedRingBuf;
  }

  /** The user ring buffer of this name. @throws as `ringBuf`. */
  userRingBuf(named: Named): EmulatedUserRingBuf {
    return this.#ring(named, "user_ringbuf") as EmulatedUserRingBuf;
  }

  /** The array or per-CPU array of this name. @throws as `ringBuf`. */
  array(named: Named): MapView {
    const map = this.#map(named);
    if (map instanceof ArrayMap) return new MapView(this.#memory, map);
    throw wrongType(map, "array");
  }

  /** The hash of this name, or LPM trie. @throws as `ringBuf`. */
  hash(named: Named): MapView {
    const map = this.#map(named);
    if (map instanceof HashMap || map instanceof LpmTrie) return new MapView(this.#memory, map);
    throw wrongType(map, "hash");
  }

  /** Records that programs put into a perf event array since the last call. @throws as `ringBuf`. */
  perfRecords(named: Named): readonly PerfRecord[] {
    const map = this.#map(named);
    if (map instanceof PerfEventArray) return map.take();
    throw wrongType(map, "perf_event_array");
  }

  /** Sets what a tail call to `index` goes to. @throws as `ringBuf`; E2BIG beyond the last element. */
  setTailCall(named: Named, index: number, program: VmProgram | undefined): void {
    const map = this.#map(named);
    if (!(map instanceof ProgramArray)) throw wrongType(map, "prog_array");
    if (map.set(index, program?.engine)) return;
    throw new RingBufError(`map "${map.name}" has ${map.maxEntries} elements, none at ${index}`, { code: "E2BIG" });
  }

  /** Puts the map `inner` of this object into a map of maps. @throws as `ringBuf`; E2BIG where there is no room. */
  setInner(named: Named, key: number, inner: Named): void {
    const map = this.#map(named);
    if (!(map instanceof ArrayOfMaps) && !(map instanceof HashOfMaps)) throw wrongType(map, "map of maps");
    const region = this.#memory.allocate(map.keySize, { kind: "memory", name: "a key", access: "none" });
    this.#memory.view.setUint32(region.address, key, true);
    const result = map.put(region.address, this.#map(inner));
    this.#memory.release(region);
    if (result < 0) throw new RingBufError(`map "${map.name}" has no room for key ${key}`, { code: "E2BIG" });
  }

  /** Program of this name: its C function. @throws RingBufError ENOENT. */
  program(named: Named): VmProgram {
    this.#check();
    const name = nameOf(named);
    return this.#programs.get(name) ?? absent("program", name, this.#programs.keys());
  }

  /** The global variable of this name. @throws RingBufError ENOENT. */
  global(named: Named): GlobalVariable {
    this.#check();
    const name = nameOf(named);
    return this.#globals.get(name) ?? absent("global variable", name, this.#globals.keys());
  }

  /** Sets who programs run for from now on; what is left out stays. */
  become(current: CurrentOptions): void {
    this.#host.become(current);
  }

  /** Sets the processor that programs run on from now on. @throws RingBufError EINVAL for one that there is not. */
  runOn(cpu: number): void {
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < this.#host.cpus)) {
      throw invalid(`processor ${cpu} of ${this.#host.cpus}: load the object with { cpus }`);
    }
    this.#host.cpu = cpu;
  }

  /**
   * Runs every program that would be attached to a tracepoint, function or hook, in the object's order:
   * "sched/sched_process_exec", "do_unlinkat". A raw tracepoint goes by its event's name.
   * @throws as `run`; RingBufError ENOENT where no program is attached there.
   */
  fire(target: string, context?: ContextInput): readonly ProgramOutput[] {
    this.#check();
    const event = target.slice(target.indexOf("/") + 1);
    const attached = [...this.#programs.values()].filter(({ kind }) => kind.target === target || kind.target === event);
    if (attached.length === 0) {
      const places = [...this.#programs.values()].flatMap(({ kind }) =>
        kind.target === "" ? [] : [`"${kind.target}"`],
      );
      throw new RingBufError(
        `no program is attached to "${target}"; there are programs for ${places.join(", ") || "none"}`,
        {
          code: "ENOENT",
          errno: -2,
        },
      );
    }
    return attached.map((program) => program.run(context === undefined ? {} : { context }));
  }

  /** Lines that programs printed by bpf_printk since the last call. */
  trace(): readonly string[] {
    return this.#host.takeLines();
  }

  /** Lines of C that ran. @throws RingBufError EINVAL for an object that was loaded without `coverage`. */
  coverage(): Coverage {
    if (this.#coverage === undefined) throw invalid("no lines were counted: load the object with { coverage: true }");
    return this.#coverage.result();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const map of this.#maps.values()) if (map instanceof RingMap) map.ring.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #makeSections(elf: Elf): void {
    for (const section of elf.sections) {
      if (!dataSection.test(section.name) || section.size === 0) continue;
      const flags = section.name.startsWith(".rodata") ? 128 : 0;
      const definition = {
        name: section.name,
        type: "array",
        keySize: 4,
        valueSize: section.size,
        maxEntries: 1,
        flags,
      } as const;
      const map = new ArrayMap(this.#memory, definition, 1, "global");
      this.#memory.bytes.set(section.bytes, map.values.address(0, 0));
      const region = this.#memory.regionOf(map.values.region(0, 0));
      if (region !== undefined) this.#sections.set(section.index, region);
      this.#maps.set(section.name, map);
    }
  }

  #makeMaps(): void {
    const ground: MapGround = { memory: this.#memory, kernel: this.#host.kernel, cpus: this.#host.cpus };
    const definitions = mapDefinitions(this.btf);
    for (const definition of definitions) {
      const changed = { ...definition, ...this.#options.maps?.[definition.name] };
      this.#maps.set(definition.name, createMap(ground, changed as ObjectMap));
    }
    for (const name of Object.keys(this.#options.maps ?? {})) {
      if (!definitions.some((one) => one.name === name)) absent("map", name, this.#maps.keys());
    }
  }

  #makePrograms(elf: Elf): void {
    const functions = this.#memory.allocate(0, { kind: "function", name: "functions", access: "none" });
    const linker = new Linker(this.btf, elf, [this.#target], {
      functions: functions.id,
      mapPointer: (name) => {
        const map = this.#maps.get(name);
        return map && { low: 0, high: map.region.id };
      },
      dataPointer: (section: ElfSection, offset: number) => {
        const region = this.#sections.get(section.index);
        return region && { low: offset, high: region.id };
      },
      externPointer: (symbol) => this.#extern(symbol),
    });
    for (const linked of linker.programs()) {
      const kind = sectionKind(linked.section);
      if (kind === undefined) {
        throw invalid(`program "${linked.name}": SEC("${linked.section}") does not say what type it has`);
      }
      const engine = this.#engineOf(linked, kind.type);
      const program = new VmProgram(linked.name, linked.section, kind, engine, linked.lines, {
        run: (one, input) => this.#run(one, input),
      });
      this.#programs.set(linked.name, program);
      this.#coverage?.expect(program);
      if (engine instanceof Interpreter && this.#coverage !== undefined) {
        engine.observe = (slot) => this.#coverage?.pass(program, slot);
      }
    }
  }

  #engineOf(linked: LinkedProgram, type: string): ReturnType<typeof engineOf> {
    try {
      const code = checkCode({
        instructions: decode(linked.code, {
          resolve: (_pseudo, _low, _high, slot) => linked.constants.get(slot) ?? "a constant without relocation",
        }),
        helperOf: ({ kind, id }, slot) => {
          const poisoned = linked.poisoned.get(slot);
          if (poisoned !== undefined)
            return (execution) => execution.fault(`not for these types of the kernel: ${poisoned}`);
          return kind === "helper"
            ? helperFor(id, type)
            : `kernel function ${id} is not supported by this virtual machine`;
        },
        callbacks: linked.callbacks,
        names: linked.names,
      });
      const name = this.#coverage === undefined ? (this.#options.engine ?? "wasm") : "interpreter";
      return engineOf(name, code, this.#memory);
    } catch (error) {
      if (!(error instanceof InstructionError)) throw error;
      const note = noteAt(linked, error.index);
      const where = note === undefined ? `instruction ${error.index}` : `${note.place}: ${note.source.trim()}`;
      throw new RingBufError(`program "${linked.name}": ${error.reason}\n    at ${where}`, {
        code: "EINVAL",
        syscall: "BPF_PROG_LOAD",
        cause: error,
      });
    }
  }

  #extern(symbol: ElfSymbol): Words | undefined {
    const known = this.#externs.get(symbol.name);
    if (known !== undefined) return known;
    const { name } = symbol;
    const variable = this.btf
      .findKind("datasec", ".kconfig")[0]
      ?.variables.find(({ variable: one }) => one.name === name);
    if (variable?.variable.kind !== "var") return symbol.bind === "weak" ? { low: 0, high: 0 } : undefined;
    const size = sizeOf(variable.variable.type);
    const region = this.#memory.allocate(size, { kind: "global", name, access: "read" });
    const [major = 6, minor = 18] = this.#host.kernel.kernelVersion.split(".").map(Number);
    const version = (major << 16) | (minor << 8);
    const value = this.#options.kconfig?.[name] ?? (name === "LINUX_KERNEL_VERSION" ? version : 0);
    for (let at = 0; at < size && at < 4; at += 1)
      this.#memory.bytes[region.address + at] = (value >>> (8 * at)) & 0xff;
    const words = { low: 0, high: region.id };
    this.#externs.set(name, words);
    return words;
  }

  #run(program: VmProgram, { context, data }: ProgramInput): ProgramOutput {
    this.#check();
    if (this.#running) throw new RingBufError("a program of this object runs already", { code: "EBUSY" });
    const { kind, engine } = program;
    const takesPacket = kind.context === "xdp" || kind.context === "packet";
    if (data !== undefined && !takesPacket) throw notTaken(program, "takes no packet");
    const memory = this.#memory;
    const given = contextBytes(context, kind, this.#target);
    const packet = takesPacket ? new Packet(memory, data ?? new Uint8Array(14)) : undefined;
    const members =
      packet === undefined
        ? undefined
        : kind.context === "xdp"
          ? new XdpContext(packet, given.byteLength >= 16 ? new DataView(given.buffer).getInt32(12, true) : 1)
          : new SkbContext(packet, given);
    const size = members === undefined ? given.byteLength : kind.context === "xdp" ? XdpContext.size : SkbContext.size;
    const region = memory.allocate(size, {
      kind: "context",
      name: program.section,
      access: members !== undefined || kind.context === "bytes" ? "read-write" : "read",
      ...(members === undefined ? {} : { members }),
    });
    if (members === undefined) memory.bytes.set(given, region.address);
    const run = new Run({
      memory,
      host: this.#host,
      program: { name: program.name, type: kind.type, cookie: 0n },
      budget: this.#options.instructionBudget ?? 100_000_000,
      notes: { placeOf: (slot) => noteAt(program, slot), helperName },
    });
    memory.registers.fill(0);
    memory.registers[3] = region.id;
    this.#running = true;
    let returned = false;
    let leaked: VerifierError | undefined;
    try {
      run.start(engine);
      returned = true;
    } finally {
      this.#running = false;
      leaked = run.rings.finish(returned);
      if (!returned || leaked !== undefined) this.#settle(region, packet);
    }
    if (leaked !== undefined) throw leaked;
    const result = {
      returnValue: memory.registers[0] as number,
      context:
        members instanceof SkbContext
          ? members.bytes
          : context === undefined || members !== undefined
            ? undefined
            : memory.bytes.slice(region.address, region.address + size),
      data: packet?.bytes,
      instructions: run.instructions,
    };
    this.#settle(region, packet);
    return result;
  }

  #settle(context: Region, packet: Packet | undefined): void {
    packet?.release();
    this.#memory.release(context);
    for (const sample of this.#memory.regionsOf("ring sample")) this.#memory.release(sample);
    this.#memory.settle();
  }

  #map(named: Named): VmMap {
    this.#check();
    const name = nameOf(named);
    return this.#maps.get(name) ?? absent("map", name, this.#maps.keys());
  }

  #ring(named: Named, type: "ringbuf" | "user_ringbuf"): EmulatedRingBuf | EmulatedUserRingBuf {
    const map = this.#map(named);
    if (map instanceof RingMap && map.type === type) return map.ring;
    throw wrongType(map, type);
  }

  #check(): void {
    if (!this.#open) throw new RingBufError("the object is closed", { code: "ERR_RINGBUF_CLOSED" });
  }
}

/** The line of C that a slot comes from: the last one that began before it. */
function noteAt(
  { lines }: Pick<LinkedProgram, "lines">,
  slot: number,
): { readonly place: string; readonly source: string } | undefined {
  for (let at = slot; at >= 0; at -= 1) {
    const info = lines.get(at);
    if (info !== undefined) return { place: `${info.file}:${info.line}:${info.column}`, source: info.text };
  }
  return undefined;
}

/** The parts of Node that are asked for where they are: elsewhere there are no files. */
interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { readFileSync(path: string): Uint8Array };
}

function readFile(path: string): Uint8Array {
  const fs = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.("node:fs");
  if (fs === undefined) throw invalid(`"${path}": there are no files here, give the object's bytes`);
  return fs.readFileSync(path);
}

function nameOf(named: Named): string {
  return typeof named === "string" ? named : named.name;
}

function absent(what: string, name: string, present: Iterable<string>): never {
  const names = [...present].map((other) => `"${other}"`).join(", ");
  throw new RingBufError(`the object has no ${what} "${name}"; it has ${names === "" ? "none" : names}`, {
    code: "ENOENT",
    errno: -2,
  });
}

function wrongType({ name, type }: VmMap, wanted: string): RingBufError {
  return invalid(`map "${name}" has type ${type}, not ${wanted}`);
}

function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}
