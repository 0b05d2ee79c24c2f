import {
  type Btf,
  describeDrift,
  describePresent,
  knowsType,
  type LayoutUse,
  mapTypeName,
  meantSection,
} from "@rbgen/btf";
import type {
  ArrayMapDescriptor,
  ElementCodec,
  ElementInput,
  ElementOf,
  HashMapDescriptor,
  KeyInput,
  LayoutDescriptor,
  MapSource,
  RecordCodec,
  RecordOf,
  VariableDescriptor,
} from "@rbgen/runtime";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import type { Link } from "../attach/link.ts";
import { checkObject, checkOptions, shown } from "../kernel/arguments.ts";
import { cString } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { explainKind, explainPin } from "../kernel/explain.ts";
import { compareInKernel, layoutIn } from "../kernel/kernel-layouts.ts";
import { checkedLayout } from "../kernel/layout-drift.ts";
import { BpfLoadError, callLibbpf, loadLibbpf } from "../kernel/libbpf.ts";
import { type MapInfo, mapInfo } from "../kernel/map-commands.ts";
import { explainMap } from "../kernel/map-rules.ts";
import { held, OpenMap, type OwnedDescriptor } from "../kernel/open-map.ts";
import { warnOfUncompared } from "../kernel/uncompared.ts";
import { type NativePerfEventArrayMap, perfEventArrayOf } from "../perf/perf-map.ts";
import { type NativeRingBufMap, type NativeUserRingBufMap, ringBufOf, userRingBufOf } from "../ring/ring-map.ts";
import { arrayMapOf, type BpfArrayMap, codedArray } from "./array-map.ts";
import { arrayFormat, hashFormats } from "./element-formats.ts";
import {
  codedVariable,
  type GlobalVariable,
  globalSymbols,
  type SectionBytes,
  scalarVariable,
} from "./global-variable.ts";
import { type BpfHashMap, codedHash, hashMapOf, hashTypes } from "./hash-map.ts";
import { type BpfMapOfMaps, mapOfMapsOf } from "./map-of-maps.ts";
import { definitionOf, setMap, setRecordOnly } from "./map-settings.ts";
import { type ObjectFile, openFile } from "./object-file.ts";
import type { Named, ObjectOptions } from "./object-options.ts";
import { typesOf, wellFormed } from "./object-types.ts";
import { attachWhereTold, type BpfProgram, endProgram, programOf } from "./program.ts";
import { InitialSection, LoadedSection } from "./section-memory.ts";

/**
 * A BPF object file, opened and loaded by libbpf. Closing it detaches its programs and closes the maps and readers
 * that came from it.
 */
export class BpfObject implements MapSource {
  /** The object's own type information. */
  readonly btf: Btf | undefined;
  readonly #name: string;
  readonly #maps = new Map<string, Handle>();
  readonly #programs = new Map<string, BpfProgram>();
  readonly #ringBufs = new Map<string, NativeRingBufMap>();
  readonly #userRingBufs = new Map<string, NativeUserRingBufMap>();
  readonly #perfEventArrays = new Map<string, NativePerfEventArrayMap>();
  readonly #arrays = new Map<string, BpfArrayMap>();
  readonly #hashes = new Map<string, BpfHashMap>();
  readonly #codedArrays = new WeakMap<object, BpfArrayMap<unknown, never>>();
  readonly #codedHashes = new WeakMap<object, BpfHashMap<unknown, unknown, never, never>>();
  readonly #mapsOfMaps = new Map<string, BpfMapOfMaps>();
  readonly #sections = new Map<string, SectionBytes>();
  /** Own the templates of maps inside of maps until the object is loaded. */
  readonly #templates: Handle[] = [];
  #globals: ReturnType<typeof globalSymbols> | undefined;
  #handle: Handle | undefined;
  #loaded = false;

  private constructor(file: ObjectFile, options: ObjectOptions) {
    const { bytes, name } = file;
    const { pinPath } = checkOptions(options, "the options of an object", { rodata: true, maps: true, pinPath: true });
    this.#name = name;
    this.btf = typesOf(file);
    this.#handle = callLibbpf("bpf_object__open_mem", `"${name}"`, (addon) =>
      addon.objectOpen(bytes, cString(name), pinPath === undefined ? null : cString(pinPath)),
    ) as Handle;
    try {
      const addon = loadAddon();
      for (const map of partsOf(addon.objectMaps(this.#handle))) {
        const name = addon.mapName(map);
        this.#maps.set(name, map);
        setRecordOnly(map, name);
      }
      for (const handle of partsOf(addon.objectPrograms(this.#handle))) {
        const program = programOf(handle, () => this.#handle !== undefined);
        this.#programs.set(program.name, program);
      }
      this.#configure(options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Reads an object, without asking the kernel for anything yet.
   * @throws BpfLoadError for bytes that are no BPF object; RingBufError ENOENT, EACCES and their like for a file that
   * cannot be read; UnsupportedError without Linux or libbpf.
   */
  static open(source: string | Uint8Array, options: ObjectOptions = {}): BpfObject {
    loadLibbpf();
    return new BpfObject(openFile(source), options);
  }

  /**
   * Opens and loads. libbpf and the verifier work on the calling thread, milliseconds for most objects and seconds for
   * large programs: load in a worker what must not hold up an event loop.
   * @throws as `open` and `load`.
   */
  static async load(source: string | Uint8Array, options: ObjectOptions = {}): Promise<BpfObject> {
    const object = BpfObject.open(source, options);
    try {
      object.load();
    } catch (error) {
      object.close();
      throw error;
    }
    return object;
  }

  /**
   * Makes the maps and has the programs verified, which blocks this thread.
   * @throws BpfLoadError with libbpf's and the verifier's log.
   */
  load(): void {
    const handle = this.#open();
    if (this.#loaded) throw ringError("EBUSY", `object "${this.#name}" is loaded already`);
    try {
      callLibbpf("bpf_object__load", `"${this.#name}"`, (addon) => addon.objectLoad(handle));
    } catch (error) {
      throw this.#explained(error);
    }
    this.#loaded = true;
    this.#dropTemplates();
    this.#sections.clear();
  }

  /** The error of a load, with what is wrong with the map that the kernel refused. */
  #explained(error: unknown): unknown {
    if (!(error instanceof BpfLoadError)) return error;
    const [, failed = ""] = /prog '([^']+)': BPF program load failed/.exec(error.log) ?? [];
    const kind = explainKind(error.errno ?? 0, this.#programs.get(failed)?.section ?? "");
    if (kind !== "") {
      return new BpfLoadError(
        `${error.syscall}: "${this.#name}"${kind}`,
        error.errno ?? 0,
        error.syscall ?? "",
        error.log,
      );
    }
    const missing = /prog '([^']+)': missing BPF prog type, check ELF section name '([^']+)'/.exec(error.log);
    if (missing !== null) {
      const [, program = "", section = ""] = missing;
      const meant = meantSection(section);
      const near = meant === undefined ? "" : `; ${meant}`;
      return new BpfLoadError(
        `${error.syscall}: "${this.#name}": SEC("${section}") of program "${program}" says no type of program${near}`,
        error.errno ?? 0,
        error.syscall ?? "",
        error.log,
      );
    }
    const [, pinned = "", path] = /map '([^']+)': failed to auto-pin at '([^']+)'/.exec(error.log) ?? [];
    if (path !== undefined) {
      // libbpf asks itself what the kernel would say with EPERM (`check_path`)
      const errno = error.log.includes(" is not on BPF FS") ? -1 : (error.errno ?? 0);
      return new BpfLoadError(
        `${error.syscall}: "${this.#name}": map "${pinned}" cannot be pinned: ${explainPin(errno, path)}`,
        error.errno ?? 0,
        error.syscall ?? "",
        error.log,
      );
    }
    const [, name = ""] = /map '([^']+)': failed to create/.exec(error.log) ?? [];
    const map = this.#maps.get(name);
    if (map === undefined || error.code !== "EINVAL") return error;
    const why = explainMap({ ...definitionOf(map, name), name }, loadAddon().pageSize());
    return new BpfLoadError(
      `${error.syscall}: "${this.#name}": ${why}`,
      error.errno ?? 0,
      error.syscall ?? "",
      error.log,
    );
  }

  /** Names of the maps, in the object's order. */
  get mapNames(): readonly string[] {
    return [...this.#maps.keys()];
  }

  /** Names of the programs, in the object's order. */
  get programNames(): readonly string[] {
    return [...this.#programs.keys()];
  }

  /**
   * The ring buffer of this name or generated descriptor, the same object as long as it is not closed.
   * @throws RingBufError ENOENT; EINVAL for a map of another type, or where the layout of the record in the object, or in
   * another program in the kernel that uses the map, differs from the one that the descriptor's codec was generated for,
   * in what reading takes (of a user ring in what writing takes).
   */
  ringBuf(named: Named): NativeRingBufMap {
    this.#open();
    const name = this.#nameOf(named, "decode");
    const ring = openIn(this.#ringBufs, name, () => ringBufOf(...this.#descriptor(name, "ringbuf")));
    return this.#agreed(ring, named);
  }

  /**
   * The user ring buffer `name`.
   * @throws as `ringBuf`.
   */
  userRingBuf(named: Named): NativeUserRingBufMap {
    this.#open();
    const name = this.#nameOf(named, "encode");
    const ring = openIn(this.#userRingBufs, name, () => userRingBufOf(...this.#descriptor(name, "user_ringbuf")));
    return this.#agreed(ring, named);
  }

  /**
   * The perf event array `name`.
   * @throws as `ringBuf`.
   */
  perfEventArray(named: Named): NativePerfEventArrayMap {
    this.#open();
    const name = this.#nameOf(named, "decode");
    const map = openIn(this.#perfEventArrays, name, () =>
      perfEventArrayOf(...this.#descriptor(name, "perf_event_array")),
    );
    return this.#agreed(map, named);
  }

  /**
   * The array or per-CPU array of this generated descriptor, with values as its codec reads and writes them; of this name, with
   * bytes. The same object as long as it is not closed; closing one of a map closes the other.
   * @throws RingBufError ENOENT; EINVAL for a map of another type, or where the values in the object, or in the kernel of a map
   * that was there before, have another layout than the codec was generated for.
   */
  array<Value extends ElementCodec>(map: ArrayMapDescriptor<Value>): BpfArrayMap<ElementOf<Value>, ElementInput<Value>>;
  array(name: string): BpfArrayMap;
  array(named: string | ArrayMapDescriptor<ElementCodec>): BpfArrayMap<unknown, never> {
    this.#open();
    const name = nameOf(named);
    const map = openIn(this.#arrays, name, () =>
      arrayMapOf(new OpenMap(...this.#descriptor(name, "array", "percpu_array"))),
    );
    if (typeof named === "string") return map;
    return codedIn(this.#codedArrays, named, () =>
      codedArray(map, arrayFormat({ info: map.info, btf: this.btf }, named)),
    );
  }

  /**
   * The hash, per-CPU or LRU hash, or LPM trie of this generated descriptor, with keys and values as its codecs read and write
   * them; of this name, with bytes. The same object as long as it is not closed; closing one of a map closes the other.
   * @throws as `array`, of keys, too.
   */
  hash<Key extends ElementCodec, Value extends ElementCodec>(
    map: HashMapDescriptor<Key, Value>,
  ): BpfHashMap<ElementOf<Key>, ElementOf<Value>, KeyInput<Key>, ElementInput<Value>>;
  hash(name: string): BpfHashMap;
  hash(named: string | HashMapDescriptor<ElementCodec, ElementCodec>): BpfHashMap<unknown, unknown, never, never> {
    this.#open();
    const name = nameOf(named);
    const map = openIn(this.#hashes, name, () => hashMapOf(new OpenMap(...this.#descriptor(name, ...hashTypes))));
    if (typeof named === "string") return map;
    return codedIn(this.#codedHashes, named, () =>
      codedHash(map, hashFormats({ info: map.info, btf: this.btf }, named)),
    );
  }

  /**
   * The array or hash of maps `name`.
   * @throws as `ringBuf`.
   */
  mapOfMaps(named: Named): BpfMapOfMaps {
    this.#open();
    const name = this.#nameOf(named);
    return openIn(this.#mapsOfMaps, name, () =>
      mapOfMapsOf(new OpenMap(...this.#descriptor(name, "array_of_maps", "hash_of_maps"))),
    );
  }

  /**
   * Program `name`: its C function.
   * @throws RingBufError ENOENT; EINVAL where the records of an iterator have another layout in the object than the codec of its
   * generated descriptor.
   */
  program(named: Named): BpfProgram {
    const name = this.#nameOf(named, "decode");
    this.#open();
    const program = this.#programs.get(name);
    if (program === undefined) throw this.#absent("program", name, this.#programs.keys());
    const layout = typeof named === "string" ? undefined : layoutIn(named.codec);
    if (layout !== undefined) this.#warn(`program "${name}"`, layout);
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
    const name = nameOf(named);
    this.#open();
    const { btf } = this;
    this.#globals ??= btf === undefined ? new Map() : wellFormed("btf", () => globalSymbols(btf));
    const found = this.#globals.get(name);
    if (found === undefined) throw this.#absent("global variable", name, declaredOf(this.#globals.keys()));
    const bytes = (): SectionBytes => this.#section(found.section);
    const codec = typeof named === "string" ? undefined : (named.codec as RecordCodec<unknown, never> | undefined);
    return codec === undefined ? scalarVariable(found, bytes) : codedVariable(found, codec, bytes);
  }

  /**
   * Attaches every program that was loaded and whose section says where, as libbpf's skeletons do; the others are left
   * alone. Programs that trace see the whole machine, its containers too, unless they leave out themselves what is not theirs.
   *
   * @example
   * ```ts
   * const object = await BpfObject.load("probe.bpf.o", { rodata: { min_latency_ns: 1_000_000n } });
   * const links = object.attach();
   * for await (const event of new RingBufReader(object.ringBuf(maps.events), maps.events.codec)) console.log(event);
   * // in the end: links[0].close() for one, object.close() for all
   * ```
   * @returns the links, in the object's order; closing one detaches its program
   * @throws BpfLoadError with libbpf's words, and nothing is left attached.
   * @throws RingBufError EINVAL before `load()`, and where there is nothing to attach.
   */
  attach(): readonly Link[] {
    this.#open();
    if (!this.#loaded) throw ringError("EINVAL", `object "${this.#name}" is not loaded: call load() first`);
    const programs = [...this.#programs.values()];
    try {
      const links = programs.flatMap((program) => attachWhereTold(program) ?? []);
      if (links.length > 0) return links;
    } catch (error) {
      for (const program of programs) program.detach();
      throw error;
    }
    const sections = [...new Set(programs.map(({ section }) => `SEC("${section}")`))].join(", ");
    const what = sections === "" ? "it has no programs" : `of ${sections}, none that was loaded says where`;
    throw ringError("EINVAL", `object "${this.#name}" has nothing to attach: ${what}; run() runs a program by itself`);
  }

  /** Detaches the programs, ends the readers of the maps, and gives everything back to the kernel. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    for (const program of this.#programs.values()) endProgram(program);
    const kinds = [
      this.#ringBufs,
      this.#userRingBufs,
      this.#perfEventArrays,
      this.#arrays,
      this.#hashes,
      this.#mapsOfMaps,
    ];
    for (const maps of kinds) for (const map of maps.values()) map.close();
    for (const section of this.#sections.values()) if (section instanceof LoadedSection) section.close();
    loadAddon().objectClose(handle);
    this.#dropTemplates();
  }

  #dropTemplates(): void {
    for (const owner of this.#templates.splice(0)) loadAddon().disown(owner);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #configure(options: ObjectOptions): void {
    const { rodata = {}, maps = {} } = options;
    for (const [name, value] of Object.entries(checkObject(rodata, "rodata"))) this.global(name).set(value);
    for (const [name, map] of Object.entries(checkObject(maps, "maps"))) {
      const handle = this.#maps.get(name);
      if (handle === undefined) throw this.#absent("map", name, this.#maps.keys());
      const template = setMap(handle, name, map);
      if (template !== undefined) this.#templates.push(template);
    }
  }

  #section(name: string): SectionBytes {
    this.#open();
    const known = this.#sections.get(name);
    if (known !== undefined) return known;
    // libbpf names a section's map after the section, with the object's name before the plain ones: "object.bss".
    const named = [...this.#maps.keys()].find(
      (other) => other === name || (other.endsWith(name) && /^[^.]+\./.test(other)),
    );
    const map = named === undefined ? undefined : this.#maps.get(named);
    if (map === undefined) throw this.#absent("section", name, this.#maps.keys());
    if (name === ".kconfig" && !this.#loaded) {
      throw ringError("EINVAL", `${name} is what the kernel is configured to: it is there once the object is loaded`);
    }
    const section = this.#loaded
      ? new LoadedSection(loadAddon().mapFd(map), name, !/^\.(rodata|kconfig)/.test(name))
      : new InitialSection(map, name);
    this.#sections.set(name, section);
    return section;
  }

  /** A descriptor of map `name` for its own object, and what the kernel says of it. */
  #descriptor(name: string, ...types: string[]): [descriptor: OwnedDescriptor, info: MapInfo] {
    this.#open();
    const addon = loadAddon();
    const handle = this.#maps.get(name);
    if (handle === undefined) throw this.#absent("map", name, this.#maps.keys());
    const type = mapTypeName(definitionOf(handle, name).type);
    if (!types.includes(type)) throw ringError("EINVAL", `map "${name}" has type ${type}, not ${types.join(" or ")}`);
    const made = addon.mapFd(handle);
    if (made < 0) throw ringError("EINVAL", `map "${name}" is not made yet: call load() first`);
    const fd = addon.duplicate(made);
    const owner = held(addon.own(fd));
    if (fd < 0) throw kernelError(fd, "fcntl", `no descriptor for map "${name}"`);
    const info = mapInfo(fd);
    if (typeof info === "number") {
      addon.disown(owner);
      throw kernelError(info, "BPF_OBJ_GET_INFO_BY_FD", `map "${name}"`);
    }
    return [{ fd, owner }, info];
  }

  /** The name of what is asked for; a codec that comes with it is held against the object's types. */
  #nameOf(named: Named, use: LayoutUse = "both"): string {
    const name = nameOf(named);
    const layout = typeof named === "string" ? undefined : layoutIn(named.codec);
    if (layout === undefined) return name;
    const drift = this.btf && describeDrift(checkedLayout(layout), this.btf, use);
    if (drift !== undefined) throw ringError("EINVAL", `"${name}": ${drift}`);
    return name;
  }

  /**
   * Map `name`, once it agrees: one that was there before (pinned, reused) belongs to programs of other objects, too.
   * Records that neither this object nor those tell of are a warning.
   */
  #agreed<Opened extends { readonly info: MapInfo }>(map: Opened, named: Named): Opened {
    const layout = typeof named === "string" ? undefined : layoutIn(named.codec);
    if (layout === undefined) return map;
    const { told } = compareInKernel(map, layout);
    this.#warn(`map "${map.info.name}"`, layout, told);
    return map;
  }

  #warn(what: string, layout: LayoutDescriptor, told: ReadonlySet<string> = new Set()): void {
    const { btf } = this;
    const isTold = (record: string): boolean =>
      told.has(record) || (btf !== undefined && wellFormed("btf", () => knowsType(record, btf)));
    warnOfUncompared(`object "${this.#name}", ${what}`, layout, isTold);
  }

  #open(): Handle {
    if (this.#handle === undefined) throw ringError("ERR_RINGBUF_CLOSED", `object "${this.#name}" is closed`);
    return this.#handle;
  }

  #absent(what: string, name: string, present: Iterable<string>): Error {
    return ringError("ENOENT", `object "${this.#name}" has no ${what} "${name}"${describePresent(name, present)}`);
  }
}

/** The map of this name among those that were asked for and are open; each holds a descriptor until the object closes. */
function openIn<Opened extends { readonly closed: boolean }>(
  maps: Map<string, Opened>,
  name: string,
  make: () => Opened,
): Opened {
  const known = maps.get(name);
  if (known !== undefined && !known.closed) return known;
  const map = make();
  maps.set(name, map);
  return map;
}

/**
 * What the addon listed.
 * @throws RingBufError ENOMEM
 */
function partsOf(listed: readonly Handle[] | number): readonly Handle[] {
  if (typeof listed !== "number") return listed;
  throw kernelError(listed, "malloc", "no memory for the parts of an object");
}

/** The view of a map that was made for a descriptor, as long as it is open. */
function codedIn<Opened extends { readonly closed: boolean }>(
  maps: WeakMap<object, Opened>,
  descriptor: object,
  make: () => Opened,
): Opened {
  const known = maps.get(descriptor);
  if (known !== undefined && !known.closed) return known;
  const map = make();
  maps.set(descriptor, map);
  return map;
}

/**
 * The name of what is asked for.
 * @throws RingBufError EINVAL for what is neither a name nor a generated descriptor.
 */
function nameOf(named: string | { readonly name: string }): string {
  if (typeof named === "string") return named;
  if (typeof named?.name === "string") return named.name;
  throw ringError(
    "EINVAL",
    `a thing of an object is told by its name or its generated descriptor, not ${shown(named)}`,
  );
}

/** Variables that a person declared, without those that rbgen.h leaves to tell records by. */
function declaredOf(names: Iterable<string>): string[] {
  return [...names].filter((name) => !name.startsWith("rbgen_record_"));
}
