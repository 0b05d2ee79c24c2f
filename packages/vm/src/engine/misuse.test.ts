import { EmulatedKernel, machineClock } from "@rbgen/runtime/emulated";
import { type ProgramMaps, randomProgram, resultBytes } from "@rbgen/testkit/vm/random-program";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCode } from "../check/check-code.ts";
import { helperFor } from "../helpers/helper-table.ts";
import { decode } from "../instruction/decode.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { createMap } from "../maps/create-map.ts";
import { VmMemory } from "../memory/memory.ts";
import { ProgramFault } from "../run/program-fault.ts";
import { Run } from "../run/run.ts";
import { type EngineName, engineOf } from "./engine.ts";

const maps: ProgramMaps = { hash: 1, array: 2, queue: 3, ring: 4 };

/** What running code on an engine with maps of its own comes to: how it ended, by class and every word, and its context. */
function outcome(code: Uint8Array, name: EngineName): unknown {
  const memory = new VmMemory({ regions: 256, limit: 1 << 20 });
  const kernel = new EmulatedKernel({ endian: "little" });
  const ground = { memory, kernel, cpus: 1 };
  const element = { keySize: 4, valueSize: 8, maxEntries: 4, flags: 0 };
  const made = [
    createMap(ground, { name: "hash", type: "hash", ...element }),
    createMap(ground, { name: "array", type: "array", ...element }),
    createMap(ground, { name: "queue", type: "queue", ...element, keySize: 0 }),
    createMap(ground, { name: "ring", type: "ringbuf", keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 }),
  ];
  const current = { pid: 1, tgid: 1, uid: 0, gid: 0, comm: "", cgroupId: 1n, task: [0, 0] } as const;
  const host = {
    kernel,
    clock: machineClock,
    cpu: 0,
    cpus: 1,
    current,
    random: () => 0,
    trace: () => {},
    failing: () => 0,
  };
  const context = memory.allocate(resultBytes, { kind: "context", name: "context" });
  const seen = () => Buffer.from(memory.bytes.slice(context.address, context.address + resultBytes)).toString("hex");
  try {
    const checked = checkCode({
      instructions: decode(code, { resolve: (_, number) => ({ low: 0, high: made[number - 1]?.region.id ?? 0 }) }),
      helperOf: ({ id }) => helperFor(id, "syscall"),
    });
    memory.registers.fill(0);
    memory.registers[3] = context.id;
    const run = new Run({ memory, host, program: { name: "p", type: "syscall" }, budget: 20_000 });
    try {
      run.start(engineOf(name, checked, memory));
    } catch (error) {
      run.finish(false);
      throw error;
    }
    const result = [memory.registers[0], memory.registers[1]];
    const leak = run.finish(true);
    return { result, context: seen(), leak: leak && [leak.constructor.name, leak.message] };
  } catch (error) {
    if (error instanceof InstructionError) return "refused";
    const fault = error as ProgramFault;
    return { error: fault.constructor.name, message: fault.message, errno: fault.code, context: seen() };
  }
}

/** Helpers of maps and rings, and one that there is not. */
const helpers = [1, 2, 3, 6, 87, 88, 89, 130, 131, 132, 133, 134, 181, 198, 199, 201, 9999] as const;

type Change =
  | { readonly kind: "byte"; readonly at: number; readonly value: number }
  | { readonly kind: "helper"; readonly at: number; readonly id: number }
  | { readonly kind: "argument"; readonly at: number; readonly register: number; readonly value: number };

/** A byte of any instruction, the helper that a call calls, or what is in a register just before a call. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("byte" as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("helper" as const), at: fc.nat(), id: fc.constantFrom(...helpers) }),
  fc.record({
    kind: fc.constant("argument" as const),
    at: fc.nat(),
    register: fc.integer({ min: 1, max: 5 }),
    value: fc.constantFrom(-1, 0, 1, 8, 4096),
  }),
);

function changed(code: Uint8Array, changes: readonly Change[]): Uint8Array {
  const view = new DataView(code.buffer);
  const calls = Array.from({ length: code.length / 8 }, (_, slot) => slot).filter((slot) => code[8 * slot] === 0x85);
  for (const one of changes) {
    const call = calls[one.at % calls.length];
    if (one.kind === "byte") code[one.at % code.length] = one.value;
    else if (call === undefined) continue;
    else if (one.kind === "helper") view.setInt32(8 * call + 4, one.id, true);
    else {
      code.set([0xb7, one.register, 0, 0], 8 * (call - 1));
      view.setInt32(8 * (call - 1) + 4, one.value, true);
    }
  }
  return code;
}

test("a misuse of helpers, maps and rings ends in the same error, by class and word, on both engines", () => {
  let faults = 0;
  const program = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(program, fc.array(change, { minLength: 1, maxLength: 4 }), (seed, changes) => {
      const code = changed(randomProgram(seed, maps), changes);
      const expected = outcome(code, "interpreter");
      if (typeof expected === "object" && expected !== null && "error" in expected) {
        faults += 1;
        expect(expected.error).toBe(ProgramFault.name);
      }
      expect(outcome(code, "wasm")).toEqual(expected);
    }),
    { numRuns: 200 },
  );
  expect(faults).toBeGreaterThan(20);
});

/** r6 = reserve(ring, 8, 0), or an exit; then the instructions given; r0 = 0; exit. */
function withSample(...then: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    [
      [0x18, 0x11, 0, 0, 4, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [0xb7, 2, 0, 0, 8, 0, 0, 0],
      [0xb7, 3, 0, 0, 0, 0, 0, 0],
      [0x85, 0, 0, 0, 131, 0, 0, 0],
      [0x55, 0, 1, 0, 0, 0, 0, 0],
      [0x95, 0, 0, 0, 0, 0, 0, 0],
      [0xbf, 0x06, 0, 0, 0, 0, 0, 0],
      ...then,
      [0xb7, 0, 0, 0, 0, 0, 0, 0],
      [0x95, 0, 0, 0, 0, 0, 0, 0],
    ].flat(),
  );
}

const submit = [
  [0xbf, 0x61, 0, 0, 0, 0, 0, 0],
  [0xb7, 2, 0, 0, 0, 0, 0, 0],
  [0x85, 0, 0, 0, 132, 0, 0, 0],
] as const;

test.each([
  ["submitted twice", withSample(...submit, ...submit), "ProgramFault"],
  ["written after its submit", withSample(...submit, [0x7a, 0x06, 0, 0, 1, 0, 0, 0]), "ProgramFault"],
])("a sample that is %s is a ProgramFault on both engines", (_, code, error) => {
  const expected = outcome(code, "interpreter");
  expect(expected).toMatchObject({ error });
  expect(outcome(code, "wasm")).toEqual(expected);
});
