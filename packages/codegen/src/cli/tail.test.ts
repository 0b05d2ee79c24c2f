import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

test("rbgen tail says what to install where nothing reads rings", async () => {
  const host = new MemoryHost();
  expect(await runCommand(["tail", "/sys/fs/bpf/events", "--type", "event"], host)).toBe(1);
  expect(host.err).toBe(
    "rbgen tail: error RB5020: @rbgen/native is not installed: rbgen itself reads no rings\n" +
      "  hint: npm install --save-dev @rbgen/native@1.2.3 @rbgen/runtime@1.2.3\n",
  );
});

test("rbgen tail wants a ring, and counts from 1 on", async () => {
  expect(await runCommand(["tail"], new MemoryHost())).toBe(2);
  expect(await runCommand(["tail", "17", "-n", "0"], new MemoryHost())).toBe(2);
});
