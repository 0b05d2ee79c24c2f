import { mapTypeNumber } from "@rbgen/btf";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { checkObject, checkOptions, shown } from "../kernel/arguments.ts";
import { cString, isDescriptor, isWord } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { callLibbpf } from "../kernel/libbpf.ts";
import { createMap, type MapDefinition } from "../kernel/map-commands.ts";
import { held } from "../kernel/open-map.ts";
import type { MapOptions } from "./object-options.ts";

/**
 * What the object says of map `name`, or was told.
 * @throws RingBufError ENOMEM.
 */
export function definitionOf(handle: Handle, name: string): MapDefinition {
  const parts = loadAddon().mapDefinition(handle);
  if (typeof parts === "number") throw kernelError(parts, "bpf_map__type", `map "${name}"`);
  const [type, keySize, valueSize, maxEntries, flags] = parts;
  return { type, keySize, valueSize, maxEntries, flags, name: name.slice(0, 15) };
}

/**
 * Sets what may be changed of map `name` before it is made. Returns what owns a template that was made for the maps inside:
 * it is needed until the object is loaded.
 * @throws RingBufError EINVAL, EBADF; BpfLoadError.
 */
export function setMap(handle: Handle, name: string, options: MapOptions): Handle | undefined {
  const what = `map "${name}"`;
  const { maxEntries, valueSize, pinPath, reuse, inner } = checkOptions(options, `what is set of ${what}`, {
    maxEntries: true,
    valueSize: true,
    pinPath: true,
    inner: true,
    reuse: true,
  });
  // libbpf 1.1 would unmap as many bytes as it was told to have entries, whoever they belong to.
  if (name.includes(".")) throw ringError("EINVAL", `${what} is a data section, which has the size of its variables`);
  if (maxEntries !== undefined) {
    checkEntries(maxEntries, what);
    callLibbpf("bpf_map__set_max_entries", what, (addon) => addon.mapSetMaxEntries(handle, maxEntries));
  }
  if (valueSize !== undefined) {
    if (!isWord(valueSize)) throw ringError("EINVAL", `${what} cannot have values of ${shown(valueSize)} bytes`);
    setValueSize(handle, valueSize, what);
  }
  if (pinPath !== undefined) {
    const path = cString(pinPath);
    callLibbpf("bpf_map__set_pin_path", what, (addon) => addon.mapSetPinPath(handle, path));
  }
  if (reuse !== undefined) {
    const fd = descriptorIn(reuse, what);
    callLibbpf("bpf_map__reuse_fd", what, (addon) => addon.mapReuse(handle, fd));
  }
  return inner === undefined ? undefined : setInner(handle, inner, what);
}

function setValueSize(handle: Handle, bytes: number, what: string): void {
  callLibbpf("bpf_map__set_value_size", what, (addon) => addon.mapSetValueSize(handle, bytes));
}

/**
 * A ring has no values for the kernel, a perf event array descriptors: a type that is declared of them, as
 * `__type(value, struct event)`, says what their records are.
 */
export function setRecordOnly(handle: Handle, name: string): void {
  const { type, valueSize } = definitionOf(handle, name);
  const wanted = isRing(type) ? 0 : type === mapTypeNumber("perf_event_array") ? 4 : valueSize;
  if (valueSize !== wanted) setValueSize(handle, wanted, `map "${name}"`);
}

function setInner(handle: Handle, inner: NonNullable<MapOptions["inner"]>, what: string): Handle | undefined {
  checkObject(inner, `the template of what is inside of ${what}`);
  if ("fd" in inner) {
    putInner(handle, descriptorIn(inner, what), what);
    return undefined;
  }
  const declared = callLibbpf("bpf_map__inner_map", what, (addon) => addon.mapInner(handle));
  if (declared === null) {
    throw ringError("EINVAL", `${what} declares no template for maps inside: give it one, inner: { fd }`);
  }
  checkOptions(inner, `the template of what is inside of ${what}`, { maxEntries: true });
  // not by bpf_map__set_max_entries, which crashes of a template in libbpf 1.1
  checkEntries(inner.maxEntries, `the template of ${what}`);
  const template = definitionOf(declared as Handle, "template");
  const maxEntries = isRing(template.type) ? ringSize(inner.maxEntries) : inner.maxEntries;
  const fd = createMap({ ...template, maxEntries });
  const owner = held(loadAddon().own(fd));
  if (fd < 0) throw kernelError(fd, "BPF_MAP_CREATE", `a template for ${what} of ${maxEntries} entries`);
  putInner(handle, fd, what);
  return owner;
}

function putInner(handle: Handle, fd: number, what: string): void {
  callLibbpf("bpf_map__set_inner_map_fd", what, (addon) => addon.mapSetInnerFd(handle, fd));
}

function checkEntries(maxEntries: number, what: string): void {
  if (!isWord(maxEntries)) throw ringError("EINVAL", `${what} cannot have ${shown(maxEntries)} entries`);
}

function isRing(type: number): boolean {
  return type === mapTypeNumber("ringbuf") || type === mapTypeNumber("user_ringbuf");
}

/** Bytes of a ring, rounded up to a power of two of pages as libbpf does (`adjust_ringbuf_sz`). */
function ringSize(bytes: number): number {
  let size = loadAddon().pageSize();
  while (size < bytes && size < 2 ** 31) size *= 2;
  return size;
}

/** @throws RingBufError EBADF for what has no descriptor. */
function descriptorIn(map: { readonly fd: number }, what: string): number {
  const fd: unknown = map?.fd;
  if (isDescriptor(fd)) return fd;
  throw kernelError(-9, "fcntl", `${what}: ${shown(map)} is not a map that exists`);
}
