import { expect, test } from "vitest";
import { parseTraceLine } from "./trace-line.ts";

const line = { kind: "traced", task: "node", pid: 4711, cpu: 1, flags: "...21", event: "bpf_trace_printk" };

test.each([
  [
    "            node-4711    [001] ...21  1234.567890: bpf_trace_printk: hello world",
    { ...line, timeNs: 1_234_567_890_000n, text: "hello world" },
  ],
  [
    "          <idle>-0       [012] d.h1.     0.000001: bpf_trace_printk: ",
    { ...line, task: "<idle>", pid: 0, cpu: 12, flags: "d.h1.", timeNs: 1000n, text: "" },
  ],
  [
    "     my-task 1-2-33      [000] ..... 99999.100000: bpf_trace_printk: a [001] b: c: d",
    {
      ...line,
      task: "my-task 1-2",
      pid: 33,
      cpu: 0,
      flags: ".....",
      timeNs: 99_999_100_000_000n,
      text: "a [001] b: c: d",
    },
  ],
  [
    "            node-4711    (   4700) [001] ...21  1.000002: sched_switch: prev_comm=a",
    { ...line, timeNs: 1_000_002_000n, event: "sched_switch", text: "prev_comm=a" },
  ],
  [
    "            node-4711    [001]     1.000002: bpf_trace_printk: x",
    { ...line, flags: "", timeNs: 1_000_002_000n, text: "x" },
  ],
  ["CPU:3 [LOST 123 EVENTS]", { kind: "lost", cpu: 3, count: 123 }],
  ["the second line of a text", { kind: "plain", text: "the second line of a text" }],
  ["", { kind: "plain", text: "" }],
])("%j", (text, parsed) => {
  expect(parseTraceLine(text)).toEqual(parsed);
});
