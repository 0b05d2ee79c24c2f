import { resolve, type Type } from "@rbgen/btf";
import type { TypeModule } from "../../module.ts";
import { declaredVariables } from "../../plan/sections.ts";
import { codecOfVariable, type ObjectCodecs, variableKey } from "./codecs.ts";
import { hex, type JsonValue, type ReadValue, readBy, readBytes } from "./values.ts";
import type { Codec, RunMapInfo, RunObject, VirtualMachine } from "./virtual-machine.ts";

/** One record of a ring or perf event array: decoded, or its bytes with why they are not. */
export interface ShownRecord {
  readonly map: string;
  readonly record?: unknown;
  readonly bytes?: string;
  readonly error?: string;
}

/** An element of a map. */
export interface ShownElement {
  readonly key: JsonValue;
  /** Of a map with a value for each processor the list of them. */
  readonly value: JsonValue;
  /** Whether all bytes of the value are 0, whatever it shows them as. */
  readonly isZero: boolean;
}

/** Elements of a map. */
export interface ShownMap {
  readonly name: string;
  readonly type: string;
  readonly maxEntries: number;
  /** Absent for a type whose elements are not looked at from outside. */
  readonly elements?: readonly ShownElement[];
}

/** What did not decode in a map or variable, and is shown as bytes: how many values, and why the first did not. */
export interface ShownFailure {
  readonly from: string;
  readonly count: number;
  readonly error: string;
}

/** What is in the maps and variables of an object after a run. */
export interface Contents {
  readonly maps: readonly ShownMap[];
  /** By their names in C. */
  readonly variables: Readonly<Record<string, JsonValue>>;
  readonly undecoded: readonly ShownFailure[];
}

const hashes: ReadonlySet<string> = new Set(["hash", "lru_hash", "percpu_hash", "lru_percpu_hash", "lpm_trie"]);
const dataSection = /^\.(rodata|data|bss)(\..*)?$/;

/** Of a codec that is only read with. */
function unused(): never {
  throw new Error("records are read as bytes only");
}

/** A codec that leaves bytes as they are. */
const bytesCodec = {
  name: "bytes",
  size: 0,
  minByteLength: 0,
  endian: "little",
  layoutHash: "bytes",
  layout: {
    name: "bytes",
    size: 0,
    endian: "little",
    leaves: [{ path: "bytes", bitOffset: 0, bitSize: 8, class: "bytes", count: 0, stride: 8 }],
  },
  decode: (view: DataView, offset: number, byteLength: number) =>
    new Uint8Array(view.buffer, view.byteOffset + offset, byteLength).slice(),
  encode: unused,
  byteLengthOf: unused,
  toJSON: unused,
  createView: unused,
  createWriter: unused,
};

/** Takes the records that came, map by map. */
export function takeRecords(
  object: RunObject,
  machine: VirtualMachine,
  codecs: ReadonlyMap<string, Codec>,
): readonly ShownRecord[] {
  const shown: ShownRecord[] = [];
  for (const { name, type } of object.maps) {
    const codec = codecs.get(name);
    const take = (bytes: Uint8Array): void => void shown.push(recordOf(name, bytes, codec));
    if (type === "ringbuf") {
      const reader = new machine.RingBufReader(object.ringBuf(name), bytesCodec);
      reader.consume(take);
      reader.close();
    } else if (type === "perf_event_array") for (const { bytes } of object.perfRecords(name)) take(bytes);
  }
  return shown;
}

/** What was sent and printed beyond what the kernel keeps, too. */
export function lostOf(object: RunObject): readonly { readonly from: string; readonly count: number }[] {
  const perf = object.maps.filter(({ type }) => type === "perf_event_array");
  return [
    { from: "trace", count: object.traceLost },
    ...perf.map(({ name }) => ({ from: name, count: object.perfLost(name) })),
  ].filter(({ count }) => count > 0);
}

function recordOf(map: string, bytes: Uint8Array, codec: Codec | undefined): ShownRecord {
  if (codec === undefined) return { map, bytes: hex(bytes) };
  const { value, error } = readBytes(bytes, codec);
  return error === undefined ? { map, record: value } : { map, bytes: hex(bytes), error };
}

/** What is in the maps, data sections left out, and in the variables that generated code has. */
export function contentsOf(object: RunObject, module: TypeModule, codecs: ObjectCodecs): Contents {
  const failures = new Map<string, { count: number; readonly error: string }>();
  const take = (from: string, { value, error }: ReadValue): JsonValue => {
    if (error === undefined) return value;
    const known = failures.get(from);
    if (known === undefined) failures.set(from, { count: 1, error });
    else known.count += 1;
    return value;
  };
  const maps = object.maps
    .filter(({ name }) => !dataSection.test(name))
    .map((info) => {
      const elements = elementsOf(object, info, codecs, (read) => take(info.name, read));
      const { name, type, maxEntries } = info;
      return { name, type, maxEntries, ...(elements !== undefined && { elements }) };
    });
  const types = variableTypes(module);
  const variables = Object.fromEntries(
    declaredOf(object, module).map((variable) => [
      variable.name,
      take(variable.name, readVariable(object, variable, types.get(variable.name), codecs)),
    ]),
  );
  return { maps, variables, undecoded: [...failures].map(([from, failure]) => ({ from, ...failure })) };
}

function elementsOf(
  object: RunObject,
  { name, type }: RunMapInfo,
  { keys, values }: ObjectCodecs,
  take: (read: ReadValue) => JsonValue,
): ShownMap["elements"] {
  const [keyCodec, valueCodec] = [keys.get(name), values.get(name)];
  const element = (key: JsonValue, all: readonly Uint8Array[]): ShownElement => {
    const shown = all.map((bytes) => take(readBytes(bytes, valueCodec)));
    const isZero = all.every((bytes) => bytes.every((byte) => byte === 0));
    return { key, value: type.includes("percpu") ? shown : (shown[0] as JsonValue), isZero };
  };
  if (hashes.has(type)) {
    const map = object.hash(name);
    return map.keys().map((key) => element(take(readBytes(key, keyCodec)), map.values(key) ?? []));
  }
  if (type !== "array" && type !== "percpu_array") return undefined;
  const map = object.array(name);
  return Array.from({ length: map.length }, (_, key) => element(key, map.values(key)));
}

type RunVariable = RunObject["variables"][number];

/** Variables without those that keep a type or a format of `bpf_printk`, which generated code leaves out, too. */
function declaredOf(object: RunObject, module: TypeModule): readonly RunVariable[] {
  const hidden = new Set<string>();
  for (const section of module.sections) {
    const declared = new Set(declaredVariables(section));
    for (const one of section.variables) {
      if (!declared.has(one)) hidden.add(variableKey({ section: section.name, name: one.variable.name }));
    }
  }
  return object.variables.filter((variable) => !hidden.has(variableKey(variable)));
}

function readVariable(
  object: RunObject,
  variable: RunVariable,
  type: Type | undefined,
  codecs: ObjectCodecs,
): ReadValue {
  const codec = codecOfVariable(codecs, variable)?.codec;
  const plain = (): JsonValue => plainValue(variable.get(), type);
  if (codec === undefined) return { value: plain() };
  return readBy(codec, () => object.global({ name: variable.name, codec }).get(), plain);
}

/** A variable that no codec reads: numbers, of 64 bits and pointers as text, as codecs give those of structs; else bytes. */
function plainValue(value: unknown, type: Type | undefined): JsonValue {
  if (!(value instanceof Uint8Array)) return typeof value === "bigint" ? String(value) : (value as number | boolean);
  const isPointer = value.length === 8 && type !== undefined && resolve(type).kind === "ptr";
  return isPointer ? String(new DataView(value.buffer, value.byteOffset).getBigUint64(0, true)) : hex(value);
}

/** Types of the global variables by their names. */
export function variableTypes(module: TypeModule): ReadonlyMap<string, Type> {
  const types = new Map<string, Type>();
  for (const { variables } of module.sections) {
    for (const { variable } of variables) if (variable.kind === "var") types.set(variable.name, variable.type);
  }
  return types;
}
