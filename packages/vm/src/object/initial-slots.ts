import { RingBufError } from "@rbgen/runtime";
import { errno } from "../errno.ts";
import type { MapSlots } from "../load/map-slots.ts";
import { ArrayOfMaps, HashOfMaps, ProgramArray } from "../maps/reference-maps.ts";
import type { VmMap } from "../maps/vm-map.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { ObjectMaps } from "./object-maps.ts";
import type { VmProgram } from "./vm-program.ts";

/**
 * Puts the maps that `outer` holds from the start into it (libbpf, `init_map_in_map_slots`).
 * @throws RingBufError EBADF for one that is not among those that are `made` before it, EINVAL for one that its template does
 * not fit, E2BIG where there is no room.
 */
export function fillWithMaps(memory: VmMemory, outer: VmMap, slots: MapSlots, made: ReadonlyMap<string, VmMap>): void {
  if (!(outer instanceof ArrayOfMaps || outer instanceof HashOfMaps)) return;
  for (const [index, name] of slots) {
    const inner = made.get(name);
    if (inner === undefined) {
      throw refused(outer, index, `cannot hold map "${name}", which is made after it: define that first`, errno.EBADF);
    }
    const result = memory.borrow(4, (key) => {
      memory.view.setUint32(key, index, true);
      return outer.put(key, inner);
    });
    if (result === errno.EINVAL) {
      const what = inner.type.includes("array") ? "type, sizes, entries and flags" : "type, sizes and flags";
      throw refused(outer, index, `does not take map "${name}": ${what} must be those of its template`, result);
    }
    if (result < 0) throw refused(outer, index, `cannot hold map "${name}": ${full(outer)}`, result);
  }
}

/**
 * Puts the programs that prog_arrays hold from the start into them, once they are loaded (libbpf, `init_prog_array_slots`).
 * @throws RingBufError EBADF for one that is not loaded, else as {@link putProgram}.
 */
export function fillWithPrograms(maps: ObjectMaps, programs: ReadonlyMap<string, VmProgram>): void {
  for (const map of maps.all) {
    if (!(map instanceof ProgramArray)) continue;
    for (const [index, name] of maps.slotsOf(map.name)) {
      const program = programs.get(name);
      if (program?.loaded === undefined) {
        throw refused(
          map,
          index,
          `cannot hold program "${name}", which is not loaded: autoload(true) has it be`,
          errno.EBADF,
        );
      }
      putProgram(map, index, program);
    }
  }
}

/**
 * Sets what a tail call to `index` goes to: a program that is loaded, or none.
 * @throws RingBufError E2BIG beyond the last element, EINVAL for a program of another type than those that are there, or that
 * call by the map.
 */
export function putProgram(map: ProgramArray, index: number, program: VmProgram | undefined): void {
  const type = program?.kind?.type ?? "unspec";
  const result = map.set(index, program?.loaded && { type, engine: program.loaded.engine });
  if (result === errno.EINVAL) {
    const why = `cannot hold program "${program?.name}", which has type ${type}: it is of programs of type ${map.programType}`;
    throw refused(map, index, why, result);
  }
  if (result < 0) throw refused(map, index, `is not there: ${full(map)}`, result);
}

function full(map: VmMap): string {
  const { maxEntries } = map;
  return map.type.includes("array") ? `it has ${maxEntries} elements` : `it is full: it has ${maxEntries} entries`;
}

function refused(map: VmMap, index: number, why: string, result: number): RingBufError {
  const code = result === errno.EBADF ? "EBADF" : result === errno.EINVAL ? "EINVAL" : "E2BIG";
  const options = { code, errno: result, syscall: "BPF_MAP_UPDATE_ELEM" };
  return new RingBufError(`element ${index} of map "${map.name}" ${why}`, options);
}
