import { expect, test } from "vitest";
import type { PublishedPackages } from "./packages.ts";

/** How people install and run, by their package manager. */
const managers = [
  { name: "npm", init: "npm init -y", dev: "npm install --save-dev", add: "npm install", exec: "npx" },
  { name: "pnpm", init: "pnpm init", dev: "pnpm add --save-dev", add: "pnpm add", exec: "pnpm exec" },
  {
    name: "yarn",
    init: "npx --yes yarn@1 init -y",
    dev: "npx --yes yarn@1 add --dev",
    add: "npx --yes yarn@1 add",
    exec: "npx --yes yarn@1 run --silent",
  },
] as const;

const app = `const { EmulatedKernel } = await import("@rbgen/runtime/emulated");
const { event } = await import("./events.gen.js");
const { RingBufReader } = await import("@rbgen/runtime");
const kernel = new EmulatedKernel();
const ring = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
kernel.loadProgram({ type: "tracepoint", run: (bpf) => bpf.ringbufOutput(ring, event.toBytes({ pid: 7 }), 0) }).run();
new RingBufReader(ring, event).consume(({ pid }) => console.log(pid));
`;

/** The packages, installed from the registry by each package manager, and by none. */
export function testManagers(packages: () => PublishedPackages): void {
  const isLong = process.env["RBGEN_LONG"] === "1";

  test.skipIf(!isLong).each(managers)(
    "$name installs them, and runs what they generate",
    async ({ name, init, dev, add, exec }) => {
      const user = packages().folder(`by-${name}`);
      await user.shell(init);
      await user.shell("npm pkg set type=module");
      await user.shell(`${dev} rbgen typescript`);
      await user.shell(`${add} @rbgen/runtime @rbgen/vm @rbgen/native`);
      user.write("events.h", "struct event { unsigned int pid; };\n");
      await user.shell(`${exec} rbgen events.h`);
      await user.shell(`${exec} tsc events.gen.ts --module nodenext --target es2022 --skipLibCheck`);
      user.write("app.js", app);
      expect((await user.run(process.execPath, "app.js")).out).toBe("7\n");
    },
  );

  test.skipIf(!isLong).each(["npx --yes rbgen", "pnpm dlx rbgen"])(
    "%s runs without an installation",
    async (command) => {
      const user = packages().folder(command.replace(/\W+/g, "-"));
      user.write("events.h", "struct event { unsigned int pid; };\n");
      await user.shell(`${command} events.h`);
      expect(user.read("events.gen.ts")).toContain("decodeEvent");
    },
  );
}
