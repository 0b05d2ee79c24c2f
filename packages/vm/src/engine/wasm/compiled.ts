import { AccessFault } from "../../memory/access-fault.ts";
import { memberAt } from "../../memory/layout.ts";
import type { VmMemory } from "../../memory/memory.ts";
import type { Region } from "../../memory/region.ts";
import type { Code } from "../../run/code.ts";
import type { Helper } from "../../run/execution.ts";
import { type Engine, type Run, tooDeep } from "../../run/run.ts";
import { atomicContext, noHelper, notSet } from "../faults.ts";
import { faultKind } from "./frame.ts";
import { moduleOf } from "./module.ts";

type Entry = (frame: number) => void;

/** A program compiled to WebAssembly, over the memory that it was compiled for. */
export class CompiledProgram implements Engine {
  readonly code: Code;
  readonly #memory: VmMemory;
  readonly #entries: readonly (Entry | undefined)[];
  /** By slot. */
  readonly #helpers: (Helper | undefined)[] = [];
  #run: Run | undefined;
  #refused: { readonly reason: string; readonly region: Region | undefined } | undefined;

  /** @throws CompileError where the platform does not let WebAssembly be compiled. */
  constructor(code: Code, memory: VmMemory) {
    this.code = code;
    this.#memory = memory;
    for (const [slot, helper] of code.helpers) this.#helpers[slot] = helper;
    const module = new WebAssembly.Module(moduleOf(code, memory));
    const { exports } = new WebAssembly.Instance(module, {
      vm: {
        0: (slot: number, frame: number, kind: number) => this.#fault(slot, frame, kind),
        1: (slot: number, frame: number) => this.#helper(slot, frame),
        2: (slot: number, frame: number) => this.#tailCall(slot, frame),
        3: (slot: number, frame: number, id: number) => this.#callRegister(slot, frame, id),
        4: (offset: number, region: number, size: number) => this.#readMember(offset, region, size),
        5: (offset: number, region: number, size: number) => this.#writeMember(offset, region, size),
        memory: memory.wasm as WebAssembly.Memory,
      },
    });
    const entries: (Entry | undefined)[] = [];
    for (const { start } of code.functions) entries[start] = exports[`f${start}`] as Entry;
    this.#entries = entries;
  }

  enter(run: Run, start: number, frame: number): void {
    const before = this.#run;
    this.#run = run;
    try {
      (this.#entries[start] as Entry)(frame);
    } finally {
      this.#run = before;
    }
  }

  #helper(slot: number, frame: number): void {
    const run = this.#run as Run;
    run.at(frame, slot);
    try {
      (this.#helpers[slot] as Helper)(run);
      run.expectLeft();
    } catch (error) {
      throw run.faultAt(error, frame, slot);
    }
  }

  #tailCall(slot: number, frame: number): number {
    const run = this.#run as Run;
    this.#helper(slot, frame);
    const taken = run.tailCalled;
    run.tailCalled = false;
    return taken ? 1 : 0;
  }

  #callRegister(slot: number, frame: number, id: number): number {
    const helper = this.code.helpersByNumber.get(id);
    if (helper === undefined) return 1;
    this.#helpers[slot] = helper;
    this.#helper(slot, frame);
    return 0;
  }

  #readMember(offset: number, region: number, size: number): number {
    const memory = this.#memory;
    const found = memory.regionOf(region);
    const into = memory.words.subarray(memberAt >> 2, (memberAt >> 2) + 2);
    const reason = found?.members?.read(offset >>> 0, size, into);
    if (reason === undefined) return 0;
    this.#refused = { reason, region: found };
    return 1;
  }

  #writeMember(offset: number, region: number, size: number): number {
    const { words } = this.#memory;
    const found = this.#memory.regionOf(region);
    const [low, high] = [words[memberAt >> 2] as number, words[(memberAt >> 2) + 1] as number];
    const reason = found?.members?.write(offset >>> 0, size, low, high);
    if (reason === undefined) return 0;
    this.#refused = { reason, region: found };
    return 1;
  }

  #fault(slot: number, frame: number, kind: number): never {
    const run = this.#run as Run;
    throw run.faultAt(this.#explain(run, kind), frame, slot);
  }

  #explain(run: Run, kind: number): AccessFault {
    const memory = this.#memory;
    const low = memory.words[memberAt >> 2] as number;
    const high = memory.words[(memberAt >> 2) + 1] as number;
    switch (kind) {
      case faultKind.exhausted:
        return new AccessFault(run.exhausted());
      case faultKind.tooDeep:
        return new AccessFault(tooDeep);
      case faultKind.member:
        return new AccessFault(this.#refused?.reason ?? "", this.#refused?.region);
      case faultKind.atomicMember:
        return new AccessFault(atomicContext, memory.regionOf(high));
      case faultKind.unknownHelper:
        return new AccessFault(noHelper);
      default:
        if (kind >= faultKind.notSet) return new AccessFault(notSet(kind - faultKind.notSet));
        return memory.explain(low, high, kind & 15, (kind & faultKind.write) !== 0);
    }
  }
}
