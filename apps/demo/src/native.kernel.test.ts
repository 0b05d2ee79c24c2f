import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RingBufReader } from "@rbgen/runtime";
import { describeWith } from "@rbgen/testkit";
import { expect, test, vi } from "vitest";
import { linkNative } from "./backends/native-link.ts";
import { type Events, events } from "./types.gen.ts";

// The path in `object.ts` is that of the built demo.
vi.mock("./backends/object.ts", () => ({
  machineObjectPath: fileURLToPath(new URL("../bpf/machine.bpf.o", import.meta.url)),
  tickMs: 2,
}));

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const title = "the built demo on the kernel";

describeWith(["kernel", "libbpf"], existsSync(main) ? title : `${title} [needs a build (npm test)]`, () => {
  test("reads what its BPF program records, and has every command obeyed", () => {
    const done = spawnSync(process.execPath, [main, "--backend", "native", "--headless", "--seconds", "2", "--json"], {
      encoding: "utf8",
      timeout: 600_000,
    });
    expect(done).toMatchObject({ status: 0, stderr: "" });
    const line = JSON.parse(done.stdout);
    expect(line).toMatchObject({ backend: "native", commandsSent: 5, commandsApplied: 5 });
    expect(line.received).toBeGreaterThan(0);
  });

  test("records what its own shell does, and nothing that others do", async () => {
    // Somebody else: a shell whose parent has ended, so that no ancestor of it is this process.
    const name = `/tmp/rbgen-nobody-${process.pid}`;
    const loop = `while :; do cat ${name} 2>/dev/null; sleep 0.02; done`;
    const started = spawnSync("sh", ["-c", `(${loop}) >/dev/null 2>&1 & echo $!`], { encoding: "utf8" });
    const other = Number(started.stdout);
    expect(other).toBeGreaterThan(0);
    const link = await linkNative({ rate: 100_000, all: false });
    const seen: Events[] = [];
    try {
      const reader = new RingBufReader(link.events, events);
      const kinds = new Set<string>();
      for await (const event of reader) {
        seen.push(event);
        if (event.kind === "open_event" && event.path === "/no/such/file") kinds.add("missing file");
        if (event.kind === "exec_event" && event.header.comm === "uname") kinds.add("program");
        if (event.kind === "connect_event") kinds.add("connection");
        if (event.kind === "exit_event" && event.header.comm === "cat" && event.status === 1) kinds.add("exit");
        // Long enough for the other to have been at it.
        if (kinds.size === 4 && seen.length > 2000) break;
      }
      reader.close();
    } finally {
      await link.close();
      process.kill(other, "SIGKILL");
    }
    for (const event of seen) {
      if (event.kind === "exit_event") expect(event.ranNs).toBeGreaterThan(0n);
      if (event.kind === "open_event") {
        expect(event.path).not.toBe(name);
        if (event.path === "/no/such/file") expect(event.result).toBe(-2);
      }
      if (event.kind === "connect_event") {
        expect([event.saddr.join("."), event.daddr.join(".")]).toEqual(["127.0.0.1", "127.0.0.1"]);
      }
    }
  });
});
