import { integer, shown } from "../checked-number.ts";
import { choice, object } from "../checked-object.ts";
import { BPF_F_NUMA_NODE, BPF_F_RB_OVERWRITE } from "../constants.ts";
import { invalid, UnsupportedError } from "../errors.ts";
import { explainRingSize, isRingSize, largestRing } from "../ring-size.ts";
import { type Clock, checkedClock, machineClock } from "./clock.ts";
import { type EmulatedHandle, forgottenClaims, type MapContext } from "./emulated-map.ts";
import { HelperFaults } from "./helper-faults.ts";
import { type EmulatedPerfEventArray, makePerfEventArray } from "./perf-event-array.ts";
import { EmulatedProgram, type ProgramSource } from "./program.ts";
import { type EmulatedRingBuf, makeRingBuf } from "./ringbuf.ts";
import {
  BPF_MAP_TYPE_RINGBUF,
  BPF_MAP_TYPE_USER_RINGBUF,
  type MapTypeNumber,
  pageSizes,
  SharedRing,
} from "./shared-ring.ts";
import { type EmulatedUserRingBuf, makeUserRingBuf } from "./user-ringbuf.ts";

/** How an emulated kernel is made. */
export interface EmulatedKernelOptions {
  /** Bytes of a page: 4096 (default), 16384 or 65536. */
  readonly pageSize?: number;
  /** Whose rules: "6.18" (default) or later; overwrite mode, and sizes of dynptrs of 64 bits, are known from "6.19" on. */
  readonly kernelVersion?: string;
  /** Byte order of the records; the machine's unless told. */
  readonly endian?: "little" | "big";
  /** Time of timeouts, delayed wake-ups and `ktimeGetNs`; the machine's unless told. */
  readonly clock?: Clock;
  /** Of the faults that come at a rate. */
  readonly seed?: number;
  /** Whether rings are in shared memory; wherever there is shared memory unless told. */
  readonly shared?: boolean;
}

/** What BPF_MAP_CREATE looks at. */
export interface RingBufOptions {
  /** At most 15 of letters, digits, `_` and `.`: the kernel keeps no more. */
  readonly name: string;
  /** Bytes of data: a power of two, at least a page. */
  readonly maxEntries: number;
  /** `map_flags`: `BPF_F_*` in bits. */
  readonly flags?: number;
  /** What the generated descriptor of an object's map has in place of `flags`. With it, a longer name is cut, as libbpf does. */
  readonly mapFlags?: number;
  /** `key_size`, which rings have none of: anything but 0 is refused. */
  readonly keySize?: number;
  /** `value_size`, which rings have none of: anything but 0 is refused. */
  readonly valueSize?: number;
  /** `map_extra`, as the kernel takes it for this type. */
  readonly mapExtra?: number;
  /** With `BPF_F_NUMA_NODE`: −1 or 0, the only node there is. */
  readonly numaNode?: number;
  /** Rounds `maxEntries` up to a size that the kernel takes, as libbpf's object loader does. */
  readonly roundUp?: boolean;
}

/** Names that kernel/bpf/syscall.c `bpf_obj_name_cpy` takes: the 16th byte is the NUL. */
const takenName = /^[A-Za-z0-9_.]{0,15}$/;
const hostEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";

/**
 * The kernel's side of rings in this process, helper by helper and errno by errno as the real one (6.18): maps for the
 * reader and the writer of this package, and programs that produce and drain.
 */
export class EmulatedKernel {
  /** Bytes of a page, of which rings are multiples. */
  readonly pageSize: number;
  /** The version that it behaves as: "6.18". */
  readonly kernelVersion: string;
  /** Byte order of its machine. */
  readonly endian: "little" | "big";
  /** Faults of helpers on purpose, of programs in this language and of compiled ones alike. */
  readonly faults: HelperFaults;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #shared: boolean;
  readonly #overwrite: boolean;
  readonly #wideDynptrs: boolean;
  #made = 0;

  /** @throws RingBufError EINVAL for a page size that no kernel has; UnsupportedError for a kernel before 6.18. */
  constructor(options: EmulatedKernelOptions = {}) {
    const {
      pageSize = 4096,
      kernelVersion = "6.18",
      endian = hostEndian,
      clock = machineClock,
      seed = 1,
      shared,
    } = object(options, "options");
    choice(shared, "shared");
    if (!pageSizes.includes(pageSize)) {
      throw invalid(`pageSize is ${shown(pageSize)}: 4096, 16384 or 65536`);
    }
    const [, major, minor] = /^(\d+)\.(\d+)(\.|-|$)/.exec(typeof kernelVersion === "string" ? kernelVersion : "") ?? [];
    const version = Number(major) * 1000 + Number(minor);
    if (Number.isNaN(version)) throw invalid(`kernelVersion is ${shown(kernelVersion)}: "6.18" or later`);
    if (version < 6018)
      throw new UnsupportedError(`the rules of kernel ${kernelVersion}; those of 6.18 and later are known`);
    if (endian !== "little" && endian !== "big") throw invalid(`endian is ${shown(endian)}: "little" or "big"`);
    const available = typeof SharedArrayBuffer === "function";
    if (shared && !available) throw new UnsupportedError("this platform has no shared memory");
    this.pageSize = pageSize;
    this.kernelVersion = kernelVersion;
    this.endian = endian;
    this.#clock = checkedClock(clock);
    this.#seed = integer(seed, "seed", -(2 ** 31), 2 ** 32);
    this.faults = new HelperFaults(this.#seed);
    this.#shared = shared ?? available;
    this.#overwrite = version >= 6019;
    this.#wideDynptrs = version >= 6019;
  }

  /**
   * Makes a `BPF_MAP_TYPE_RINGBUF`, of options or of a generated descriptor.
   *
   * @example
   * ```ts
   * const kernel = new EmulatedKernel();
   * const map = kernel.createRingBuf({ name: "events", maxEntries: 256 * 1024 }); // or maps.events of the generated file
   * const reader = new RingBufReader(map, event);
   * ```
   * @throws RingBufError EINVAL, ENOMEM as BPF_MAP_CREATE.
   */
  createRingBuf(options: RingBufOptions): EmulatedRingBuf {
    const definition = definitionOf(options);
    return makeRingBuf(this.#create(BPF_MAP_TYPE_RINGBUF, definition), this.#context(definition.name));
  }

  /**
   * Makes a `BPF_MAP_TYPE_USER_RINGBUF`, of options or of a generated descriptor.
   * @throws RingBufError EINVAL, ENOMEM as BPF_MAP_CREATE.
   */
  createUserRingBuf(options: RingBufOptions): EmulatedUserRingBuf {
    const definition = definitionOf(options);
    return makeUserRingBuf(this.#create(BPF_MAP_TYPE_USER_RINGBUF, definition), this.#context(definition.name));
  }

  /**
   * `cpus`: slots, and CPUs that are online; 1 unless told.
   * @throws RingBufError EINVAL.
   */
  createPerfEventArray(definition: { readonly name: string; readonly cpus?: number }): EmulatedPerfEventArray {
    const { name, cpus = 1 } = object(definition, "the definition of the map");
    if (typeof name !== "string" || !takenName.test(name)) {
      throw invalid('a map name has at most 15 of letters, digits, "_" and "."', "BPF_MAP_CREATE");
    }
    integer(cpus, "cpus", 1, 8192);
    return makePerfEventArray({
      name,
      cpus,
      pageSize: this.pageSize,
      endian: this.endian,
      clock: this.#clock,
    });
  }

  /**
   * Takes a function for a BPF program: each of its runs gets the helpers of its type, and what it leaves unreleased is an error.
   *
   * @example
   * ```ts
   * const program = kernel.loadProgram({
   *   type: "tracepoint",
   *   run: (bpf) => bpf.ringbufOutput(map, event.toBytes({ pid: 7, comm: "sh" }), 0),
   * });
   * program.run(); // { returnValue: 0, context: undefined }
   * ```
   * @throws RingBufError EINVAL for a type without ring helpers.
   */
  loadProgram(source: ProgramSource): EmulatedProgram {
    return new EmulatedProgram(source, {
      clock: this.#clock,
      overwrite: this.#overwrite,
      wideDynptrs: this.#wideDynptrs,
      faults: this.faults,
    });
  }

  #context(name: string): MapContext {
    this.#made += 1;
    return { name, clock: this.#clock, seed: this.#seed + this.#made, forgotten: forgottenClaims };
  }

  /** kernel/bpf/syscall.c `map_create`, then `ringbuf_map_alloc`: the first rule that fails gives its errno. */
  #create(type: MapTypeNumber, options: RingBufOptions): SharedRing {
    const { mapFlags = 0, flags = mapFlags, keySize = 0, valueSize = 0, mapExtra = 0, numaNode = -1, name } = options;
    const refuse = (what: string): never => {
      throw invalid(`${typeof name === "string" ? name : shown(name)}: ${what}`, "BPF_MAP_CREATE");
    };
    for (const [field, value] of Object.entries({ flags, keySize, valueSize, mapExtra, numaNode })) {
      if (!Number.isInteger(value)) refuse(`${field} is ${shown(value)}, not an integer`);
    }
    if (mapExtra !== 0) refuse("map_extra has to be 0");
    if ((flags & BPF_F_NUMA_NODE) !== 0 && numaNode !== -1 && numaNode !== 0) refuse(`no NUMA node ${numaNode}`);
    const known = BPF_F_NUMA_NODE | (this.#overwrite ? BPF_F_RB_OVERWRITE : 0);
    if ((flags & ~known) !== 0 || flags < 0 || flags > 0xffffffff) refuse(`map_flags ${flags}`);
    if ((flags & BPF_F_RB_OVERWRITE) !== 0 && type !== BPF_MAP_TYPE_RINGBUF)
      refuse("BPF_F_RB_OVERWRITE is for ring buffers only");
    if (keySize !== 0 || valueSize !== 0) refuse("key_size and value_size have to be 0");
    const size = choice(options.roundUp, "roundUp") ? roundUp(options.maxEntries, this.pageSize) : options.maxEntries;
    if (!isRingSize(size, this.pageSize)) refuse(explainRingSize(size, this.pageSize));
    if (typeof name !== "string" || !takenName.test(name)) {
      refuse('a map name has at most 15 of letters, digits, "_" and "."');
    }
    return SharedRing.create({
      type,
      size,
      flags,
      pageSize: this.pageSize,
      endian: this.endian,
      shared: this.#shared,
    });
  }
}

/**
 * What a map is made from, each member looked at once. Its name for the kernel is an object's, given by its descriptor, as
 * libbpf cuts it, or any other as it is.
 * @throws RingBufError EINVAL
 */
function definitionOf(options: RingBufOptions): RingBufOptions {
  const { name, ...rest } = object(options, "the definition of the map");
  return { ...rest, name: rest.mapFlags !== undefined && typeof name === "string" ? name.slice(0, 15) : name };
}

/** libbpf's `adjust_ringbuf_sz`: the next page × 2^k; 0 and what is beyond the largest stay as they are. */
function roundUp(maxEntries: number, pageSize: number): number {
  if (!Number.isInteger(maxEntries) || maxEntries <= 0 || maxEntries > largestRing) return maxEntries;
  let size = pageSize;
  while (size < maxEntries) size *= 2;
  return size;
}

/**
 * The ring of another thread's map, by its handle: to read, or for programs of this thread to produce into.
 * @throws RingBufError EINVAL.
 */
export function attachRingBuf(handle: EmulatedHandle, options: { readonly clock?: Clock } = {}): EmulatedRingBuf {
  const { ring, ...context } = attached(handle, BPF_MAP_TYPE_RINGBUF, options);
  return makeRingBuf(ring, { ...context, forgotten: forgottenClaims });
}

/**
 * The user ring of another thread's map, by its handle: to write, or for programs of this thread to drain.
 * @throws RingBufError EINVAL.
 */
export function attachUserRingBuf(
  handle: EmulatedHandle,
  options: { readonly clock?: Clock } = {},
): EmulatedUserRingBuf {
  const { ring, ...context } = attached(handle, BPF_MAP_TYPE_USER_RINGBUF, options);
  return makeUserRingBuf(ring, context);
}

function attached(
  handle: EmulatedHandle,
  type: MapTypeNumber,
  options: { readonly clock?: Clock },
): { readonly ring: SharedRing; readonly name: string; readonly clock: Clock; readonly seed: number } {
  if (typeof SharedArrayBuffer !== "function") throw new UnsupportedError("this platform has no shared memory");
  const { clock = machineClock } = object(options, "options");
  const { backend, buffer, name } = (handle ?? {}) as Partial<EmulatedHandle>;
  if (backend !== "rbgen.emulated.v1" || !(buffer instanceof SharedArrayBuffer) || typeof name !== "string") {
    throw invalid("this is no handle of an emulated map");
  }
  return { ring: SharedRing.attach(buffer, type), name, clock: checkedClock(clock), seed: 1 };
}
