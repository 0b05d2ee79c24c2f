import { RingBufError } from "@rbgen/runtime";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { lookupElement, mapInfo } from "../kernel/map-commands.ts";
import type { SectionBytes } from "./global-variable.ts";

/** A data section before its object is loaded: libbpf's copy, which becomes the map's first content. */
export class InitialSection implements SectionBytes {
  readonly #map: Handle;
  readonly #name: string;

  constructor(map: Handle, name: string) {
    this.#map = map;
    this.#name = name;
  }

  read(offset: number, length: number): Uint8Array {
    const all = this.#all();
    checkRange(this.#name, all.byteLength, offset, length);
    return all.slice(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): void {
    const all = this.#all();
    checkRange(this.#name, all.byteLength, offset, bytes.byteLength);
    all.set(bytes, offset);
    const result = loadAddon().mapSetInitialValue(this.#map, all);
    if (result < 0) throw kernelError(result, "bpf_map__set_initial_value", `section ${this.#name}`);
  }

  #all(): Uint8Array {
    const value = loadAddon().mapInitialValue(this.#map) ?? new ArrayBuffer(0);
    if (typeof value === "number") throw kernelError(value, "bpf_map__initial_value", `section ${this.#name}`);
    return new Uint8Array(value);
  }
}

/**
 * Symbols of an object tell where a variable lies, and may tell anything.
 * @throws RingBufError EINVAL beyond the section.
 */
function checkRange(name: string, size: number, offset: number, length: number): void {
  if (offset + length <= size) return;
  throw ringError(
    "EINVAL",
    `${length} bytes at ${offset} lie outside of section ${name}, which has ${size}: the object is damaged`,
  );
}

/** A section of a loaded object as the programs see it: the map's memory, mapped but not lent; `.rodata` is frozen and read only. */
export class LoadedSection implements SectionBytes {
  readonly #mapping: Handle | undefined;
  readonly #fd: number;
  readonly #size: number;
  readonly #name: string;

  constructor(fd: number, name: string, writable: boolean) {
    const info = mapInfo(fd);
    if (typeof info === "number") throw kernelError(info, "BPF_OBJ_GET_INFO_BY_FD", name);
    this.#fd = fd;
    this.#name = name;
    this.#size = info.valueSize;
    if (!writable) return;
    const page = loadAddon().pageSize();
    const mapped = loadAddon().map(fd, 0, Math.ceil(info.valueSize / page) * page, true, false);
    if (typeof mapped === "number") throw kernelError(mapped, "mmap", `section ${name}`);
    this.#mapping = mapped.handle;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this.#name, this.#size, offset, length);
    if (this.#mapping !== undefined) {
      const bytes = new Uint8Array(length);
      loadAddon().read(this.#mapping, offset, bytes);
      return bytes;
    }
    const all = new Uint8Array(this.#size);
    const result = lookupElement(this.#fd, new Uint8Array(4), all);
    if (result < 0) throw kernelError(result, "BPF_MAP_LOOKUP_ELEM", `section ${this.#name}`);
    return all.slice(offset, offset + length);
  }

  /** A word of 4 or 8 bytes is stored whole: programs never see half of it. */
  write(offset: number, bytes: Uint8Array, variable: string): void {
    if (this.#mapping === undefined) {
      const remedy =
        this.#name === ".kconfig" ? "it is what the kernel is configured to" : "give it to load() as rodata";
      const message = `"${variable}" is in ${this.#name}, which is read-only once loaded: ${remedy}`;
      throw new RingBufError(message, { code: "EPERM", errno: -1 });
    }
    checkRange(this.#name, this.#size, offset, bytes.byteLength);
    const width = bytes.byteLength;
    if ((width === 4 || width === 8) && offset % width === 0) {
      const word = bytes.slice().buffer;
      const value = width === 4 ? BigInt(new Uint32Array(word)[0] ?? 0) : (new BigUint64Array(word)[0] ?? 0n);
      loadAddon().store(this.#mapping, offset, width, value);
    } else loadAddon().write(this.#mapping, offset, bytes);
  }

  close(): void {
    if (this.#mapping !== undefined) loadAddon().unmap(this.#mapping, undefined);
  }
}
