import type { MapInfo, VmObject } from "@rbgen/vm";
import { hexOf } from "../codec/hex.ts";
import type { ElementTexts } from "./element-texts.ts";

/** An element of a map, as text. */
export interface MapEntry {
  readonly key: string;
  /** One, or that of each processor. */
  readonly values: readonly string[];
}

/** The elements of a map as they are now. */
export interface MapEntries {
  readonly map: MapInfo;
  readonly entries: readonly MapEntry[];
  /** Elements that are there and not among them. */
  readonly more: number;
  /** Elements of an array that are all zeros, which are not among them. */
  readonly zeros: number;
}

/** Elements of a map that are shown. */
const mostEntries = 100;
/** Elements of an array that are looked at. */
const mostLooked = 10_000;

const hashes: ReadonlySet<string> = new Set(["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"]);

const inHex: ElementTexts = { key: hexOf, value: hexOf };

/** The elements of every map that user space can list: arrays and hashes, per processor too. */
export function mapEntries(object: VmObject, texts: ReadonlyMap<string, ElementTexts>): readonly MapEntries[] {
  return object.maps.flatMap((map) => {
    const { key, value } = texts.get(map.name) ?? inHex;
    if (map.type === "array" || map.type === "percpu_array") return [arrayEntries(object, map, value)];
    if (!hashes.has(map.type)) return [];
    const hash = object.hash(map.name);
    const all = hash.keys();
    const entries = all.slice(0, mostEntries).map((bytes) => ({
      key: key(bytes),
      values: (hash.values(bytes) ?? []).map(value),
    }));
    return [{ map, entries, more: all.length - entries.length, zeros: 0 }];
  });
}

function arrayEntries(object: VmObject, map: MapInfo, text: ElementTexts["value"]): MapEntries {
  const array = object.array(map.name);
  const looked = Math.min(map.maxEntries, mostLooked);
  const entries: MapEntry[] = [];
  let zeros = 0;
  let more = map.maxEntries - looked;
  for (let index = 0; index < looked; index += 1) {
    const values = array.values(index);
    if (values.every((bytes) => bytes.every((byte) => byte === 0))) zeros += 1;
    else if (entries.length >= mostEntries) more += 1;
    else entries.push({ key: String(index), values: values.map(text) });
  }
  return { map, entries, more, zeros };
}
