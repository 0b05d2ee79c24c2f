import type { VmMap } from "../maps/vm-map.ts";

/** How a map was made. */
export interface MapInfo {
  /** The map's name. */
  readonly name: string;
  /** `BPF_MAP_TYPE_*` in lower case: "percpu_array". */
  readonly type: VmMap["type"];
  /** Bytes. */
  readonly keySize: number;
  /** Bytes of a value, of one CPU where each has its own. */
  readonly valueSize: number;
  /** Elements, or bytes of a ring. */
  readonly maxEntries: number;
  /** `map_flags`: `BPF_F_*` in bits. */
  readonly flags: number;
}

/** How messages name a map: `percpu_array "drops"`. */
export function whatOf({ type, name }: Pick<MapInfo, "type" | "name">): string {
  return `${type} "${name}"`;
}

export function mapInfo({ name, type, keySize, valueSize, maxEntries, flags }: VmMap): MapInfo {
  return { name, type, keySize, valueSize, maxEntries, flags };
}
