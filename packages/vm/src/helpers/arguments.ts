import type { VmMemory } from "../memory/memory.ts";
import type { Execution } from "../run/execution.ts";

/** Low word of r1 to r5. */
export function lowOf(memory: VmMemory, register: number): number {
  return memory.registers[2 * register] as number;
}

/** High word of r1 to r5. */
export function highOf(memory: VmMemory, register: number): number {
  return memory.registers[2 * register + 1] as number;
}

/** r1 to r5 as an unsigned 64-bit number. */
export function numberOf(memory: VmMemory, register: number): bigint {
  return (BigInt(highOf(memory, register) >>> 0) << 32n) | BigInt(lowOf(memory, register) >>> 0);
}

/**
 * A size in a register (ARG_CONST_SIZE): from 1, or from 0 where that is allowed, up to what the verifier takes.
 * @returns its value; a larger or negative one is a fault.
 */
export function sizeIn(execution: Execution, register: number, least: 0 | 1 = 0): number {
  const { memory } = execution;
  const size = lowOf(memory, register) >>> 0;
  if (highOf(memory, register) !== 0 || size >= 2 ** 29) {
    execution.fault(`R${register} is a size of ${numberOf(memory, register)} bytes: give it an upper bound, unsigned`);
  }
  if (size < least) execution.fault(`R${register} is a size of 0 bytes: invalid zero-sized read`);
  return size;
}

/** Address of what r`register` points to, to read. */
export function readFrom(memory: VmMemory, register: number, size: number): number {
  return memory.readable(lowOf(memory, register), highOf(memory, register), size);
}

/** Address of what r`register` points to, to fill. */
export function writeTo(memory: VmMemory, register: number, size: number): number {
  return memory.writable(lowOf(memory, register), highOf(memory, register), size);
}

/** Flags in a register; what has more than 32 bits is one that no helper knows. */
export function flagsIn({ memory }: Execution, register: number): number {
  return highOf(memory, register) === 0 ? lowOf(memory, register) >>> 0 : 0xffffffff;
}

/** Whether r`register` is NULL. */
export function isNull(memory: VmMemory, register: number): boolean {
  return lowOf(memory, register) === 0 && highOf(memory, register) === 0;
}
