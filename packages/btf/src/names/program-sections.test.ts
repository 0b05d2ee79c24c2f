import { expect, test } from "vitest";
import { meantSection, programSections } from "./program-sections.ts";

test.each([
  ["kprob/do_unlinkat", 'did you mean "kprobe"'],
  ["?tracepont/sched/sched_process_exec", 'did you mean "tracepoint"'],
  ["cgroup/connct4", 'did you mean "cgroup/connect4"'],
])("SEC(%j) is answered: %s", (section, meant) => {
  expect(meantSection(section)).toContain(meant);
});

test("a section that is like none is answered with nothing", () => {
  expect(meantSection("wholly_of_its_own/x")).toBeUndefined();
  expect(new Set(programSections).size).toBe(programSections.length);
});
