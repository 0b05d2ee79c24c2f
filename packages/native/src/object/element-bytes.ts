import { keyBytes, type ValueFormat, valueBytes } from "@rbgen/runtime/backend";
import { machineEndian } from "../kernel/attributes.ts";
import type { MapInfo } from "../kernel/map-commands.ts";
import { whatOf } from "./element-values.ts";

/** Keys of a map of the kernel as bytes, which as numbers have four. */
export function keysOf(info: MapInfo): ValueFormat<Uint8Array, number | Uint8Array> {
  return keyBytes({ what: whatOf(info), keySize: info.keySize, endian: machineEndian });
}

/** Values of a map of the kernel as bytes. */
export function valuesOf(info: MapInfo): ValueFormat<Uint8Array, Uint8Array> {
  return valueBytes({ what: whatOf(info), valueSize: info.valueSize });
}
