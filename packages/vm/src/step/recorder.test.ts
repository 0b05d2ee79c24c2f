import { EmulatedKernel, machineClock } from "@rbgen/runtime/emulated";
import { type ProgramMaps, randomProgram, resultBytes } from "@rbgen/testkit/vm/random-program";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCode } from "../check/check-code.ts";
import { Interpreter } from "../engine/interpreter/interpreter.ts";
import { helperFor } from "../helpers/helper-table.ts";
import { decode } from "../instruction/decode.ts";
import { createMap } from "../maps/create-map.ts";
import { stackBytes, stacksAt, writtenDelta } from "../memory/layout.ts";
import { VmMemory } from "../memory/memory.ts";
import { Run } from "../run/run.ts";
import { Recorder } from "./recorder.ts";
import { SteppedRun } from "./stepped-run.ts";

const maps: ProgramMaps = { hash: 1, array: 2, queue: 3, ring: 4 };

/** A program with maps of its own, ready to run. */
function prepared(code: Uint8Array) {
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
  const checked = checkCode({
    instructions: decode(code, { resolve: (_, number) => ({ low: 0, high: made[number - 1]?.region.id ?? 0 }) }),
    helperOf: ({ id }) => helperFor(id, "syscall"),
  });
  memory.registers.fill(0);
  memory.registers[3] = context.id;
  const program = { name: "p", type: "syscall" };
  const contextBytes = () => memory.bytes.slice(context.address, context.address + resultBytes);
  return { memory, checked, options: { memory, host, program, budget: 20_000 }, contextBytes };
}

test("each recorded step has the registers, stack and slot that the interpreter had there", () => {
  let steps = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.boolean(), (seed, withMaps) => {
      const code = withMaps ? randomProgram(seed, maps) : randomProgram(seed);
      const seen: string[] = [];
      const shown = (slot: number, registers: readonly bigint[], stack: Uint8Array, marks: Uint8Array) =>
        `${slot} ${registers.join(" ")} ${Buffer.from(stack.map((byte, at) => (marks[at] === 1 ? byte : 0))).toString("hex")}`;
      {
        const { memory, checked, options } = prepared(code);
        const interpreter = new Interpreter(checked, memory);
        interpreter.observe = (slot, frame, words) => {
          const registers = Array.from(
            { length: 11 },
            (_, at) => (BigInt((words[2 * at + 1] as number) >>> 0) << 32n) | BigInt((words[2 * at] as number) >>> 0),
          );
          const from = stacksAt + frame * stackBytes;
          const stack = memory.bytes.slice(from, from + stackBytes);
          const marks = memory.bytes.slice(from + writtenDelta, from + writtenDelta + stackBytes);
          seen.push(shown(slot, registers, stack, marks));
        };
        new Run(options).start(interpreter);
      }
      const { memory, checked, options, contextBytes } = prepared(code);
      const recorder = new Recorder(memory, 100_000);
      const before = contextBytes();
      recorder.during(() => new Run({ ...options, ...recorder }).start(new Interpreter(checked, memory)));
      const run = new SteppedRun(recorder, { output: undefined, fault: undefined });
      expect(run.length).toBe(seen.length);
      const order = [...seen.keys()];
      // in any order: a state does not depend on the one that was looked at before
      if (seed % 2 === 0) order.reverse();
      for (const index of order) {
        const { instruction, registers, stack, stackMarks } = run.at(index);
        expect(shown(instruction, registers, stack, stackMarks)).toBe(seen[index]);
      }
      // what the steps wrote is all that changed
      for (let index = 0; index < run.length; index += 1) {
        for (const { kind, offset, after } of run.at(index).written) if (kind === "context") before.set(after, offset);
      }
      expect(before).toEqual(contextBytes());
      steps += run.length;
    }),
    { numRuns: 60 },
  );
  expect(steps).toBeGreaterThan(1000);
});
