import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const built = existsSync(main);
const title = built ? "the built demo" : "the built demo [needs a build (npm test)]";

function demo(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [main, ...args], { encoding: "utf8", timeout: 600_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe.skipIf(!built && process.env["RBGEN_REQUIRE"] !== "all")(title, () => {
  test.each(["vm", "emulated"])("without a view prints one line of JSON, every command obeyed, on %s", (backend) => {
    const run = demo("--headless", "--seconds", "1", "--json", "--backend", backend);
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(run.out.endsWith("}\n") && !run.out.trimEnd().includes("\n")).toBe(true);
    const line = JSON.parse(run.out);
    expect(Object.keys(line)).toEqual(["backend", "received", "dropped", "commandsSent", "commandsApplied"]);
    expect(line.backend).toBe(backend);
    expect(line.received).toBeGreaterThan(0);
    expect(line.commandsSent).toBeGreaterThan(0);
    expect(line.commandsApplied).toBe(line.commandsSent);
  });

  test.each(["vm", "emulated"])("commands arrive and are obeyed at the highest rate too, on %s", (backend) => {
    const run = demo("--headless", "--seconds", "1", "--json", "--rate", "1000000", "--backend", backend);
    expect(run.code).toBe(0);
    const line = JSON.parse(run.out);
    expect(line.received).toBeGreaterThan(0);
    expect(line.commandsApplied).toBe(line.commandsSent);
  });

  test("a command line that it does not understand is told, with the usage", () => {
    expect(demo("--nonsense")).toMatchObject({ code: 2, err: expect.stringContaining("Usage: npx rbgen-demo") });
    expect(demo("--help")).toMatchObject({ code: 0, out: expect.stringContaining("Usage: npx rbgen-demo") });
  });
});
