import { type Btf, describeDriftBetween, layoutOf, mapElementTypes, type Type } from "@rbgen/btf";
import type { ArrayMapDescriptor, ElementCodec, HashMapDescriptor, RecordCodec } from "@rbgen/runtime";
import { codecFormat, keyBytes, type ValueFormat, valueBytes } from "@rbgen/runtime/backend";
import { checkedLayout, warnOnce } from "./held-layout.ts";
import { type MapInfo, whatOf } from "./map-info.ts";

/** What keys and values of a hash are. */
export interface HashFormats<Key, Value, KeyIn, ValueIn> {
  readonly key: ValueFormat<Key, KeyIn>;
  readonly value: ValueFormat<Value, ValueIn>;
}

/** Keys of a map as bytes, which as numbers have four. */
export function keysOf(info: MapInfo): ValueFormat<Uint8Array, number | Uint8Array> {
  return keyBytes({ what: whatOf(info), keySize: info.keySize, endian: "little" });
}

/** Values of a map as bytes. */
export function valuesOf(info: MapInfo): ValueFormat<Uint8Array, Uint8Array> {
  return valueBytes({ what: whatOf(info), valueSize: info.valueSize });
}

/**
 * Keys and values by the codecs of a generated descriptor, each held against size and types of the map's definition.
 * @throws RingBufError EINVAL where they differ.
 */
export function hashFormats(
  info: MapInfo,
  btf: Btf,
  { name, keyCodec, valueCodec }: HashMapDescriptor<ElementCodec, ElementCodec>,
): HashFormats<unknown, unknown, never, never> {
  const { key, value } = mapElementTypes(btf, name);
  return {
    key: keyCodec === undefined ? keysOf(info) : coded(info, "key", keyCodec, key),
    value: valueCodec === undefined ? valuesOf(info) : coded(info, "value", valueCodec, value),
  };
}

/**
 * The same of the values of an array.
 * @throws as `hashFormats`
 */
export function arrayFormat(
  info: MapInfo,
  btf: Btf,
  { name, valueCodec }: ArrayMapDescriptor<ElementCodec>,
): ValueFormat<unknown, never> {
  return valueCodec === undefined ? valuesOf(info) : coded(info, "value", valueCodec, mapElementTypes(btf, name).value);
}

function coded(
  info: MapInfo,
  part: "key" | "value",
  codec: RecordCodec<unknown, never>,
  type: Type | undefined,
): ValueFormat<unknown, never> {
  const what = `${part}s of ${whatOf(info)}`;
  const size = part === "key" ? info.keySize : info.valueSize;
  const format = codecFormat(codec, {
    what,
    one: `${part} of ${whatOf(info)}`,
    size,
    endian: "little",
    differs(given) {
      const layout = checkedLayout(given, codec);
      const drift = type && describeDriftBetween(layout, layoutOf(type, layout.name, layout.endian));
      if (drift !== undefined) return drift;
      return layout.size === size ? undefined : `${layout.name} has ${layout.size} bytes, they have ${size}`;
    },
  });
  if (type === undefined) {
    warnOnce(
      `${what}: nothing tells their type, so that no more than their size is compared with the codec of ${codec.name}`,
    );
  }
  return format;
}
