import { errno } from "../errno.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import { SeqOutput } from "../run/seq-output.ts";
import { highOf, lowOf, readFrom, sizeIn } from "./arguments.ts";
import { FormatRefused, formatText } from "./format-text.ts";
import type { HelperDefinition } from "./helper-definition.ts";
import { argumentsAt, textIn } from "./text.ts";

/** Sections of tracing programs that are no iterators. */
const others = ["tp_btf", "fentry.s", "fentry", "fexit.s", "fexit", "fmod_ret.s", "fmod_ret"];
const iterators = { types: ["tracing"], notIn: others } as const;

/** Helpers by which iterators write. */
export const seqFileHelpers: readonly HelperDefinition[] = [
  { id: 126, name: "bpf_seq_printf", ...iterators, run: seqPrintf },
  { id: 127, name: "bpf_seq_write", ...iterators, run: seqWrite },
];

/** What r1 writes to: a `struct seq_file` that a test declared, of which a run has the output. */
function outputOf(execution: Execution): SeqOutput {
  const { memory, host } = execution;
  const region = memory.regionOf(highOf(memory, 1));
  if (region?.kind !== "kernel memory" || region.name !== "struct seq_file" || lowOf(memory, 1) !== 0) {
    execution.fault('R1 is no struct seq_file: give the program one by world.alloc("seq_file"), in its bpf_iter_meta');
  }
  execution.written ??= new SeqOutput(host.kernel.pageSize);
  return execution.written;
}

/** kernel/trace/bpf_trace.c `bpf_seq_write`: 0, or −EOVERFLOW. */
function seqWrite(execution: Execution): void {
  const { memory } = execution;
  const output = outputOf(execution);
  const size = sizeIn(execution, 3);
  const from = readFrom(memory, 2, size);
  memory.charge(size);
  giveInteger(memory, output.write(memory.bytes.subarray(from, from + size)) ? 0 : errno.EOVERFLOW);
}

/** kernel/trace/bpf_trace.c `bpf_seq_printf`: 0, −EINVAL, or −EOVERFLOW. */
function seqPrintf(execution: Execution): void {
  const { memory } = execution;
  const output = outputOf(execution);
  const size = sizeIn(execution, 3, 1);
  const from = readFrom(memory, 2, size);
  const args = argumentsAt(execution, 4, 5);
  try {
    if (args === undefined || !memory.bytes.subarray(from, from + size).includes(0)) throw new FormatRefused();
    const text = new TextEncoder().encode(formatText(textIn(memory, from, size), args, memory));
    memory.charge(text.length);
    giveInteger(memory, output.write(text) ? 0 : errno.EOVERFLOW);
  } catch (error) {
    if (!(error instanceof FormatRefused)) throw error;
    giveInteger(memory, errno.EINVAL);
  }
}
