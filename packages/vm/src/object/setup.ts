import type { EmulatedKernel } from "@rbgen/runtime/emulated";
import { invalid } from "../invalid.ts";
import { fromHex, toHex } from "../recording/hex.ts";
import type { DeclaredMemory, RecordedSetup } from "../recording/recording.ts";
import type { World } from "../world/world.ts";
import { absent } from "./named.ts";
import type { ObjectMaps } from "./object-maps.ts";
import type { VmObjectOptions } from "./object-options.ts";
import type { VmProgram } from "./vm-program.ts";

/** @throws RingBufError EINVAL for options under which what happens to an object cannot be told again. */
export function expectOwnRings({ record, maps = {} }: VmObjectOptions): void {
  if (record !== true) return;
  for (const [name, { reuse }] of Object.entries(maps)) {
    if (reuse !== undefined) throw invalid(`map "${name}" is another's ring, which is not recorded: leave out reuse`);
  }
}

/** What of an object is as it was opened. */
export interface SetUp {
  readonly maps: ObjectMaps;
  readonly programs: ReadonlyMap<string, VmProgram>;
}

/** How an object was loaded just now, as a recording has it. */
export function setupOf(
  { maps, programs }: SetUp,
  kernel: EmulatedKernel,
  options: VmObjectOptions & { readonly instructionBudget: number },
): Omit<RecordedSetup, "memory"> {
  const changed = Object.entries(options.maps ?? {}).map(([name, { maxEntries, inner }]) => [
    name,
    {
      ...(maxEntries === undefined ? {} : { maxEntries }),
      ...(inner === undefined ? {} : { inner: { maxEntries: inner.maxEntries } }),
    },
  ]);
  return {
    cpus: options.cpus ?? 1,
    instructionBudget: options.instructionBudget,
    kernelVersion: kernel.kernelVersion,
    pageSize: kernel.pageSize,
    programs: [...programs.values()].filter(({ loaded }) => loaded !== undefined).map(({ name }) => name),
    maps: Object.fromEntries(changed),
    kconfig: Object.fromEntries(Object.entries(options.kconfig ?? {}).map(([name, value]) => [name, `${value}`])),
    sections: Object.fromEntries([...maps.sections].map(([name, bytes]) => [name, toHex(bytes)])),
  };
}

/** Options that an object is opened with to be as it was. */
export function optionsOf(setup: RecordedSetup): VmObjectOptions {
  const { cpus, instructionBudget, maps, kconfig } = setup;
  const values = Object.entries(kconfig).map(([name, value]) => [name, BigInt(value)]);
  return { cpus, instructionBudget, maps, kconfig: Object.fromEntries(values) };
}

/**
 * Has an object that is not loaded yet be as it was.
 * @throws RingBufError EINVAL, ENOENT for what it does not have.
 */
export function setUp({ maps, programs }: SetUp, world: World, setup: RecordedSetup): void {
  for (const name of setup.programs) {
    if (!programs.has(name)) throw absent("program", name, programs.keys());
  }
  for (const program of programs.values()) program.autoload(setup.programs.includes(program.name));
  for (const [name, bytes] of Object.entries(setup.sections)) {
    const section = maps.sections.get(name);
    if (section === undefined) throw absent("data section", name, maps.sections.keys());
    const given = fromHex(bytes) as Uint8Array;
    if (given.length !== section.length) {
      throw invalid(`recording.setup.sections: "${name}" has ${section.length} bytes, not ${given.length}`);
    }
    section.set(given);
  }
  for (const memory of setup.memory) placeMemory(world, memory);
}

/**
 * Declares memory anew.
 * @throws RingBufError EINVAL where its pointers are not what they were.
 */
export function placeMemory(world: World, { region, name, bytes, id }: DeclaredMemory): void {
  const placed = world.place(region, name, fromHex(bytes) as Uint8Array);
  if (placed !== id) throw invalid(`memory "${name}" lies in region ${placed}, and lay in ${id} when it was recorded`);
}
