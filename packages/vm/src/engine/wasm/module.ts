import { registersAt } from "../../memory/layout.ts";
import type { VmMemory } from "../../memory/memory.ts";
import type { Code } from "../../run/code.ts";
import { FunctionCompiler } from "./function.ts";
import { op, valueType } from "./opcodes.ts";
import { Writer } from "./writer.ts";

const { i32, i64 } = valueType;
const functionForm = 0x60;
/** Types by their number in the type section. */
const types = [
  { takes: [i32, i32, i32], gives: [] },
  { takes: [i32, i32], gives: [] },
  { takes: [i32, i32], gives: [i32] },
  { takes: [i32, i32, i32], gives: [i32] },
  // a function of the program: its frame, then r1 to r5; r0
  { takes: [i32, i64, i64, i64, i64, i64], gives: [i64] },
  { takes: [i32], gives: [] },
] as const;
const functionType = 4;
const entryType = 5;
/** Types of what is imported, by its number. */
const importTypes = [0, 1, 2, 3, 3, 3] as const;
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** Bytes of a WebAssembly module that runs `code` on a memory of this capacity. It exports each function as `f` and its slot. */
export function moduleOf(code: Code, memory: VmMemory): Uint8Array<ArrayBuffer> {
  const { functions } = code;
  const first = importTypes.length;
  const numbers = new Map(functions.map(({ start }, index) => [start, first + index]));
  const typeSection = new Writer().unsigned(types.length);
  for (const { takes, gives } of types) {
    typeSection
      .byte(functionForm)
      .unsigned(takes.length)
      .byte(...takes)
      .unsigned(gives.length)
      .byte(...gives);
  }
  const exportSection = new Writer().unsigned(functions.length);
  functions.forEach(({ start }, index) => {
    exportSection
      .name(`f${start}`)
      .byte(0)
      .unsigned(first + functions.length + index);
  });
  const functionSection = new Writer().unsigned(2 * functions.length);
  for (const _ of functions) functionSection.unsigned(functionType);
  for (const _ of functions) functionSection.unsigned(entryType);
  const codeSection = new Writer().unsigned(2 * functions.length);
  for (const one of functions) codeSection.sized(new FunctionCompiler(code, one, numbers, memory.capacity).compile());
  for (const number of numbers.values()) codeSection.sized(entryBody(number));
  return new Writer()
    .byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    .section(section.type, typeSection)
    .section(section.import, importSection(memory))
    .section(section.function, functionSection)
    .section(section.export, exportSection)
    .section(section.code, codeSection).bytes;
}

function importSection({ wasm, maximumPages }: VmMemory): Writer {
  const shared = wasm !== undefined && !(wasm.buffer instanceof ArrayBuffer);
  const out = new Writer().unsigned(importTypes.length + 1);
  importTypes.forEach((type, index) => {
    out.name("vm").name(`${index}`).byte(0).unsigned(type);
  });
  return out
    .name("vm")
    .name("memory")
    .byte(2, shared ? 3 : 1)
    .unsigned(0)
    .unsigned(maximumPages);
}

/** Takes r1 to r5 from memory and leaves r0 there. */
function entryBody(callee: number): Writer {
  const out = new Writer().unsigned(0).i32(0).get(0);
  for (let register = 1; register <= 5; register += 1) out.i32(0).access(op.i64Load, registersAt + 8 * register);
  return out.call(callee).access(op.i64Store, registersAt).byte(op.end);
}
