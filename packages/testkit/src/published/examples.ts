import { cpSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../browser/chromium.ts";
import { NatsServer } from "../nats/nats-server.ts";
import { describeWith } from "../tools.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

/** The programs of examples/, each as its first line says, with the packages installed. */
export function testExamples(packages: () => PublishedPackages): void {
  describe("the examples", () => {
    let user: UserFolder;

    beforeAll(async () => {
      user = packages().folder("examples");
      user.write("package.json", '{ "type": "module" }');
      const ours = ["rbgen", "@rbgen/runtime", "@rbgen/vm", "@rbgen/native", "@rbgen/relay"];
      await user.run(
        "npm",
        "install",
        ...ours,
        "@nats-io/transport-node",
        "typescript",
        "tsx",
        "esbuild",
        "@types/node",
      );
      cpSync(join(root, "examples"), user.path, { recursive: true });
      for (const name of ["execsnoop", "opensnoop", "tcpconnect"]) {
        const flags = `-O2 -g -target bpf -D__TARGET_ARCH_${process.arch === "arm64" ? "arm64" : "x86"} -I/usr/include/$(gcc -print-multiarch)`;
        await user.shell(`cd ${name}; npx rbgen ${name}.bpf.c; clang ${flags} -c ${name}.bpf.c -o ${name}.bpf.o`);
      }
      for (const name of ["two-hosts", "viewer"]) await user.shell(`cd ${name}; npx rbgen events.h`);
    });

    const snoop = async (name: string, ...command: readonly string[]): Promise<string> =>
      (await user.shell(`cd ${name}; npx tsx ${name}.ts ${command.map((word) => `'${word}'`).join(" ")}`)).out;

    describeWith(["kernel", "libbpf"], "at the kernel, each looking at what it starts alone", () => {
      test("execsnoop tells which programs a command starts", async () => {
        const lines = (await snoop("execsnoop", "sh", "-c", "uname; true; date")).trim().split("\n");
        expect(lines.map((line) => line.replace(/^\d+/, "PID"))).toEqual(["PID 0 sh", "PID 0 uname", "PID 0 date"]);
      });

      test("opensnoop tells which files a command opens, and what came of it", async () => {
        const out = await snoop("opensnoop", "cat", "/etc/hostname", "/nowhere/at/all");
        expect(out).toMatch(/^cat \/etc\/hostname \d+$/m);
        expect(out).toMatch(/^cat \/nowhere\/at\/all -2$/m);
        expect(
          out
            .trim()
            .split("\n")
            .filter((line) => !/^(?:cat|node|libuv-worker) /.test(line)),
        ).toEqual([]);
      });

      test("tcpconnect tells to where a command connects", async () => {
        const server = createServer((socket) => socket.end());
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const script = `require("net").connect(${port}, "127.0.0.1").resume()`;
        const lines = (await snoop("tcpconnect", process.execPath, "-e", script)).trim().split("\n");
        server.close();
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(new RegExp(`^\\S+ 127\\.0\\.0\\.1 ${port}$`));
      });
    });

    test("execsnoop's program passes its unit tests, without a kernel", async () => {
      const { out } = await user.shell("cd execsnoop; npx tsx --test execsnoop.test.ts");
      expect(out).toMatch(/pass 2\b/);
      expect(out).toMatch(/fail 0\b/);
    });

    describeWith(["nats"], "with a server of JetStream", () => {
      test("two-hosts reads the records of both, each once", async () => {
        const server = await NatsServer.start();
        try {
          const { out } = await user.shell(`cd two-hosts; npx tsx two-hosts.ts ${server.url}`);
          expect(out).toBe("web-1, process 1: 100 records\nweb-2, process 2: 100 records\n");
        } finally {
          await server.stop();
        }
      });
    });

    describeWith(["chromium"], "in Chromium", () => {
      test("viewer shows records as they come", async () => {
        await user.shell("cd viewer; npx esbuild viewer.ts --bundle --outfile=viewer.js --log-level=error");
        const browser = await openChromium();
        try {
          const page = await browser.context.newPage();
          await page.goto(pathToFileURL(join(user.path, "viewer/index.html")).href);
          await page.locator("tbody tr:nth-child(3)").waitFor();
          expect(await page.locator("tbody tr:last-child td:nth-child(2)").textContent()).toBe("ls");
        } finally {
          await browser.close();
        }
      });
    });

    test("their TypeScript is as it is declared", async () => {
      const flags =
        "--noEmit --strict --allowImportingTsExtensions --module nodenext --target es2022 --lib es2022,esnext.disposable,dom,dom.iterable --types node --ignoreConfig";
      const files = [
        "execsnoop/execsnoop.ts",
        "execsnoop/execsnoop.test.ts",
        "opensnoop/opensnoop.ts",
        "tcpconnect/tcpconnect.ts",
        "two-hosts/two-hosts.ts",
        "viewer/viewer.ts",
      ];
      const run = await user.try("sh", "-c", `npx tsc ${flags} ${files.join(" ")}`);
      expect(run.out).toBe("");
    });
  });
}
