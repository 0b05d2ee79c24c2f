import {
  Dynptr,
  type DynptrSlice,
  dynptrAdjust,
  dynptrClone,
  dynptrIsNull,
  dynptrIsRdonly,
  dynptrMemset,
  dynptrRead,
  dynptrSize,
  dynptrSlice,
  dynptrWrite,
  insideUserRingBuf,
  ringbufCommitDynptr,
  ringbufReserveDynptr,
  userRingbufDrain,
} from "@rbgen/runtime/emulated/helpers";
import { RingMap } from "../maps/ring-map.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import type { LentRegion } from "../run/lent-region.ts";
import { flagsIn, highOf, isNull, lowOf, numberOf, readFrom, sizeIn, writeTo } from "./arguments.ts";
import { callbackIn, resultOf } from "./control.ts";
import type { HelperDefinition, KernelFunction } from "./helper-definition.ts";
import { mapIn } from "./map-access.ts";
import { ringIn } from "./ring.ts";

/** `struct bpf_dynptr`. */
const dynptrBytes = 16;

/** Helpers of dynptrs, and of user rings, whose samples are dynptrs (kernel/bpf/helpers.c, kernel/bpf/ringbuf.c). */
export const dynptrHelpers: readonly HelperDefinition[] = [
  { id: 198, name: "bpf_ringbuf_reserve_dynptr", run: reserve },
  { id: 199, name: "bpf_ringbuf_submit_dynptr", run: (execution) => commit(execution, false) },
  { id: 200, name: "bpf_ringbuf_discard_dynptr", run: (execution) => commit(execution, true) },
  { id: 201, name: "bpf_dynptr_read", run: read },
  { id: 202, name: "bpf_dynptr_write", run: write },
  { id: 203, name: "bpf_dynptr_data", run: data },
  { id: 209, name: "bpf_user_ringbuf_drain", run: drain },
];

/** Kernel functions of dynptrs. */
export const dynptrFunctions: readonly KernelFunction[] = [
  {
    name: "bpf_dynptr_adjust",
    run(execution) {
      const { memory, rings } = execution;
      giveInteger(memory, dynptrAdjust(rings, dynptrIn(execution, 1), lowOf(memory, 2), lowOf(memory, 3)));
    },
  },
  {
    name: "bpf_dynptr_size",
    run: (execution) => giveWords(execution.memory, dynptrSize(execution.rings, dynptrIn(execution, 1)) | 0, 0),
  },
  {
    name: "bpf_dynptr_is_null",
    run: (execution) => giveWords(execution.memory, dynptrIsNull(execution.rings, dynptrIn(execution, 1)) ? 1 : 0, 0),
  },
  {
    name: "bpf_dynptr_is_rdonly",
    run: (execution) => giveWords(execution.memory, dynptrIsRdonly(execution.rings, dynptrIn(execution, 1)) ? 1 : 0, 0),
  },
  { name: "bpf_dynptr_clone", run: clone },
  { name: "bpf_dynptr_memset", run: memset },
  { name: "bpf_dynptr_slice", run: (execution) => slice(execution, "read") },
  { name: "bpf_dynptr_slice_rdwr", run: (execution) => slice(execution, "read-write") },
];

/** What a callback's pointer to a dynptr stands for. */
interface Shown {
  dynptr: Dynptr | undefined;
}

/** The dynptr that r`register` points to; a fault for anything else. */
function dynptrIn(execution: Execution, register: number): Dynptr {
  const { memory, objects } = execution;
  const [low, high] = [lowOf(memory, register), highOf(memory, register)];
  const region = memory.regionOf(high);
  if (region?.kind === "dynptr" && region.alive && low === 0) {
    const { dynptr } = region.owner as Shown;
    if (dynptr !== undefined) return dynptr;
  }
  const found = objects.at(low, high, dynptrBytes);
  if (found instanceof Dynptr) return found;
  return execution.fault(`Expected an initialized dynptr as arg #${register}`);
}

/** A dynptr for a helper to set at r`register`: the one that is there, so that one in use is refused, or a new one. */
function roomForDynptr(execution: Execution, register: number): Dynptr {
  const { memory, objects } = execution;
  const [low, high] = [lowOf(memory, register), highOf(memory, register)];
  const there = objects.at(low, high, dynptrBytes);
  if (there instanceof Dynptr && there.inUse) return there;
  const made = new Dynptr();
  if (objects.put(low, high, dynptrBytes, made)) return made;
  return execution.fault(`arg#${register} expected pointer to stack or const struct bpf_dynptr, aligned to 8 bytes`);
}

function reserve(execution: Execution): void {
  const { memory, rings } = execution;
  const ring = ringIn(execution, 1);
  const size = lowOf(memory, 2) >>> 0;
  const dynptr = roomForDynptr(execution, 4);
  giveInteger(memory, ringbufReserveDynptr(rings, ring, size, flagsIn(execution, 3), dynptr));
}

function commit(execution: Execution, discard: boolean): void {
  const { memory, rings, objects } = execution;
  const dynptr = dynptrIn(execution, 1);
  ringbufCommitDynptr(rings, dynptr, discard, flagsIn(execution, 2));
  objects.remove(lowOf(memory, 1), highOf(memory, 1), dynptrBytes);
  giveWords(memory, 0, 0);
}

function read(execution: Execution): void {
  const { memory, rings } = execution;
  const size = sizeIn(execution, 2);
  const to = size === 0 ? 0 : writeTo(memory, 1, size);
  const dynptr = dynptrIn(execution, 3);
  const target = memory.bytes.subarray(to, to + size);
  giveInteger(memory, dynptrRead(rings, target, dynptr, lowOf(memory, 4) >>> 0, flagsIn(execution, 5)));
}

/** A helper is about to write into what a dynptr stands on, if that has these bytes. */
function tellOfWrite({ memory }: Execution, dynptr: Dynptr, offset: number, size: number): void {
  if (memory.watch === undefined || dynptr.ground === undefined || dynptr.excludes(offset, size)) return;
  const { region } = dynptr.ground.lent as LentRegion;
  const address = dynptr.offset + offset;
  memory.watch(region, address - region.address, address, size);
}

function write(execution: Execution): void {
  const { memory, rings } = execution;
  const dynptr = dynptrIn(execution, 1);
  const size = sizeIn(execution, 4);
  const from = size === 0 ? 0 : readFrom(memory, 3, size);
  const source = memory.bytes.subarray(from, from + size);
  const offset = lowOf(memory, 2) >>> 0;
  tellOfWrite(execution, dynptr, offset, size);
  giveInteger(memory, dynptrWrite(rings, dynptr, offset, source, flagsIn(execution, 5)));
}

function data(execution: Execution): void {
  const { memory, rings } = execution;
  const size = Number(numberOf(memory, 3));
  givesSlice(execution, dynptrSlice(rings, dynptrIn(execution, 1), lowOf(memory, 2) >>> 0, size, true), "read-write");
}

/** `bpf_dynptr_slice`: a ring's record is contiguous, so that the program's buffer is never used. */
function slice(execution: Execution, access: "read" | "read-write"): void {
  const { memory, rings } = execution;
  const dynptr = dynptrIn(execution, 1);
  const size = sizeIn(execution, 4);
  if (!isNull(memory, 3)) memory.writable(lowOf(memory, 3), highOf(memory, 3), size);
  const found = dynptrSlice(rings, dynptr, lowOf(memory, 2) >>> 0, size, false);
  if (found !== null && access === "read-write" && dynptr.ground !== undefined) dynptr.ground.touched = true;
  givesSlice(execution, found, access);
}

function givesSlice({ memory }: Execution, found: DynptrSlice | null, access: "read" | "read-write"): void {
  if (found === null) giveWords(memory, 0, 0);
  else {
    const { byteOffset, byteLength } = found;
    giveWords(memory, 0, (found.lent as LentRegion).slice(byteOffset, byteLength, access).id);
  }
}

function clone(execution: Execution): void {
  const from = dynptrIn(execution, 1);
  giveInteger(execution.memory, dynptrClone(execution.rings, from, roomForDynptr(execution, 2)));
}

function memset(execution: Execution): void {
  const { memory, rings } = execution;
  const dynptr = dynptrIn(execution, 1);
  const [offset, size, value] = [lowOf(memory, 2) >>> 0, lowOf(memory, 3) >>> 0, lowOf(memory, 4) & 0xff];
  tellOfWrite(execution, dynptr, offset, size);
  const result = dynptrMemset(rings, dynptr, offset, size, value);
  if (result === 0) memory.charge(size >> 3);
  giveInteger(memory, result);
}

/** Calls `callback(dynptr, context)` for each sample: how many were seen, or −errno. */
function drain(execution: Execution): void {
  const { memory, rings } = execution;
  const map = mapIn(execution, 1);
  if (!(map instanceof RingMap) || insideUserRingBuf(map.ring) === undefined) {
    execution.fault(`cannot pass map_type ${map.type} into func bpf_user_ringbuf_drain`);
  }
  const callback = callbackIn(execution, 2);
  const [contextLow, contextHigh] = [lowOf(memory, 3), highOf(memory, 3)];
  const flags = flagsIn(execution, 4);
  const shown: Shown = { dynptr: undefined };
  const region = memory.allocate(0, { kind: "dynptr", name: map.name, access: "none", owner: shown });
  const seen = userRingbufDrain(
    rings,
    map.ring,
    (dynptr) => {
      shown.dynptr = dynptr;
      memory.registers.set([0, region.id, contextLow, contextHigh], 2);
      execution.call(callback);
      return resultOf(execution);
    },
    flags,
  );
  memory.release(region);
  giveInteger(memory, seen);
}
