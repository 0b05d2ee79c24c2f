import type { PerfEventArrayMap, RingBufMap, UserRingBufMap } from "./backend.ts";
import type {
  ArrayMapDescriptor,
  ElementCodec,
  ElementInput,
  ElementOf,
  HashMapDescriptor,
  KeyInput,
  RecordCodec,
  RecordOf,
  VariableDescriptor,
} from "./codec.ts";
import type { GlobalValue } from "./value-format.ts";

interface ElementsBase {
  /** Whether each element has one value per CPU. */
  readonly perCpu: boolean;
  /** Whether it was closed, by itself or with its object. */
  readonly closed: boolean;
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * A hash, per-CPU or LRU hash, or LPM trie: what `BpfHashMap` of the kernel and `VmHashMap` of the VM have in common. By name, keys
 * and values are bytes.
 */
export interface HashMap<
  Key = Uint8Array,
  Value = Uint8Array,
  KeyIn = [Key] extends [Uint8Array] ? number | Uint8Array : Key,
  ValueIn = Value,
> extends ElementsBase {
  /**
   * The value of a key of a hash that is not per CPU; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size, and for a hash per CPU; EncodeError for what the key's codec does not encode.
   */
  get(key: KeyIn): Value | undefined;
  /**
   * The values of a key: one per CPU, or the only one; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size; EncodeError for what the key's codec does not encode.
   */
  values(key: KeyIn): readonly Value[] | undefined;
  /**
   * Sets the value of a key, on every CPU. `flags` is 0 (`BPF_ANY`), 1 (`BPF_NOEXIST`) or 2 (`BPF_EXIST`).
   * @throws RingBufError E2BIG where there is no room, EEXIST and ENOENT by `flags`, EINVAL for other sizes and flags; EncodeError
   * for what a codec does not encode.
   */
  set(key: KeyIn, value: ValueIn, flags?: number): void;
  /**
   * Takes a key out: whether there was one.
   * @throws as `values`.
   */
  delete(key: KeyIn): boolean;
  /** The keys, each once. */
  keys(): readonly Key[];
  /**
   * Keys and values of a hash that is not per CPU; each key once.
   * @throws RingBufError EINVAL for a hash per CPU.
   */
  entries(): readonly (readonly [key: Key, value: Value])[];
  /**
   * The `u64` at `byteOffset` of a key's value, added up over the CPUs, modulo 2⁶⁴; 0 for a key that is not there.
   * @throws RingBufError EINVAL where a value has none there.
   */
  sum(key: KeyIn, byteOffset?: number): bigint;
}

/** An array or per-CPU array: what `BpfArrayMap` of the kernel and `VmArrayMap` of the VM have in common. By name, values are bytes. */
export interface ArrayMap<Value = Uint8Array, ValueIn = Value> extends ElementsBase {
  /** How many elements there are. */
  readonly length: number;
  /**
   * Element `index` of an array that is not per CPU.
   * @throws RingBufError ENOENT beyond the last, EINVAL for an array per CPU.
   */
  get(index: number): Value;
  /**
   * The values of element `index`: one per CPU, or the only one.
   * @throws RingBufError ENOENT beyond the last.
   */
  values(index: number): readonly Value[];
  /**
   * Replaces element `index`, on every CPU.
   * @throws RingBufError E2BIG beyond the last, EINVAL for bytes of another length; EncodeError for what the codec does not encode.
   */
  set(index: number, value: ValueIn): void;
  /**
   * The `u64` at `byteOffset` of element `index`, added up over the CPUs, modulo 2⁶⁴.
   * @throws RingBufError ENOENT beyond the last, EINVAL where a value has none there.
   */
  sum(index: number, byteOffset?: number): bigint;
  /** Sets every element to zeros, on every CPU. */
  reset(): void;
}

/** A global variable of an object: what the `GlobalVariable` of the kernel's object and of the VM's have in common. */
export interface Variable<Out = GlobalValue, In = GlobalValue> {
  /** The variable's C name. */
  readonly name: string;
  /** ".rodata", ".data", ".bss", or one of those with a suffix; ".kconfig". */
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  /** The value now, a copy. */
  get(): Out;
  /**
   * Replaces the value.
   * @throws RingBufError ERANGE for a number that does not fit, EINVAL for bytes of another length or a kind that is not the
   * variable's, EPERM for a constant of a loaded object; with a codec what its `encode` throws.
   */
  set(value: In): void;
}

/**
 * What gives the maps and variables of an object by their generated descriptors or names: `BpfObject` of `@rbgen/native` and
 * `VmObject` of `@rbgen/vm` do, so that what takes a `MapSource` runs over the kernel and, in a test, over the VM.
 */
export interface MapSource {
  /**
   * The hash of this generated descriptor, of any kind, or LPM trie; of this name, with bytes.
   * @throws RingBufError ENOENT; EINVAL for a map of another type or layout.
   */
  hash<Key extends ElementCodec, Value extends ElementCodec>(
    map: HashMapDescriptor<Key, Value>,
  ): HashMap<ElementOf<Key>, ElementOf<Value>, KeyInput<Key>, ElementInput<Value>>;
  hash(name: string): HashMap;
  /**
   * The array or per-CPU array of this generated descriptor; of this name, with bytes.
   * @throws as `hash`.
   */
  array<Value extends ElementCodec>(map: ArrayMapDescriptor<Value>): ArrayMap<ElementOf<Value>, ElementInput<Value>>;
  array(name: string): ArrayMap;
  /**
   * The global variable of this generated descriptor; of this name, as a scalar or bytes.
   * @throws RingBufError ENOENT; EINVAL where the codec was generated for another type.
   */
  global<Codec extends RecordCodec<unknown, never>>(
    variable: VariableDescriptor<Codec>,
  ): Variable<RecordOf<Codec>, Parameters<Codec["encode"]>[0]>;
  global(named: string | VariableDescriptor<undefined>): Variable;
  /**
   * The ring buffer of this name or generated descriptor.
   * @throws as `hash`.
   */
  ringBuf(named: string | { readonly name: string; readonly codec?: unknown }): RingBufMap;
  /**
   * The user ring buffer of this name or generated descriptor.
   * @throws as `hash`.
   */
  userRingBuf(named: string | { readonly name: string; readonly codec?: unknown }): UserRingBufMap;
  /**
   * The perf event array of this name or generated descriptor.
   * @throws as `hash`.
   */
  perfEventArray(named: string | { readonly name: string; readonly codec?: unknown }): PerfEventArrayMap;
}
