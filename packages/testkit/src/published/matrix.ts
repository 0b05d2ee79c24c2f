import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compileBpf } from "../compile.ts";
import { type Engine, engineProgram } from "../engines.ts";
import { describeWith } from "../tools.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

const isLong = process.env["RBGEN_LONG"] === "1";

/** Engines that run everything, by how the table of the README calls them; the others only with RBGEN_LONG=1. */
const engines = ["Node 20", "Node 22", "Node 24", "Bun 1.4", "Deno 2.9"] as const;
/** Compilers of the output. */
const compilers = ["5.4", "5.9", "6.0", "7.0"] as const;
const short: readonly string[] = ["Node 20", "Bun 1.4", "Deno 2.9", "5.4", "6.0"];

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct event { __u64 ts; __u32 pid; __u32 low : 12, high : 20; char comm[16]; union { __u32 word; __u8 bytes[4]; }; __u32 n; __u16 items[] __attribute__((btf_decl_tag("rbgen:length=n"))); };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
SEC("syscall") int send(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) return 0;
	__builtin_memset(e, 0, sizeof(*e));
	e->pid = 7;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

const app = `import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { VmObject } from "@rbgen/vm";
import { event, maps } from "./probe.gen.js";
const show = (map) => new RingBufReader(map, maps.events.codec).consume(({ pid, comm }) => console.log(pid, comm));
const kernel = new EmulatedKernel();
const ring = kernel.createRingBuf(maps.events);
const sent = event.toBytes({ ts: 5n, pid: 6, comm: "emulated" });
kernel.loadProgram({ type: "syscall", run: (bpf) => bpf.ringbufOutput(ring, sent, 0) }).run();
show(ring);
const object = await VmObject.load("probe.bpf.o");
object.become({ comm: "vm" });
object.program("send").run();
show(object.ringBuf(maps.events));
object.close();
`;

/** A ring of the kernel, read as it wakes up its reader, and a user ring, written until it is full: 85 times 48 bytes. */
const native = `import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { BpfObject, createUserRingBuf, openRingBuf } from "@rbgen/native";
import { event, maps } from "./probe.gen.js";
const object = await BpfObject.load("probe.bpf.o");
const events = object.ringBuf(maps.events);
const reader = new RingBufReader(openRingBuf({ id: events.id, codec: event }), event);
setTimeout(() => object.program("send").run(), 20);
for (let read = 0; read === 0; ) {
  read = await reader.poll(({ pid }) => console.log(pid, "polled"), { timeoutMs: 60_000 });
}
object.program("send").run();
for await (const { pid } of reader) {
  console.log(pid, "iterated");
  break;
}
reader.close();
object.close();
const ring = createUserRingBuf({ name: "commands", maxEntries: 4096 });
const writer = new UserRingBufWriter(ring, event);
let written = 0;
while (writer.tryWrite({ pid: written, comm: "user" })) written += 1;
console.log(written, "written");
writer.close();
ring.close();
`;

/** What an engine is started with; undefined where it is not here. */
async function commandOf(name: string, user: UserFolder): Promise<readonly string[] | undefined> {
  const [engine = "", version = ""] = name.split(" ");
  if (engine !== "Node") {
    const program = engineProgram(engine.toLowerCase() as Engine);
    return program === undefined ? undefined : engine === "Deno" ? [program, "run", "--allow-all"] : [program];
  }
  if (process.versions.node.startsWith(`${version}.`)) return [process.execPath];
  const folder = `node-${version}`;
  user.write(`${folder}/package.json`, "{}");
  const packaged = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
  await user.run("npm", "install", "--prefix", folder, "--no-save", `${packaged}@${version}`);
  return [join(user.path, folder, "node_modules", packaged, "bin/node")];
}

/** Path of a compiler: of the workspace's own where it has that version. */
async function compilerOf(user: UserFolder, version: string): Promise<string> {
  if (version === "5.4") return join(root, "packages/codegen/node_modules/typescript-5.4/bin/tsc");
  if (version === "6.0") return join(root, "node_modules/typescript/bin/tsc");
  const folder = `typescript-${version}`;
  user.write(`${folder}/package.json`, "{}");
  await user.run("npm", "install", "--prefix", folder, "--no-save", `typescript@${version}`);
  return join(user.path, folder, "node_modules/typescript/bin/tsc");
}

/** The row of an engine in the table of the README: what is run here of the packages, and no more. */
const rowOf = (name: string): string =>
  `| ${name} | yes | yes | yes | ${name.startsWith("Bun") ? "yes, by copies" : "yes"} |`;

/** The packages under each engine, and what they generate under each compiler. */
export function testMatrix(packages: () => PublishedPackages): void {
  describe("where it runs", () => {
    let user: UserFolder;
    const commands = new Map<string, readonly string[] | undefined>();
    const command = async (name: string): Promise<readonly string[] | undefined> => {
      if (!commands.has(name)) commands.set(name, await commandOf(name, user));
      return commands.get(name);
    };

    beforeAll(async () => {
      user = packages().folder("matrix");
      user.write("package.json", '{ "type": "module" }');
      await user.run("npm", "install", "rbgen", "typescript@6.0", "@rbgen/runtime", "@rbgen/vm", "@rbgen/native");
      user.write("probe.bpf.c", source);
      user.write("probe.bpf.o", compileBpf(source));
      user.write("app.js", app);
      user.write("native.js", native);
      await user.run("npx", "rbgen", "probe.bpf.c");
      await user.run("npx", "tsc", "probe.gen.ts", "--module", "nodenext", "--target", "es2022", "--ignoreConfig");
    });

    const brought = "is not here: node scripts/engines.mjs";
    const ran = (name: string): boolean => isLong || short.includes(name);
    for (const name of engines) {
      test.skipIf(!ran(name))(`${name} generates, and runs emulated and in the VM`, async (context) => {
        const [program, ...options] = (await command(name)) ?? context.skip(`${name} ${brought}`);
        expect(existsSync(program!)).toBe(true);
        const rbgen = join(user.path, "node_modules/rbgen/bin/rbgen.mjs");
        const generated = await user.run(program!, ...options, rbgen, "probe.bpf.c", "-o", "-");
        expect(generated.out).toBe(user.read("probe.gen.ts"));
        expect((await user.run(program!, ...options, "app.js")).out).toBe("6 emulated\n7 vm\n");
      });
    }

    describeWith(["kernel", "libbpf"], "at the kernel", () => {
      for (const name of engines) {
        test.skipIf(!ran(name))(`${name} reads and writes rings`, async (context) => {
          const [program, ...options] = (await command(name)) ?? context.skip(`${name} ${brought}`);
          const { out } = await user.run(program!, ...options, "native.js");
          expect(out).toBe("7 polled\n7 iterated\n85 written\n");
        });
      }
    });

    for (const version of compilers) {
      test.skipIf(!isLong && !short.includes(version))(`TypeScript ${version} compiles what is generated`, async () => {
        const compiler = await compilerOf(user, version);
        const flags = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"];
        expect((await user.try(process.execPath, compiler, ...flags, "probe.gen.ts")).out).toBe("");
      });
    }

    test("the README names what is run here, and nothing else", () => {
      const readme = readFileSync(join(root, "README.md"), "utf8");
      const [, section = ""] = readme.split("\n## Where it runs\n");
      const [table = ""] = section.split("\n## ");
      for (const name of engines) expect(table).toContain(rowOf(name));
      expect([...table.matchAll(/^\| (?:Node|Bun|Deno) [\d.]+ \|/gm)]).toHaveLength(engines.length);
      expect(table).toContain(`TypeScript ${compilers.slice(0, -1).join(", ")} and ${compilers.at(-1)}`);
    });
  });
}
