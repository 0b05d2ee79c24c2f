import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type GeneratedCodec, type RecordCodec, RingBufReader } from "@rbgen/runtime";
import { describeWith } from "@rbgen/testkit";
import { loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { compileBpf } from "@rbgen/testkit/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BpfObject } from "../../native/src/index.ts";
import { ProbedProgram } from "../../testkit/src/native/probed-program.ts";
import { readBtfModule } from "./btf/btf-module.ts";
import { generate } from "./generate.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = `-D__TARGET_ARCH_${process.arch === "arm64" ? "arm64" : "x86"}`;

interface Generated {
  readonly object: Uint8Array;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The object of an example, and what `rbgen` makes of it. */
async function exampleOf(name: string): Promise<Generated> {
  const source = readFileSync(`${root}examples/src/${name}.bpf.c`, "utf8");
  const object = compileBpf(source, "little", [`-I${root}examples/include`, target]);
  const module = readBtfModule(object, { name: `${name}.bpf.o`, path: `${name}.bpf.o` }, () => undefined);
  if (module === undefined) throw new Error("the object has no types");
  const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "1" } as const;
  const file = await generate(module, options, () => undefined);
  if (file === undefined) throw new Error("nothing was generated");
  return { object, exports: await loadGenerated(file.text) };
}

function codecOf(map: string, { exports }: Generated): RecordCodec<Record<string, unknown>, never> {
  const maps = exports["maps"] as Readonly<
    Record<string, { readonly codec: RecordCodec<Record<string, unknown>, never> }>
  >;
  const { codec } = maps[map] ?? {};
  if (codec === undefined) throw new Error(`${map} has no codec`);
  return codec;
}

describeWith(["kernel", "clang", "gcc", "libbpf"], "the programs of examples/, attached", () => {
  let probed: ProbedProgram;
  beforeAll(() => {
    probed = new ProbedProgram();
  });
  afterAll(() => probed.close());

  test("allocations: a uprobe of libc sees what one process asks malloc for", async () => {
    const example = await exampleOf("allocations");
    using object = await BpfObject.load(example.object, { rodata: { least: 1 } });
    const process = probed.start();
    object.program("on_malloc").attachUprobe({ path: "libc.so.6", symbol: "malloc", pid: process.pid });
    // it reads and prints by buffers, which it asks for at the first number
    await process.ask(1);
    const reader = new RingBufReader(object.ringBuf("allocations"), codecOf("allocations", example));
    const seen: Record<string, unknown>[] = [];
    reader.consume((allocation) => void seen.push(allocation));
    expect(seen.length).toBeGreaterThan(0);
    for (const { pid, comm, size } of seen) {
      expect([pid, comm, (size as bigint) > 0n]).toEqual([process.pid, "probed", true]);
    }
  });

  test("requests: a probe that a program was compiled with hands on its argument", async () => {
    const example = await exampleOf("requests");
    using object = await BpfObject.load(example.object);
    const process = probed.start();
    const probe = { path: probed.path, provider: "shop", name: "request_start", pid: process.pid };
    object.program("on_request").attachUsdt({ ...probe, cookie: 9n });
    for (const number of [4, 44]) await process.ask(number);
    const reader = new RingBufReader(object.ringBuf("requests"), codecOf("requests", example));
    const seen: unknown[] = [];
    reader.consume((request) => void seen.push(request));
    expect(seen).toEqual(
      [4n, 44n].map((number) => ({ tsNs: expect.any(BigInt), probe: 9n, number, pid: process.pid })),
    );
  });

  test("tasks: an iterator gives the tasks of one process", async () => {
    const example = await exampleOf("tasks");
    using object = await BpfObject.load(example.object);
    const process = probed.start();
    const { tasks: descriptor } = example.exports["programs"] as {
      readonly tasks: { readonly name: string; readonly codec: GeneratedCodec<unknown, never, object, object> };
    };
    expect(descriptor.codec).toBe(example.exports["task"]);
    using tasks = object.program(descriptor).iterate(descriptor.codec, { task: { pid: process.pid } });
    await process.ask(1);
    expect([...tasks]).toEqual([{ pid: process.pid, process: process.pid, comm: "probed" }]);
  });
});
