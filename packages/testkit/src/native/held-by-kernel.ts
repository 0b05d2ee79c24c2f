import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";

/** What this process holds of BPF and of its wake-ups: one line for each descriptor and each mapping. */
function held(): string[] {
  if (process.platform !== "linux") return [];
  const descriptors = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`descriptor ${fd}: ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // the descriptor that the folder itself was read by
    }
  });
  const mappings = readFileSync("/proc/self/maps", "utf8").split("\n");
  return [...descriptors, ...mappings.map((line) => `mapping ${line}`)].filter((line) =>
    /anon_inode:(bpf|\[perf_event\]|\[event(poll|fd)\])/.test(line),
  );
}

// Set up for every file of kernel tests, around the hooks of its own: what its tests leave open fails it, whatever they assert.
let before: ReadonlySet<string>;
beforeAll(() => {
  before = new Set(held());
});
afterAll(() => {
  const left = held().filter((line) => !before.has(line));
  if (left.length > 0) throw new Error(`the tests of this file leave open:\n  ${left.join("\n  ")}`);
});
