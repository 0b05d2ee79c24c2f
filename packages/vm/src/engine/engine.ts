import type { VmMemory } from "../memory/memory.ts";
import type { Code } from "../run/code.ts";
import type { Engine } from "../run/run.ts";
import { Interpreter } from "./interpreter/interpreter.ts";
import { CompiledProgram } from "./wasm/compiled.ts";

/** Which engine runs a program: compiled to WebAssembly, or instruction by instruction. They do the same. */
export type EngineName = "wasm" | "interpreter";

/** Header of a module without content. */
const emptyModule = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
/** Instructions from which on a function could pass what engines take as one (7 654 321 bytes). */
const mostSlots = 40_000;

let compiles: boolean | undefined;

/** Whether WebAssembly may be compiled: a page's content security policy, or an engine without it, may forbid it. */
function mayCompile(): boolean {
  if (compiles === undefined) {
    try {
      compiles = typeof WebAssembly === "object" && new WebAssembly.Module(emptyModule) !== undefined;
    } catch {
      compiles = false;
    }
  }
  return compiles;
}

/** A program on the engine of this name, or on the interpreter where it cannot be compiled. */
export function engineOf(name: EngineName, code: Code, memory: VmMemory): Engine {
  const compiled = name === "wasm" && memory.wasm !== undefined && mayCompile();
  const small = code.functions.every(({ start, end }) => end - start <= mostSlots);
  return compiled && small ? new CompiledProgram(code, memory) : new Interpreter(code, memory);
}
