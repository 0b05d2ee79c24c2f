import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";

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

  test("counts what finds the ring full where the kernel side is faster than its reader", () => {
    const done = spawnSync(
      process.execPath,
      [main, "--backend", "native", "--headless", "--seconds", "2", "--json", "--rate", "5000000"],
      { encoding: "utf8", timeout: 600_000 },
    );
    expect(done).toMatchObject({ status: 0, stderr: "" });
    const line = JSON.parse(done.stdout);
    expect(line.received).toBeGreaterThan(0);
    expect(line.dropped).toBeGreaterThan(0);
    expect(line.commandsApplied).toBe(line.commandsSent);
  });
});
