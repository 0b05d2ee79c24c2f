import type { TracedLine } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { TraceBuffer } from "./trace-buffer.ts";

function lineOf(text: string): TracedLine {
  return { kind: "traced", task: "sh", pid: 7, cpu: 0, flags: ".....", timeNs: 5n, event: "bpf_trace_printk", text };
}

function textsOf(lines: readonly TracedLine[]): readonly string[] {
  return lines.map(({ text }) => text);
}

test("lines that nobody takes are kept up to the size of the kernel's buffer, the last ones, and the others are counted", () => {
  const buffer = new TraceBuffer();
  const added = 100_000;
  for (let line = 0; line < added; line += 1) buffer.add(lineOf(`line ${line}`));
  const kept = textsOf(buffer.take());
  expect(kept.length + buffer.lost).toBe(added);
  expect(kept.at(0)).toBe(`line ${buffer.lost}`);
  expect(kept.at(-1)).toBe(`line ${added - 1}`);
  const bytes = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + 32 + line.length, 0);
  expect(bytes(kept)).toBeLessThanOrEqual(1408 * 1024);
  expect(bytes(kept) + 32 + `line ${buffer.lost - 1}`.length).toBeGreaterThan(1408 * 1024);
});

test("lines that are taken in time are all there, each once, and none is lost", () => {
  const buffer = new TraceBuffer();
  for (let round = 0; round < 200; round += 1) {
    const lines = Array.from({ length: 1000 }, (_, line) => `${round}: ${line}`);
    for (const line of lines) buffer.add(lineOf(line));
    expect(textsOf(buffer.take())).toEqual(lines);
  }
  expect(buffer.take()).toEqual([]);
  expect(buffer.lost).toBe(0);
});
