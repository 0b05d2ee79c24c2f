import {
  type Btf,
  BtfError,
  describeDrift,
  knowsType,
  type LayoutUse,
  type MapElementTypes,
  mapTypeNumber,
  parseBtf,
  recordsOf,
} from "@rbgen/btf";
import type { LayoutDescriptor } from "@rbgen/runtime";
import { loadAddon } from "../addon/load-addon.ts";
import { shown } from "./arguments.ts";
import { isWord } from "./attributes.ts";
import { ringError } from "./errno.ts";
import { checkedLayout } from "./layout-drift.ts";
import type { MapInfo } from "./map-commands.ts";
import { held } from "./open-map.ts";
import { btfBytes, btfFdById, nextProgramId, programFdById, programInfo } from "./program-commands.ts";

/** A codec, or anything else that carries the layout it was generated for. */
export interface HasLayout {
  /** The layout that its code was generated for. */
  readonly layout: LayoutDescriptor;
}

/** What tells which map of the kernel it is. */
export type MapIdentity = Pick<MapInfo, "id" | "btfId" | "name"> & Partial<Pick<MapInfo, "type">>;

/** Rings are read; a user ring is written. */
const uses: ReadonlyMap<number | undefined, LayoutUse> = new Map([
  [mapTypeNumber("ringbuf"), "decode"],
  [mapTypeNumber("perf_event_array"), "decode"],
  [mapTypeNumber("user_ringbuf"), "encode"],
]);

/**
 * Holds the layout that a codec was generated for against what the kernel has: the types of the map itself, and those
 * of each program that uses it. Returns what told of the record ("program send"); none where nothing did, and without
 * CAP_SYS_ADMIN, which looking at programs needs. What only changes how records are written is no matter for a ring that is
 * read, nor the reverse for a user ring. A ring inside a map of maps is no program's own: nothing tells of it.
 * @throws RingBufError EINVAL naming each member that differs.
 */
export function checkLayout(map: { readonly info: MapIdentity }, codec: HasLayout): readonly string[] {
  return compareInKernel(map, checkedLayout(layoutIn(codec), codec)).sources;
}

/** What the kernel told of the records of a map: who told, and of which of them. */
export interface KernelComparison {
  readonly sources: readonly string[];
  readonly told: ReadonlySet<string>;
}

/** @throws RingBufError EINVAL naming each member that differs. */
export function compareInKernel(map: { readonly info: MapIdentity }, layout: LayoutDescriptor): KernelComparison {
  const { type, ...identity } = identityOf(map);
  const { name } = identity;
  const use = uses.get(type) ?? "both";
  const sources: string[] = [];
  const told = new Set<string>();
  for (const { source, btf } of typesAround(identity)) {
    const known = recordsOf(layout).filter((record) => knowsType(record.name, btf));
    if (known.length === 0) continue;
    const drift = describeDrift(layout, btf, use);
    if (drift !== undefined) throw ringError("EINVAL", `map "${name}": in the kernel's ${source}, ${drift}`);
    sources.push(source);
    for (const record of known) told.add(record.name);
  }
  return { sources, told };
}

function identityOf(map: { readonly info: MapIdentity }): MapIdentity {
  const { id, btfId, name, type } = map?.info ?? {};
  const typed = type === undefined || isWord(type);
  if (!isWord(id) || !isWord(btfId) || typeof name !== "string" || !typed) {
    throw ringError("EINVAL", `${shown(map)} is no map of the kernel`);
  }
  return { id, btfId, name, ...(type !== undefined && { type }) };
}

/** Types of the elements of a map as the kernel has them; none where it was made without, and without CAP_SYS_ADMIN, which asking for BTF needs. */
export function elementTypesInKernel({ btfId, btfKeyTypeId, btfValueTypeId }: MapInfo): MapElementTypes {
  const btf = btfId === 0 ? undefined : btfById(btfId)?.btf;
  if (btf === undefined) return {};
  return {
    ...(btfKeyTypeId !== 0 && { key: btf.typeById(btfKeyTypeId) }),
    ...(btfValueTypeId !== 0 && { value: btf.typeById(btfValueTypeId) }),
  };
}

/** BTF of the kernel, and what brought it there: "program send". */
export interface KernelTypes {
  /** The map or the program that it came with. */
  readonly source: string;
  /** The BTF itself. */
  readonly bytes: Uint8Array;
}

/**
 * What the kernel knows of the types around a map: its own, and those of each program that uses it. None without
 * CAP_SYS_ADMIN, which looking at programs needs.
 * @throws RingBufError EINVAL for what is no map of the kernel.
 */
export function kernelTypes(map: { readonly info: MapIdentity }): readonly KernelTypes[] {
  return [...typesAround(identityOf(map))].map(({ source, bytes }) => ({ source, bytes }));
}

function* typesAround(map: MapIdentity): Generator<KernelTypes & { readonly btf: Btf }> {
  const own = map.btfId === 0 ? undefined : btfById(map.btfId);
  if (own !== undefined) yield { source: `map ${map.name}`, ...own };
  for (let id = nextProgramId(0); id > 0; id = nextProgramId(id)) {
    const info = withDescriptor(() => programFdById(id), programInfo);
    if (typeof info === "number" || info.btfId === 0 || !info.mapIds.includes(map.id)) continue;
    const btf = btfById(info.btfId);
    if (btf !== undefined) yield { source: `program ${info.name}`, ...btf };
  }
}

/** Undefined where it is gone by now, or not what this version reads. */
function btfById(id: number): { readonly btf: Btf; readonly bytes: Uint8Array } | undefined {
  const bytes = withDescriptor(() => btfFdById(id), btfBytes);
  if (typeof bytes === "number") return undefined;
  try {
    return { btf: parseBtf(bytes, { name: `BTF ${id}` }), bytes };
  } catch (error) {
    if (error instanceof BtfError) return undefined;
    throw error;
  }
}

/** What `use` makes of the descriptor that `open` gives, which is closed afterwards; −errno in place of one passes through. */
function withDescriptor<T>(open: () => number, use: (fd: number) => T): T | number {
  const addon = loadAddon();
  const fd = open();
  const owner = held(addon.own(fd));
  if (fd < 0) return fd;
  try {
    return use(fd);
  } finally {
    addon.disown(owner);
  }
}

/** The layout that a generated descriptor or codec carries. */
export function layoutIn(codec: unknown): LayoutDescriptor | undefined {
  return (codec as Partial<HasLayout> | null | undefined)?.layout;
}
