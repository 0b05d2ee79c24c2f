import type { TraceLine } from "@rbgen/runtime";
import { shown } from "../kernel/arguments.ts";
import { ringError } from "../kernel/errno.ts";

/** `node-4711    [001] ...21   123.456789: bpf_trace_printk: text` (kernel/trace/trace_output.c `trace_print_context`). */
const traced =
  /^ *(?<task>.+)-(?<pid>\d+) +(?:\( *(?:\d+|-+)\) +)?\[(?<cpu>\d+)\] +(?:(?<flags>\S+) +)?(?<seconds>\d+)\.(?<fraction>\d{6}): (?<event>\w+): (?<text>.*)$/;
const lost = /^CPU:(?<cpu>\d+) \[LOST (?<count>\d+) EVENTS\]$/;

/**
 * A line of the kernel's trace, without its newline; one that is of no form that is known stays as text.
 * @throws RingBufError EINVAL for what is no text.
 */
export function parseTraceLine(line: string): TraceLine {
  if (typeof line !== "string") throw ringError("EINVAL", `a line is text, not ${shown(line)}`);
  const found = traced.exec(line)?.groups;
  if (found !== undefined) {
    const { task = "", pid, cpu, flags = "", seconds = "", fraction = "", event = "", text = "" } = found;
    const timeNs = BigInt(`${seconds}${fraction}`) * 1000n;
    return { kind: "traced", task, pid: Number(pid), cpu: Number(cpu), flags, timeNs, event, text };
  }
  const missing = lost.exec(line)?.groups;
  if (missing !== undefined) return { kind: "lost", cpu: Number(missing["cpu"]), count: Number(missing["count"]) };
  return { kind: "plain", text: line };
}
