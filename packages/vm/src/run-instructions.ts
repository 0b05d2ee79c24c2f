import { RingBufError } from "@rbgen/runtime";
import { EmulatedKernel, machineClock } from "@rbgen/runtime/emulated";
import { checkCode } from "./check/check-code.ts";
import { type EngineName, engineOf } from "./engine/engine.ts";
import { decode } from "./instruction/decode.ts";
import { InstructionError } from "./instruction/instruction-error.ts";
import { checkOptions } from "./invalid.ts";
import { registersAt } from "./memory/layout.ts";
import { VmMemory } from "./memory/memory.ts";
import type { Code } from "./run/code.ts";
import type { Execution, Helper } from "./run/execution.ts";
import type { Host } from "./run/host.ts";
import { Run } from "./run/run.ts";

/** How bare instructions are run. */
export interface InstructionOptions {
  /** r1 points to it and r2 is its length; both are 0 without. What the program writes is in it afterwards. */
  readonly memory?: Uint8Array;
  /** Functions that the program calls as helpers, by number: of r1 to r5, as unsigned 64-bit numbers. None unless told. */
  readonly helpers?: Readonly<Record<number, (...args: [bigint, bigint, bigint, bigint, bigint]) => bigint>>;
  /** WebAssembly where the platform has it, unless told. */
  readonly engine?: EngineName;
  /** Instructions that the run may take; 100 million unless told. */
  readonly instructionBudget?: number;
}

/**
 * Runs bare BPF instructions, little-endian, without maps: r0 at the end, as an unsigned 64-bit number. They mean what
 * RFC 9669 says, also where the kernel would refuse them: a shift beyond the width, a division by a constant 0.
 * @throws RingBufError EINVAL for instructions that the kernel refuses; ProgramFault for what went wrong in the run.
 */
export function runInstructions(code: Uint8Array, options: InstructionOptions = {}): bigint {
  const {
    memory: given,
    helpers = {},
    engine = "wasm",
    instructionBudget = 100_000_000,
  } = checkOptions(options, "how instructions are run", {
    memory: true,
    helpers: true,
    engine: true,
    instructionBudget: true,
  });
  const memory = new VmMemory({ regions: 64, limit: (given?.byteLength ?? 0) + 65536 });
  const checked = checkedCode(code, helpers);
  const region = given && memory.allocate(given.byteLength, { kind: "memory", name: "memory" });
  memory.registers.fill(0);
  if (region !== undefined && given !== undefined) {
    memory.bytes.set(given, region.address);
    memory.registers.set([0, region.id, given.byteLength, 0], 2);
  }
  const run = new Run({
    memory,
    host: bareHost(),
    program: { name: "program", type: "unspec" },
    budget: instructionBudget,
  });
  run.start(engineOf(engine, checked, memory));
  if (region !== undefined && given !== undefined) {
    given.set(memory.bytes.subarray(region.address, region.address + region.size));
  }
  return memory.view.getBigUint64(registersAt, true);
}

/** Bare instructions have no kernel around them that they could ask. */
function bareHost(): Host {
  return {
    kernel: new EmulatedKernel(),
    clock: machineClock,
    cpu: 0,
    cpus: 1,
    current: { pid: 0, tgid: 0, uid: 0, gid: 0, comm: "", cgroupId: 0n, task: [0, 0] },
    random: () => 0,
    trace: () => {},
    failing: () => 0,
  };
}

function checkedCode(code: Uint8Array, helpers: NonNullable<InstructionOptions["helpers"]>): Code {
  const byNumber = new Map(Object.entries(helpers).map(([id, call]) => [Number(id), helperOf(call)]));
  try {
    return checkCode({
      instructions: decode(code, { bare: true }),
      helperOf: ({ kind, id }) =>
        byNumber.get(id) ?? `unknown ${kind === "helper" ? "func" : "kernel function"} #${id}`,
      helpersByNumber: byNumber,
    });
  } catch (error) {
    if (!(error instanceof InstructionError)) throw error;
    throw new RingBufError(error.message, { code: "EINVAL", syscall: "BPF_PROG_LOAD", cause: error });
  }
}

function helperOf(call: (...args: [bigint, bigint, bigint, bigint, bigint]) => bigint): Helper {
  return ({ memory }: Execution) => {
    const argument = (index: number): bigint => memory.view.getBigUint64(registersAt + 8 * index, true);
    const result = call(argument(1), argument(2), argument(3), argument(4), argument(5));
    memory.view.setBigUint64(registersAt, BigInt.asUintN(64, result), true);
  };
}
