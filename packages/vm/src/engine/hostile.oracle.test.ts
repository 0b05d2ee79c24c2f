import { EmulatedKernel, machineClock, SeededRandom } from "@rbgen/runtime/emulated";
import { randomProgram } from "@rbgen/testkit/vm/random-program";
import { expect, test } from "vitest";
import { checkCode } from "../check/check-code.ts";
import { decode } from "../instruction/decode.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { VmMemory } from "../memory/memory.ts";
import type { Host } from "../run/host.ts";
import { ProgramFault } from "../run/program-fault.ts";
import { Run } from "../run/run.ts";
import { type EngineName, engineOf } from "./engine.ts";

const bytes = 512;
const host: Host = {
  kernel: new EmulatedKernel(),
  clock: machineClock,
  cpu: 0,
  cpus: 1,
  current: { pid: 0, tgid: 0, uid: 0, gid: 0, comm: "", cgroupId: 0n, task: [0, 0] },
  random: () => 0,
  trace: () => {},
  failing: () => 0,
};
const budget = 20_000;

/** Memory that a program gets, between two that it must not see. */
class Fenced {
  readonly memory: VmMemory = new VmMemory({ regions: 64, limit: 65536 });
  readonly #before = this.#fence("before");
  readonly #given = this.memory.allocate(bytes, { kind: "memory", name: "memory" });
  readonly #behind = this.#fence("behind");

  /** What a program does with the memory while all around it holds `canary`; undefined for one that is refused. */
  outcome(code: Uint8Array, engine: EngineName, canary: number): string | undefined {
    const { memory } = this;
    for (const { address } of [this.#before, this.#behind]) memory.bytes.fill(canary, address, address + bytes);
    memory.bytes.fill(0, this.#given.address, this.#given.address + bytes);
    try {
      const checked = checkCode({ instructions: decode(code, { bare: true }), helperOf: () => "there are no helpers" });
      const run = new Run({
        memory,
        host,
        program: { name: "program", type: "unspec" },
        budget,
      });
      memory.registers.fill(0);
      memory.registers.set([0, this.#given.id, bytes, 0], 2);
      run.start(engineOf(engine, checked, memory));
      return `${memory.registers[0]} ${memory.registers[1]} ${this.#seen()}`;
    } catch (error) {
      if (error instanceof InstructionError) return undefined;
      if (error instanceof ProgramFault) return `${error.message} ${this.#seen()}`;
      throw error;
    }
  }

  /** What lies around the program's memory is what it was. */
  expectUntouched(canary: number): void {
    for (const { address, name } of [this.#before, this.#behind]) {
      const untouched = this.memory.bytes.subarray(address, address + bytes).every((byte) => byte === canary);
      if (!untouched) throw new Error(`a program wrote ${name} its memory`);
    }
  }

  #seen(): string {
    const { address } = this.#given;
    return Buffer.from(this.memory.bytes.subarray(address, address + bytes)).toString("base64");
  }

  #fence(name: string) {
    return this.memory.allocate(bytes, { kind: "memory", name, access: "none" });
  }
}

/** A program with a few bytes changed, by its seed. */
function mutated(seed: number, bases: readonly Uint8Array[]): Uint8Array {
  const random = new SeededRandom(seed);
  const code = (bases[seed % bases.length] as Uint8Array).slice();
  const below = (limit: number) => Math.floor(random.next() * limit);
  for (let change = 1 + below(3); change > 0; change -= 1) {
    const slot = 8 * below(code.length / 8);
    // mostly offsets, registers and immediates: those are what reaches beyond a region
    code[slot + (below(4) === 0 ? 0 : 1 + below(7))] = below(256);
  }
  return code;
}

const bases = Array.from({ length: 40 }, (_, index) => randomProgram(1000 + index));

test.each([
  ["interpreter", 90_000],
  ["wasm", 10_000],
] as const)("no program with changed bytes crashes, hangs, or sees memory beyond its own, by %s", (engine, count) => {
  const fenced = new Fenced();
  let ran = 0;
  for (let seed = 1; seed <= count; seed += 1) {
    const code = mutated(seed, bases);
    const first = fenced.outcome(code, engine, 0x00);
    fenced.expectUntouched(0x00);
    if (first === undefined) continue;
    ran += 1;
    // what lies around differs: a program that saw any of it would do something else
    if (fenced.outcome(code, engine, 0xa5) !== first) throw new Error(`seed ${seed} read beyond its memory`);
    fenced.expectUntouched(0xa5);
  }
  expect(ran).toBeGreaterThan(count / 20);
});
