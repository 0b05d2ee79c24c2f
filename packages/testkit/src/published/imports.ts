import { readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import type { PublishedPackages, UserFolder } from "./packages.ts";

const header = "struct event { unsigned long long ts; unsigned int pid; char comm[16]; };\n";

/** An app over the emulated kernel; `isRingBufError` knows the errors of whoever made them. */
const app = (generated: string): string => `
import { isRingBufError, RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { event } from "${generated}";
const kernel = new EmulatedKernel();
const ring = kernel.createRingBuf({ name: "events", maxEntries: 65536 });
const sent = event.toBytes({ ts: 5n, pid: 7, comm: "sh" });
kernel.loadProgram({ type: "tracepoint", run: (bpf) => bpf.ringbufOutput(ring, sent, 0) }).run();
new RingBufReader(ring, event).consume(({ ts, pid, comm }) => console.log(ts, pid, comm));
export const views = (reader = new RingBufReader(ring, event)): number =>
  reader.consumeViews(({ pid, comm }) => console.log(pid satisfies number, comm satisfies string));
try {
  kernel.createRingBuf({ name: "odd", maxEntries: 1 });
} catch (error) {
  console.log(isRingBufError(error, "EINVAL"));
}
`;

const flags = [
  "--strict",
  "--target",
  "es2022",
  "--lib",
  "es2022,esnext.disposable,dom",
  "--types",
  "",
  "--rewriteRelativeImportExtensions",
];

/** Ways to import the packages, and two versions of one of them. */
export function testImports(packages: () => PublishedPackages): void {
  let user: UserFolder;
  const tsc = (...args: readonly string[]) =>
    user.run("npx", "tsc", "--noEmit", "false", "--skipLibCheck", "false", ...args);

  test("are read by ES modules, by CommonJS and by bundlers, in types and as they run", async () => {
    user = packages().folder("imports");
    user.write("package.json", "{}");
    await user.run("npm", "install", "--save-dev", "rbgen", "typescript");
    await user.run("npm", "install", "@rbgen/runtime");
    user.write("events.h", header);
    await user.run("npx", "rbgen", "events.h", "-o", "events.gen.mts");
    for (const [name, generated] of [
      ["module.mts", "./events.gen.mts"],
      ["common.cts", "./events.gen.mts"],
      ["bundled.ts", "./events.gen.mts"],
    ] as const) {
      user.write(name, app(generated));
    }
    await tsc(...flags, "--module", "nodenext", "module.mts", "common.cts");
    await tsc(...flags, "--module", "preserve", "--moduleResolution", "bundler", "--outDir", "bundled", "bundled.ts");
    for (const file of ["module.mjs", "common.cjs"]) {
      expect((await user.run(process.execPath, file)).out, file).toBe("5n 7 sh\ntrue\n");
    }
    expect(user.read("common.cjs")).toContain('require("@rbgen/runtime")');
    // What a bundler makes of it needs no bundler of ours: its input is the same ES module.
    expect(user.read("bundled/bundled.js")).toContain('from "@rbgen/runtime"');
  });

  test("show each member once, where someone points at it, with what C has there", () => {
    const file = join(user.path, "hover.mts");
    const text = `import { decodeEvent, type EventInput, type EventView } from "./events.gen.mts";
export const of = (a: ReturnType<typeof decodeEvent>, b: EventInput, c: EventView) => [a.pid, b.pid, c.pid];
`;
    const service = ts.createLanguageService({
      getCompilationSettings: () => ({
        module: ts.ModuleKind.NodeNext,
        strict: true,
        allowImportingTsExtensions: true,
        noEmit: true,
      }),
      getScriptFileNames: () => [file],
      getScriptVersion: () => "1",
      getScriptSnapshot: (path) => {
        const content = path === file ? text : ts.sys.readFile(path);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => user.path,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (path) => path === file || ts.sys.fileExists(path),
      readFile: (path) => (path === file ? text : ts.sys.readFile(path)),
    });
    const comments = ["a.pid", "b.pid", "c.pid"].map((member) => {
      const info = service.getQuickInfoAtPosition(file, text.indexOf(member) + 2);
      return ts.displayPartsToString(info?.documentation);
    });
    expect(comments).toEqual(comments.map(() => "`unsigned int pid` at byte 8."));
  });

  test("have one runtime where an app's is a patch newer, and two copies know each other's errors and maps", async () => {
    const { registry, version } = packages();
    const newer = version.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
    registry.publishAnew("@rbgen/runtime", version, newer);
    const skewed = packages().folder("skew");
    skewed.write("package.json", '{ "type": "module" }');
    const others = ["native", "vm", "relay"].map((name) => `@rbgen/${name}@${version}`);
    await skewed.run("npm", "install", `@rbgen/runtime@${newer}`, ...others);
    const found = readdirSync(join(skewed.path, "node_modules"), { recursive: true, encoding: "utf8" });
    expect(found.filter((path) => path.endsWith("@rbgen/runtime"))).toEqual(["@rbgen/runtime"]);
    const locked = JSON.parse(skewed.read("package-lock.json")) as { packages: Record<string, { version: string }> };
    expect(locked.packages["node_modules/@rbgen/runtime"]?.version).toBe(newer);

    await skewed.run("npm", "install", `second@npm:@rbgen/runtime@${version}`, "rbgen", "typescript");
    skewed.write("events.h", header);
    await skewed.run("npx", "rbgen", "events.h");
    skewed.write(
      "app.ts",
      `import { isRingBufError, type RingBufMap, RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "second/emulated";
import { isRingBufError as isOther, RingBufReader as OtherReader } from "second";
import type { BpfObject } from "@rbgen/native";
import type { VmObject } from "@rbgen/vm";
import { event } from "./events.gen.ts";
export const ofNative = (object: BpfObject): RingBufMap => object.ringBuf("events");
export const ofVm = (object: VmObject): RingBufMap => object.ringBuf("events");
const kernel = new EmulatedKernel();
const ring = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
const map: RingBufMap = ring;
kernel.loadProgram({ type: "tracepoint", run: (bpf) => bpf.ringbufOutput(ring, event.toBytes({ pid: 7 }), 0) }).run();
const reader = new RingBufReader(map, event);
console.log(reader.consume(() => undefined));
try {
  new OtherReader(ring, event);
} catch (error) {
  console.log(isRingBufError(error, "EBUSY"), isOther(error, "EBUSY"));
}
`,
    );
    await skewed.run("npx", "tsc", ...flags, "--module", "nodenext", "--skipLibCheck", "app.ts");
    expect((await skewed.run(process.execPath, "app.js")).out).toBe("1\ntrue true\n");
  });
}
