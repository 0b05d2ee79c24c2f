import type { FailingHelper } from "@rbgen/runtime/emulated/helpers";
import { errno } from "../errno.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import { highOf, lowOf, readFrom, sizeIn, writeTo } from "./arguments.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { tracingTypes } from "./program-types.ts";

/** Which memory a helper reads: what a process maps, the kernel's own, or either. */
type Ground = "user" | "kernel" | "any";

/** Programs that may read an address without saying whose it is. */
const anyAddress = [...tracingTypes, "syscall"];

/** Helpers that read any address, and give −EFAULT where there is nothing (kernel/trace/bpf_trace.c). */
export const probeReadHelpers: readonly HelperDefinition[] = [
  {
    id: 4,
    name: "bpf_probe_read",
    types: anyAddress,
    run: (execution) => probeRead(execution, "bpf_probe_read", "any"),
  },
  { id: 112, name: "bpf_probe_read_user", run: (execution) => probeRead(execution, "bpf_probe_read_user", "user") },
  {
    id: 113,
    name: "bpf_probe_read_kernel",
    run: (execution) => probeRead(execution, "bpf_probe_read_kernel", "kernel"),
  },
  { id: 148, name: "bpf_copy_from_user", run: (execution) => probeRead(execution, "bpf_copy_from_user", "user") },
  {
    id: 45,
    name: "bpf_probe_read_str",
    types: anyAddress,
    run: (execution) => probeReadString(execution, "bpf_probe_read_str", "any"),
  },
  {
    id: 114,
    name: "bpf_probe_read_user_str",
    run: (execution) => probeReadString(execution, "bpf_probe_read_user_str", "user"),
  },
  {
    id: 115,
    name: "bpf_probe_read_kernel_str",
    run: (execution) => probeReadString(execution, "bpf_probe_read_kernel_str", "kernel"),
  },
  { id: 182, name: "bpf_strncmp", run: strncmp },
];

/** Address of `size` bytes at r3, on this ground; undefined where there are none. */
function sourceOf({ memory }: Execution, size: number, ground: Ground): number | undefined {
  const high = highOf(memory, 3);
  const region = memory.regionOf(high);
  if (region === undefined || (ground !== "any" && (region.kind === "user memory") !== (ground === "user"))) {
    return undefined;
  }
  return memory.probe(lowOf(memory, 3), high, size);
}

/** The whole of r1's `r2` bytes, or zeros and −EFAULT. */
function probeRead(execution: Execution, name: FailingHelper, ground: Ground): void {
  const { memory, host } = execution;
  const size = sizeIn(execution, 2);
  const to = writeTo(memory, 1, size);
  const failing = host.failing(name);
  const from = failing === 0 ? sourceOf(execution, size, ground) : undefined;
  if (from === undefined) {
    memory.bytes.fill(0, to, to + size);
    giveInteger(memory, failing === 0 ? errno.EFAULT : failing);
    return;
  }
  memory.bytes.copyWithin(to, from, from + size);
  giveInteger(memory, 0);
}

/**
 * Bytes up to the first 0, which is always there, and how many they are with it: `strncpy_from_kernel_nofault`. A read that
 * fails gives zeros and −EFAULT.
 */
function probeReadString(execution: Execution, name: FailingHelper, ground: Ground): void {
  const { memory, host } = execution;
  const size = sizeIn(execution, 2);
  const to = writeTo(memory, 1, size);
  const failing = host.failing(name);
  const from = failing === 0 ? sourceOf(execution, size === 0 ? 0 : 1, ground) : undefined;
  if (from === undefined) {
    memory.bytes.fill(0, to, to + size);
    giveInteger(memory, failing === 0 ? errno.EFAULT : failing);
    return;
  }
  const room = Math.min(size, memory.extent(lowOf(memory, 3), highOf(memory, 3)));
  const { bytes } = memory;
  let length = 0;
  while (length < room && bytes[from + length] !== 0) length += 1;
  memory.charge(length);
  if (length === room && room < size) {
    // ran out of memory before a 0
    bytes.fill(0, to, to + size);
    giveInteger(memory, errno.EFAULT);
    return;
  }
  const copied = Math.min(length, Math.max(size - 1, 0));
  bytes.copyWithin(to, from, from + copied);
  if (size > 0) bytes[to + copied] = 0;
  giveInteger(memory, size === 0 ? 0 : copied + 1);
}

/** kernel/bpf/helpers.c `bpf_strncmp`: as strncmp(3), of a buffer with this size and a string constant. */
function strncmp(execution: Execution): void {
  const { memory } = execution;
  const size = sizeIn(execution, 2, 1);
  const left = readFrom(memory, 1, size);
  const limit = memory.extent(lowOf(memory, 3), highOf(memory, 3));
  const right = readFrom(memory, 3, limit === 0 ? 1 : 0);
  const { bytes } = memory;
  for (let at = 0; at < size; at += 1) {
    const a = bytes[left + at] as number;
    const b = at < limit ? (bytes[right + at] as number) : 0;
    if (a !== b || a === 0) {
      giveInteger(memory, Math.sign(a - b));
      return;
    }
  }
  giveInteger(memory, 0);
}
