import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import { type Execution, giveInteger } from "../run/execution.ts";
import { highOf, isNull, lowOf, numberOf, readFrom, sizeIn, writeTo } from "./arguments.ts";
import { FormatRefused, formatText } from "./format-text.ts";
import type { HelperDefinition } from "./helper-definition.ts";

/** Arguments that a format may take (`MAX_BPRINTF_VARARGS`). */
const maxArguments = 12;
/** Instructions that a formatted text counts as, beside one for each of its characters. */
const lineWork = 32;
/** Bytes of a line that the kernel's trace has, its NUL apart (`MAX_BPRINTF_BUF`). */
const longestLine = 1023;

/** Helpers that write text. */
export const textHelpers: readonly HelperDefinition[] = [
  { id: 6, name: "bpf_trace_printk", run: tracePrintk },
  { id: 177, name: "bpf_trace_vprintk", run: traceVprintk },
  { id: 165, name: "bpf_snprintf", run: snprintf },
];

/** `bpf_printk` of up to three arguments. */
function tracePrintk(execution: Execution): void {
  const { memory } = execution;
  const size = sizeIn(execution, 2, 1);
  const from = readFrom(memory, 1, size);
  trace(
    execution,
    textIn(memory, from, size),
    [3, 4, 5].map((register) => numberOf(memory, register)),
  );
}

/** `bpf_printk` of more: an array of 64-bit arguments at r3, r4 bytes long. */
function traceVprintk(execution: Execution): void {
  const { memory } = execution;
  const size = sizeIn(execution, 2, 1);
  const from = readFrom(memory, 1, size);
  const args = argumentsAt(execution, 3, 4);
  if (args === undefined) giveInteger(memory, errno.EINVAL);
  else trace(execution, textIn(memory, from, size), args);
}

function trace({ memory, host }: Execution, format: string, args: readonly bigint[]): void {
  try {
    const text = formatText(format, args, memory);
    const bytes = new TextEncoder().encode(text);
    memory.charge(lineWork + bytes.length);
    const line = bytes.length <= longestLine ? text : new TextDecoder().decode(bytes.subarray(0, longestLine));
    host.trace(line.endsWith("\n") ? line.slice(0, -1) : line);
    giveInteger(memory, bytes.length);
  } catch (error) {
    if (!(error instanceof FormatRefused)) throw error;
    giveInteger(memory, errno.EINVAL);
  }
}

/** kernel/bpf/helpers.c `bpf_snprintf`: the length that the text would have with its 0, however much fits. */
function snprintf(execution: Execution): void {
  const { memory } = execution;
  const size = sizeIn(execution, 2);
  const to = isNull(memory, 1) && size === 0 ? 0 : writeTo(memory, 1, size);
  const args = argumentsAt(execution, 4, 5);
  if (args === undefined) {
    giveInteger(memory, errno.EINVAL);
    return;
  }
  const room = memory.extent(lowOf(memory, 3), highOf(memory, 3));
  const from = readFrom(memory, 3, 1);
  try {
    const text = new TextEncoder().encode(formatText(textIn(memory, from, room), args, memory));
    memory.charge(lineWork + text.length);
    if (size > 0) {
      const copied = Math.min(text.length, size - 1);
      memory.bytes.set(text.subarray(0, copied), to);
      memory.bytes[to + copied] = 0;
    }
    giveInteger(memory, text.length + 1);
  } catch (error) {
    if (!(error instanceof FormatRefused)) throw error;
    giveInteger(memory, errno.EINVAL);
  }
}

/** The array of 64-bit arguments that two registers tell of; undefined for a size that the kernel refuses. */
export function argumentsAt(execution: Execution, pointer: number, length: number): readonly bigint[] | undefined {
  const { memory } = execution;
  const size = sizeIn(execution, length);
  if (size % 8 !== 0 || size > 8 * maxArguments || (size !== 0 && isNull(memory, pointer))) return undefined;
  if (size === 0) return [];
  const from = readFrom(memory, pointer, size);
  return Array.from({ length: size / 8 }, (_, index) => memory.view.getBigUint64(from + 8 * index, true));
}

/** Bytes up to the first 0, one character each. */
export function textIn(memory: VmMemory, from: number, size: number): string {
  const { bytes } = memory;
  let text = "";
  for (let at = from; at < from + size && bytes[at] !== 0; at += 1) text += String.fromCharCode(bytes[at] as number);
  memory.charge(text.length);
  return text;
}
