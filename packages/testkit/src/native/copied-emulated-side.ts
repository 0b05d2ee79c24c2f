import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  claimMap,
  type RingBufMap,
  type RingClaim,
  type RingMemory,
  type UserRingBufMap,
} from "@rbgen/runtime/backend";
import { type EmulatedKernelOptions, machineClock } from "@rbgen/runtime/emulated";
import type { Handle } from "../../../native/src/addon/addon.ts";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { copiedMemory } from "../../../native/src/ring/ring-copy.ts";
import { makeRingBuf } from "../../../runtime/src/emulated/ringbuf.ts";
import { type MapTypeNumber, SharedRing } from "../../../runtime/src/emulated/shared-ring.ts";
import { makeUserRingBuf } from "../../../runtime/src/emulated/user-ringbuf.ts";
import { emulatedKernelSide } from "../contract/emulated-kernel-side.ts";
import type { KernelSide } from "../contract/kernel-side.ts";

/** What is done to the memory that a claim gets, to come between its steps. */
export type AroundMemory = (memory: RingMemory) => RingMemory;

/**
 * The emulated kernel, of whose rings user space has copies: the rings lie in files that are mapped, the kernel works on
 * one mapping, and the addon copies from and to another one, as it does where an engine allows no memory to be lent. So
 * copies are tried with what this machine's kernel does not know.
 */
export function copiedEmulatedSide(
  options: Omit<EmulatedKernelOptions, "shared">,
  runBytes: number,
  around: AroundMemory = (memory) => memory,
): KernelSide {
  const side = emulatedKernelSide({ ...options, shared: false });
  const made: { close(): void }[] = [];
  /** Takes over `like`, which the kernel accepted, as a map over a file. */
  const copied = <Map extends RingBufMap | UserRingBufMap>(
    like: Map,
    type: MapTypeNumber,
    make: (ring: SharedRing, context: { name: string; clock: typeof machineClock; seed: number }) => Map,
  ): Map => {
    const { name, maxEntries: size, flags, endian } = like;
    like.close();
    const pageSize = side.pageSize;
    const bytes = new Uint8Array(
      SharedRing.create({ type, size, flags, pageSize, endian, shared: false }).buffer as ArrayBuffer,
    );
    const { lent, handles } = mapFile(bytes, pageSize, size);
    const map = make(SharedRing.attach(lent, type), { name, clock: machineClock, seed: 1 });
    const claim = map[claimMap].bind(map);
    made.push(map);
    return Object.assign(map, {
      [claimMap](): RingClaim {
        return Object.assign(claim(), { memory: around(copiedMemory(size, runBytes, handles)) });
      },
    });
  };
  const { createRingBuf, createUserRingBuf, close } = side;
  return Object.assign(side, {
    createRingBuf: (definition: Parameters<KernelSide["createRingBuf"]>[0]) =>
      copied(createRingBuf.call(side, definition), 27, makeRingBuf),
    createUserRingBuf: (definition: Parameters<KernelSide["createUserRingBuf"]>[0]) =>
      copied(createUserRingBuf.call(side, definition), 31, makeUserRingBuf),
    close() {
      for (const map of made) map.close();
      return close.call(side);
    },
  });
}

/** A file of `bytes`, mapped whole to be lent, and once more as the parts of a ring. */
function mapFile(
  bytes: Uint8Array,
  pageSize: number,
  size: number,
): { readonly lent: ArrayBuffer; readonly handles: Parameters<typeof copiedMemory>[2] } {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-ring-"));
  const fd = openSync(join(folder, "ring"), "w+");
  try {
    ftruncateSync(fd, bytes.byteLength);
    const map = (offset: number, length: number, lend: boolean): { handle: Handle; buffer?: ArrayBuffer } => {
      const mapped = loadAddon().map(fd, offset, length, true, lend);
      if (typeof mapped === "number") throw new Error(`mmap returned ${mapped}`);
      return mapped;
    };
    const { buffer } = map(0, bytes.byteLength, true);
    if (buffer === undefined) throw new Error("no memory can be lent here");
    new Uint8Array(buffer).set(bytes);
    const part = (page: number, length: number): Handle => map(page * pageSize, length, false).handle;
    const handles = { consumer: part(1, pageSize), producer: part(2, pageSize), data: part(3, 2 * size) };
    return { lent: buffer, handles };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}
