import type { Helper } from "../run/execution.ts";
import { checksumHelpers } from "./checksum.ts";
import { controlHelpers } from "./control.ts";
import { currentHelpers } from "./current.ts";
import { dynptrFunctions, dynptrHelpers } from "./dynptr.ts";
import type { HelperDefinition, KernelFunction } from "./helper-definition.ts";
import { iteratorFunctions } from "./iterator.ts";
import { mapHelpers } from "./map-access.ts";
import { packetHelpers } from "./packet.ts";
import { probeReadHelpers } from "./probe-read.ts";
import { ringHelpers } from "./ring.ts";
import { seqFileHelpers } from "./seq-file.ts";
import { lockHelpers } from "./spin-lock.ts";
import { stackHelpers } from "./stack.ts";
import { textHelpers } from "./text.ts";
import { timeHelpers } from "./time.ts";
import { timerHelpers } from "./timer.ts";

/** Every helper that there is, in the order of its number. */
export const helpers: readonly HelperDefinition[] = [
  ...controlHelpers,
  ...currentHelpers,
  ...dynptrHelpers,
  ...lockHelpers,
  ...mapHelpers,
  ...packetHelpers,
  ...checksumHelpers,
  ...probeReadHelpers,
  ...ringHelpers,
  ...seqFileHelpers,
  ...stackHelpers,
  ...textHelpers,
  ...timeHelpers,
  ...timerHelpers,
].sort((left, right) => left.id - right.id);

/** Every kernel function that there is; a program's call has its index here as its number. */
export const kernelFunctions: readonly KernelFunction[] = [...dynptrFunctions, ...iteratorFunctions];

const byNumber = new Map(helpers.map((helper) => [helper.id, helper]));
const byName = new Map(kernelFunctions.map(({ name }, index) => [name, index]));

/** The helper that programs of a type, and of a section if told, call by this number, or why they cannot. */
export function helperFor(id: number, programType: string, section?: string): Helper | string {
  const helper = byNumber.get(id);
  if (helper === undefined) return `helper ${id} is not supported by this virtual machine`;
  if (helper.types?.includes(programType) === false) {
    return `program of this type (${programType}) cannot use helper ${helper.name}#${id}`;
  }
  if (section !== undefined && helper.notIn?.includes(section)) {
    return `programs of SEC("${section}") cannot use helper ${helper.name}#${id}`;
  }
  return helper.run;
}

/** Number of a kernel function; undefined where there is none of this name. */
export function kernelFunctionNumber(name: string): number | undefined {
  return byName.get(name);
}

/** The kernel function of a number, or why programs of a type cannot call it. */
export function kernelFunctionFor(number: number, programType: string): Helper | string {
  const found = kernelFunctions[number];
  if (found === undefined) return `kernel function ${number} is not supported by this virtual machine`;
  if (found.types === undefined || found.types.includes(programType)) return found.run;
  return `program of this type (${programType}) cannot call kernel function ${found.name}`;
}

/** Name of a helper or kernel function, for those that there are. */
export function helperName(kind: "helper" | "kfunc", id: number): string | undefined {
  return kind === "helper" ? byNumber.get(id)?.name : kernelFunctions[id]?.name;
}
