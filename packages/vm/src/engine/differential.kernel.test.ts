import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel, machineClock } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describeWith } from "@rbgen/testkit/tools";
import { KernelMachine, type MachineState } from "@rbgen/testkit/vm/kernel-machine";
import { type ProgramMaps, randomProgram, resultBytes } from "@rbgen/testkit/vm/random-program";
import { expect, test } from "vitest";
import { checkCode } from "../check/check-code.ts";
import { helperFor } from "../helpers/helper-table.ts";
import { decode } from "../instruction/decode.ts";
import { createMap } from "../maps/create-map.ts";
import type { RingMap } from "../maps/ring-map.ts";
import type { MapDefinition, VmMap } from "../maps/vm-map.ts";
import { VmMemory } from "../memory/memory.ts";
import type { Host } from "../run/host.ts";
import { Run } from "../run/run.ts";
import { type EngineName, engineOf } from "./engine.ts";

/** Programs by seed, from RBGEN_SEED on: 100 000 of each kind with RBGEN_LONG=1. */
const count = process.env["RBGEN_LONG"] === "1" ? 100_000 : 500;
const first = Number(process.env["RBGEN_SEED"]);
/** Programs that work on the same maps, one after the other. */
const batch = 50;

const definitions: Readonly<Record<keyof ProgramMaps, Omit<MapDefinition, "name" | "flags">>> = {
  hash: { type: "hash", keySize: 4, valueSize: 8, maxEntries: 4 },
  array: { type: "array", keySize: 4, valueSize: 8, maxEntries: 4 },
  queue: { type: "queue", keySize: 0, valueSize: 8, maxEntries: 3 },
  ring: { type: "ringbuf", keySize: 0, valueSize: 0, maxEntries: 4096 },
};

/** The same maps in the virtual machine, and an engine. */
class Machine {
  readonly maps: ProgramMaps;
  readonly #memory = new VmMemory({ regions: 256, limit: 1 << 20 });
  readonly #byNumber = new Map<number, VmMap>();
  readonly #reader: RingBufReader<Uint8Array>;
  readonly #host: Host;
  readonly #engine: EngineName;

  constructor(engine: EngineName, maps: ProgramMaps) {
    this.#engine = engine;
    this.maps = maps;
    const kernel = new EmulatedKernel({ endian: "little" });
    this.#host = {
      kernel,
      clock: machineClock,
      cpu: 0,
      cpus: 1,
      current: { pid: 1, tgid: 1, uid: 0, gid: 0, comm: "", cgroupId: 1n, task: [0, 0] },
      random: () => 0,
      trace: () => {},
      failing: () => 0,
    };
    const ground = { memory: this.#memory, kernel, cpus: 1 };
    for (const name of ["hash", "array", "queue", "ring"] as const) {
      this.#byNumber.set(maps[name], createMap(ground, { name, flags: 0, ...definitions[name] }));
    }
    const ring = this.#byNumber.get(maps.ring) as RingMap;
    this.#reader = new RingBufReader(ring.ring as never, anyBytes);
  }

  run(bytes: Uint8Array, context: Uint8Array): number {
    const memory = this.#memory;
    const code = checkCode({
      instructions: decode(bytes, {
        resolve: (_source, number) => ({ low: 0, high: this.#byNumber.get(number)?.region.id ?? 0 }),
      }),
      helperOf: ({ id }) => helperFor(id, "syscall"),
    });
    const region = memory.allocate(context.byteLength, { kind: "context", name: "context" });
    memory.bytes.set(context, region.address);
    memory.registers.fill(0);
    memory.registers[3] = region.id;
    const program = { name: "random", type: "syscall" };
    const run = new Run({ memory, host: this.#host, program, budget: 1_000_000 });
    run.start(engineOf(this.#engine, code, memory));
    const result = memory.registers[0] as number;
    context.set(memory.bytes.subarray(region.address, region.address + region.size));
    expect(run.rings.finish(true)).toBeUndefined();
    memory.release(region);
    memory.settle();
    return result;
  }

  state(): MachineState {
    const records: string[] = [];
    this.#reader.consume((sample) => {
      records.push(Buffer.from(sample).toString("hex"));
    });
    return { hash: this.#elements("hash"), array: this.#elements("array"), records };
  }

  close(): void {
    this.#reader.close();
  }

  #elements(name: "hash" | "array"): readonly (string | undefined)[] {
    const map = this.#byNumber.get(this.maps[name]) as VmMap;
    const memory = this.#memory;
    const key = memory.allocate(4, { kind: "memory", name: "key" });
    const values = Array.from({ length: 8 }, (_, index) => {
      memory.view.setUint32(key.address, index, true);
      const region = memory.regionOf(map.lookup(key.address, 0));
      return region && Buffer.from(memory.bytes.slice(region.address, region.address + 8)).toString("hex");
    });
    memory.release(key);
    memory.settle();
    return values;
  }
}

type AnyMachine = KernelMachine | Machine;

/** Return value, context and maps after a program on a machine. */
function after(machine: AnyMachine, code: Uint8Array): unknown {
  const context = new Uint8Array(resultBytes);
  const returned = machine.run(code, context);
  return { returned, context: Buffer.from(context).toString("hex"), ...machine.state() };
}

describeWith(["kernel"], `random programs in the real kernel and on both engines (RBGEN_SEED=${first})`, () => {
  test(`${count} programs of arithmetic, jumps, stack and atomics give the same`, () => {
    const kernel = new KernelMachine();
    const machines = (["interpreter", "wasm"] as const).map((engine) => new Machine(engine, kernel.maps));
    for (let seed = first; seed < first + count; seed += 1) {
      const code = randomProgram(seed);
      const expected = after(kernel, code);
      for (const machine of machines) expect(after(machine, code), `seed ${seed}`).toEqual(expected);
    }
    for (const machine of [kernel, ...machines]) machine.close();
  });

  test(`${count} programs with maps and a ring give the same, and leave the same in them`, () => {
    let records = 0;
    for (let from = first; from < first + count; from += batch) {
      const kernel = new KernelMachine();
      const machines = (["interpreter", "wasm"] as const).map((engine) => new Machine(engine, kernel.maps));
      for (let seed = from; seed < from + batch; seed += 1) {
        const code = randomProgram(seed, kernel.maps);
        const expected = after(kernel, code) as MachineState;
        records += expected.records.length;
        for (const machine of machines) expect(after(machine, code), `seed ${seed} of ${from}`).toEqual(expected);
      }
      for (const machine of [kernel, ...machines]) machine.close();
    }
    expect(records).toBeGreaterThan(count / 4);
  });
});
