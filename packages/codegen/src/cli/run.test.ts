import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const elf = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...new Array(60).fill(0)]);

test("an object runs only where the virtual machine is installed (RB5020)", async () => {
  const host = new MemoryHost({ files: { "/w/probe.bpf.o": elf } });
  expect(await runCommand(["run", "probe.bpf.o", "--program", "on_exec"], host)).toBe(1);
  expect(host.err).toContain("error RB5020: @rbgen/vm is not installed");
  expect(host.err).toContain("npm install --save-dev @rbgen/vm@1.2.3 @rbgen/runtime@1.2.3");
});

test("what is no object is refused with the compiler's command (RB5019)", async () => {
  const host = new MemoryHost({ files: { "/w/probe.bpf.c": "int x;\n" } });
  expect(await runCommand(["run", "probe.bpf.c", "--program", "on_exec", "--json"], host)).toBe(1);
  expect(JSON.parse(host.out)).toMatchObject({
    schema: 1,
    runs: [],
    diagnostics: [{ code: "RB5019", hint: "clang -O2 -g -target bpf -c probe.bpf.c -o probe.bpf.o" }],
  });
});
