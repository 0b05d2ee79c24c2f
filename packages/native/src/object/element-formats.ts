import { type Btf, describeDriftBetween, layoutOf, type MapElementTypes, mapElementTypes, type Type } from "@rbgen/btf";
import type {
  ArrayMapDescriptor,
  ElementCodec,
  HashMapDescriptor,
  LayoutDescriptor,
  RecordCodec,
} from "@rbgen/runtime";
import { codecFormat, type ValueFormat } from "@rbgen/runtime/backend";
import { machineEndian } from "../kernel/attributes.ts";
import { elementTypesInKernel } from "../kernel/kernel-layouts.ts";
import { checkedLayout } from "../kernel/layout-drift.ts";
import type { MapInfo } from "../kernel/map-commands.ts";
import { warnUncompared } from "../kernel/uncompared.ts";
import { keysOf, valuesOf } from "./element-bytes.ts";
import { whatOf } from "./element-values.ts";
import type { HashFormats } from "./hash-map.ts";
import { wellFormed } from "./object-types.ts";

type Format = ValueFormat<unknown, never>;

/** A map that is open, and what its object has of types. */
interface MapTypes {
  readonly info: MapInfo;
  readonly btf: Btf | undefined;
}

/**
 * Keys and values by the codecs of a generated descriptor, each held against the size that the kernel tells and against the types
 * of the definition in the object and of the map in the kernel, which another object may have made.
 * @throws RingBufError EINVAL where they differ.
 */
export function hashFormats(
  map: MapTypes,
  descriptor: HashMapDescriptor<ElementCodec, ElementCodec>,
): HashFormats<unknown, unknown, never, never> {
  const types = typesOf(map, descriptor);
  const { keyCodec, valueCodec } = descriptor;
  return {
    key: keyCodec === undefined ? keysOf(map.info) : coded(map, "key", keyCodec, types),
    value: valueFormat(map, valueCodec, types),
  };
}

/**
 * The same of the values of an array.
 * @throws as `hashFormats`
 */
export function arrayFormat(map: MapTypes, descriptor: ArrayMapDescriptor<ElementCodec>): Format {
  return valueFormat(map, descriptor.valueCodec, typesOf(map, descriptor));
}

function typesOf({ info, btf }: MapTypes, { name }: { readonly name: string }): readonly MapElementTypes[] {
  return [...(btf === undefined ? [] : [mapElementTypes(btf, name)]), elementTypesInKernel(info)];
}

function valueFormat(map: MapTypes, codec: ElementCodec, types: readonly MapElementTypes[]): Format {
  return codec === undefined ? valuesOf(map.info) : coded(map, "value", codec, types);
}

function coded(
  { info }: MapTypes,
  part: "key" | "value",
  codec: RecordCodec<unknown, never>,
  types: readonly MapElementTypes[],
): Format {
  const what = `${part}s of ${whatOf(info)}`;
  const size = part === "key" ? info.keySize : info.valueSize;
  const told = types.flatMap(({ [part]: type }) => type ?? []);
  const format = codecFormat(codec, {
    what,
    one: `${part} of ${whatOf(info)}`,
    size,
    endian: machineEndian,
    differs(given) {
      const layout = checkedLayout(given, codec);
      const drifts = told.flatMap((type) => driftFrom(type, layout) ?? []);
      if (drifts.length > 0) return drifts[0];
      return layout.size === size ? undefined : `${layout.name} has ${layout.size} bytes, they have ${size}`;
    },
  });
  if (told.length === 0) {
    warnUncompared(
      `${what}: nothing tells their type, so that no more than their size is compared with the codec of ${codec.name}`,
    );
  }
  return format;
}

function driftFrom(type: Type, layout: LayoutDescriptor): string | undefined {
  return wellFormed("btf", () => describeDriftBetween(layout, layoutOf(type, layout.name, layout.endian)));
}
