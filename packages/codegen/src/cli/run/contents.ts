import type { Type } from "@rbgen/btf";
import type { MapDefinition, TypeModule } from "../../module.ts";
import type { NameCase } from "../../plan/names.ts";
import { decodeValue, hex, type JsonValue } from "./values.ts";
import type { Codec, RunMapInfo, RunObject, VirtualMachine } from "./virtual-machine.ts";

/** One record of a ring or perf event array: decoded, or its bytes with why they are not. */
export interface ShownRecord {
  readonly map: string;
  readonly record?: unknown;
  readonly bytes?: string;
  readonly error?: string;
}

/** Elements of a map. */
export interface ShownMap {
  readonly name: string;
  readonly type: string;
  readonly maxEntries: number;
  /** Absent for a type whose elements are not looked at from outside. */
  readonly elements?: readonly { readonly key: JsonValue; readonly value: JsonValue }[];
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
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { map, record: codec.toJSON(codec.decode(view, 0, bytes.byteLength)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { map, bytes: hex(bytes), error: error.message };
  }
}

/** The maps with what is in them, data sections left out. */
export function mapsOf(object: RunObject, module: TypeModule, nameCase: NameCase): readonly ShownMap[] {
  return object.maps
    .filter(({ name }) => !dataSection.test(name))
    .map((info) => {
      const elements = elementsOf(
        object,
        info,
        module.maps.find(({ name }) => name === info.name),
        nameCase,
      );
      const { name, type, maxEntries } = info;
      return { name, type, maxEntries, ...(elements !== undefined && { elements }) };
    });
}

function elementsOf(
  object: RunObject,
  { name, type }: RunMapInfo,
  definition: MapDefinition | undefined,
  nameCase: NameCase,
): ShownMap["elements"] {
  const valued = (values: readonly Uint8Array[]): JsonValue => {
    const all = values.map((value) => decodeValue(value, definition?.value, nameCase));
    return type.includes("percpu") ? all : (all[0] as JsonValue);
  };
  if (hashes.has(type)) {
    const map = object.hash(name);
    return map.keys().map((key) => ({
      key: decodeValue(key, definition?.key, nameCase),
      value: valued(map.values(key) ?? []),
    }));
  }
  if (type !== "array" && type !== "percpu_array") return undefined;
  const map = object.array(name);
  return Array.from({ length: map.length }, (_, key) => ({ key, value: valued(map.values(key)) }));
}

/** The global variables by their names in C. */
export function variablesOf(
  object: RunObject,
  module: TypeModule,
  nameCase: NameCase,
): Readonly<Record<string, JsonValue>> {
  const types = variableTypes(module);
  return Object.fromEntries(
    object.variables.map((variable): [string, JsonValue] => {
      const value = variable.get();
      if (value instanceof Uint8Array) return [variable.name, decodeValue(value, types.get(variable.name), nameCase)];
      return [variable.name, typeof value === "bigint" ? String(value) : (value as number | boolean)];
    }),
  );
}

/** Types of the global variables by their names. */
export function variableTypes(module: TypeModule): ReadonlyMap<string, Type> {
  const types = new Map<string, Type>();
  for (const { variables } of module.sections) {
    for (const { variable } of variables) if (variable.kind === "var") types.set(variable.name, variable.type);
  }
  return types;
}
