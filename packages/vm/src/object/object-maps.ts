import type { Btf, Elf, ElfFunction } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import type { EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { insideRingBuf, insideUserRingBuf } from "@rbgen/runtime/emulated/helpers";
import { checkOptions, invalid } from "../invalid.ts";
import { declaredMaps } from "../load/map-definitions.ts";
import { type MapSlots, mapSlots } from "../load/map-slots.ts";
import { firstUseOf } from "../load/map-use.ts";
import { ArrayMap } from "../maps/array.ts";
import { createMap, type MapGround } from "../maps/create-map.ts";
import { PerfEventArray } from "../maps/perf-event-array.ts";
import { RingMap } from "../maps/ring-map.ts";
import type { MapDefinition, VmMap } from "../maps/vm-map.ts";
import type { Region } from "../memory/region.ts";
import { fillWithMaps } from "./initial-slots.ts";
import { absent } from "./named.ts";
import { reasonOf } from "./reason.ts";

/** What may be changed of a map before it is made. */
export interface MapOptions {
  /** Entries; for a ring, bytes, which are rounded up to a power of two of pages. */
  readonly maxEntries?: number | undefined;
  /** Of a map of maps, the template of the maps inside, in place of the one that the object declares. */
  readonly inner?: { readonly maxEntries: number } | undefined;
  /** A ring of an emulated kernel, used in place of a new one: two objects share it. */
  readonly reuse?: EmulatedRingBuf | EmulatedUserRingBuf | undefined;
}

const dataSection = /^\.(rodata|data|bss)(\..*)?$/;
const readOnlyForPrograms = 128;

/** The object whose maps they are. */
export interface MapsDeclared {
  readonly btf: Btf;
  readonly elf: Elf;
  readonly programs: readonly ElfFunction[];
}

/** Maps of an object: those that it declares, and one for each of its data sections. */
export class ObjectMaps {
  readonly #ground: MapGround;
  readonly #btf: Btf;
  readonly #elf: Elf;
  readonly #definitions: readonly MapDefinition[];
  readonly #slots: ReadonlyMap<string, MapSlots>;
  readonly #sections = new Map<string, ArrayMap>();
  readonly #regions = new Map<number, Region>();
  readonly #made = new Map<string, VmMap>();

  /**
   * Data sections are there from the start, maps when they are made.
   * @throws RingBufError
   */
  constructor(ground: MapGround, { btf, elf, programs }: MapsDeclared, options: Readonly<Record<string, MapOptions>>) {
    this.#ground = ground;
    this.#btf = btf;
    this.#elf = elf;
    const given = new Map(Object.entries(options));
    for (const [name, settings] of given) {
      checkOptions(settings, `what is set of map "${name}"`, { maxEntries: true, inner: true, reuse: true });
    }
    const declared = declaredMaps(btf, elf);
    this.#definitions = declared.map(({ definition }) => changed(definition, given.get(definition.name)));
    this.#slots = mapSlots(elf, { maps: declared, programs });
    this.#makeSections(elf);
    for (const [name, { reuse }] of Object.entries(options)) {
      if (this.#sections.has(name)) throw invalid(`map "${name}" is a data section: its size is that of its variables`);
      const definition = this.#definitions.find((one) => one.name === name);
      if (definition === undefined) throw absent("map", name, this.names);
      if (reuse !== undefined) this.#made.set(name, reused(this.#ground, definition, reuse));
    }
  }

  /** In the object's order, data sections last. */
  get names(): readonly string[] {
    return [...this.#definitions.map(({ name }) => name), ...this.#sections.keys()];
  }

  /**
   * Makes the maps, each with the maps that it holds from the start (libbpf, `bpf_object__create_maps`).
   * @throws RingBufError
   */
  make(): void {
    for (const definition of this.#definitions) {
      const { name } = definition;
      if (this.#made.has(name)) continue;
      const map = this.#create(definition);
      this.#made.set(name, map);
      try {
        if (map.type !== "prog_array") fillWithMaps(this.#ground.memory, map, this.slotsOf(name), this.#made);
      } catch (error) {
        // a second load() would take it for whole
        this.#made.delete(name);
        throw error;
      }
    }
  }

  /** What the object declares that a map holds from the start. */
  slotsOf(name: string): MapSlots {
    return this.#slots.get(name) ?? new Map();
  }

  /** @throws RingBufError, which says where the map that cannot be made is used. */
  #create(definition: MapDefinition): VmMap {
    try {
      return createMap(this.#ground, definition);
    } catch (cause) {
      const use = cause instanceof RingBufError ? firstUseOf(this.#btf, this.#elf, definition.name) : undefined;
      if (use === undefined || !(cause instanceof RingBufError)) throw cause;
      const { code, errno, syscall } = cause;
      const told = { code, cause, ...(errno && { errno }), ...(syscall && { syscall }) };
      throw new RingBufError(`${reasonOf(cause)}\n    first used at ${use}`, told);
    }
  }

  /**
   * The map of this name.
   * @throws RingBufError ENOENT; EINVAL for one that is not made yet, or of another type.
   */
  get(name: string, ...types: readonly VmMap["type"][]): VmMap {
    const type = this.#definitions.find((one) => one.name === name)?.type ?? this.#sections.get(name)?.type;
    if (type === undefined) throw absent("map", name, this.names);
    if (types.length > 0 && !types.includes(type)) {
      throw invalid(`map "${name}" has type ${type}, not ${types.join(" or ")}`);
    }
    const map = this.#made.get(name) ?? this.#sections.get(name);
    if (map === undefined) throw invalid(`map "${name}" is not made yet: call load() first`);
    return map;
  }

  /** Maps that are made, in the object's order. */
  get all(): readonly VmMap[] {
    return this.names.flatMap((name) => this.#made.get(name) ?? this.#sections.get(name) ?? []);
  }

  /** Rings that are made, in the object's order. */
  get rings(): readonly RingMap[] {
    return this.all.filter((map) => map instanceof RingMap);
  }

  /** A map that is made, for instructions that refer to it. */
  find(name: string): VmMap | undefined {
    return this.#made.get(name);
  }

  /** Bytes of the data sections as programs see them, by name. */
  get sections(): ReadonlyMap<string, Uint8Array> {
    const { bytes } = this.#ground.memory;
    return new Map(
      [...this.#sections.values()].map(({ name, valueSize, values }) => {
        const address = values.address(0, 0);
        return [name, bytes.subarray(address, address + valueSize)];
      }),
    );
  }

  /** Memory of a data section, by the section's number. */
  section(index: number): Region | undefined {
    return this.#regions.get(index);
  }

  close(): void {
    for (const map of this.#made.values()) if (map instanceof RingMap || map instanceof PerfEventArray) map.close();
  }

  #makeSections(elf: Elf): void {
    for (const section of elf.sections) {
      if (!dataSection.test(section.name) || section.size === 0) continue;
      const flags = section.name.startsWith(".rodata") ? readOnlyForPrograms : 0;
      const size = { keySize: 4, valueSize: section.size, maxEntries: 1 };
      const definition = { name: section.name, type: "array", ...size, flags } as const;
      const { memory } = this.#ground;
      const map = new ArrayMap(memory, definition, 1, "global");
      memory.bytes.set(section.bytes, map.values.address(0, 0));
      const region = memory.regionOf(map.values.region(0, 0));
      if (region !== undefined) this.#regions.set(section.index, region);
      this.#sections.set(section.name, map);
    }
  }
}

function changed(definition: MapDefinition, options: MapOptions | undefined): MapDefinition {
  const { maxEntries, inner } = options ?? {};
  if (maxEntries !== undefined && !(Number.isInteger(maxEntries) && maxEntries >= 0 && maxEntries < 2 ** 32)) {
    throw invalid(`map "${definition.name}" cannot have ${maxEntries} entries`);
  }
  if (inner !== undefined && definition.inner === undefined) {
    throw invalid(`map "${definition.name}" has no maps inside`);
  }
  if (inner !== undefined) {
    checkOptions(inner, `the template of what is inside of map "${definition.name}"`, { maxEntries: true });
  }
  return {
    ...definition,
    ...(maxEntries === undefined ? {} : { maxEntries }),
    ...(inner === undefined || definition.inner === undefined
      ? {}
      : { inner: { ...definition.inner, maxEntries: inner.maxEntries } }),
  };
}

function reused({ memory }: MapGround, definition: MapDefinition, ring: EmulatedRingBuf | EmulatedUserRingBuf): VmMap {
  if (insideRingBuf(ring) === undefined && insideUserRingBuf(ring) === undefined) {
    throw new RingBufError(`map "${definition.name}": ${shown(ring)} is no ring of an emulated kernel`, {
      code: "EBADF",
      errno: -9,
      syscall: "bpf_map__reuse_fd",
    });
  }
  if (ring.type === definition.type)
    return new RingMap(memory, { ...definition, maxEntries: ring.maxEntries }, ring, true);
  throw new RingBufError(`map "${definition.name}" has type ${definition.type}, and is to be a ${ring.type}`, {
    code: "EINVAL",
    syscall: "bpf_map__reuse_fd",
  });
}
