import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PerfEventReader, RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import { describeWith } from "@rbgen/testkit";
import { type AnyCodec, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import {
  type ProgramRun,
  type SendingProgram,
  sendingPrograms,
  sourceOf,
} from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { findProgram } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { BpfObject } from "../../../../native/src/index.ts";
import { PrivateBpffs } from "../../../../testkit/src/native/private-bpffs.ts";
import { readBtfModule } from "../../btf/btf-module.ts";
import { realHost } from "../../cli/host/machine.ts";
import { systemIncludePaths } from "../../cli/input/system-paths.ts";
import { generate } from "../../generate.ts";
import type { TypeModule } from "../../module.ts";
import { readHeader } from "../front-end.ts";

/** A section whose programs BPF_PROG_TEST_RUN runs, and which may call every helper of the corpus. */
const section = 'PROGRAM_SECTION="raw_tp/sys_enter"';

const host = realHost();

function moduleOfSource(text: string): TypeModule {
  const read = (path: string): string | undefined => {
    const bytes = host.files.readRegular(path);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  const options = {
    endian: "little",
    includePaths: [],
    systemPaths: systemIncludePaths(host, undefined),
    forcedIncludes: [],
    defines: [section],
    undefines: [],
  } as const;
  return readHeader({ name: "probe.bpf.c", text }, "probe.bpf.c", { read }, options, () => {});
}

type Maps = Readonly<
  Record<string, { readonly name: string; readonly codec?: AnyCodec; readonly inner?: { readonly codec?: AnyCodec } }>
>;

/** What the file exports that `rbgen` without an option makes of `module`. */
async function exportsOf(module: TypeModule): Promise<Readonly<Record<string, unknown>>> {
  const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "1" } as const;
  const file = await generate(module, options, ({ severity, message }) => {
    if (severity === "error") throw new Error(message);
  });
  if (file === undefined) throw new Error("nothing was generated");
  return loadGenerated(file.text);
}

/** Codecs of the maps of `module`, by the maps' names. */
async function codecsOf(module: TypeModule): Promise<ReadonlyMap<string, AnyCodec>> {
  const { maps } = (await exportsOf(module)) as { maps: Maps };
  return new Map(
    Object.values(maps).flatMap(({ name, codec, inner }) => {
      const own = codec ?? inner?.codec;
      return own === undefined ? [] : [[name, own]];
    }),
  );
}

interface Delivery {
  /** Samples as the kernel gives them, by map. */
  readonly samples: ReadonlyMap<string, readonly Uint8Array[]>;
}

const perfMaps: ReadonlySet<string> = new Set(["perf", "perf_slot", "perf_of_4"]);

async function run(
  object: BpfObject,
  { delivered, written = {}, attached = [], packet }: ProgramRun,
  codecs: ReadonlyMap<string, AnyCodec>,
): Promise<Delivery> {
  for (const [map, values] of Object.entries(written)) {
    const writer = new UserRingBufWriter(object.userRingBuf(map), codecs.get(map)!);
    for (const value of values) expect(writer.tryWrite(value)).toBe(true);
    writer.close();
  }
  const samples = new Map<string, Uint8Array[]>();
  const readers = Object.keys(delivered).map((map) => {
    const own: Uint8Array[] = [];
    samples.set(map, own);
    const reader = perfMaps.has(map)
      ? new PerfEventReader(object.perfEventArray(map), anyBytes)
      : new RingBufReader(object.ringBuf(map), anyBytes);
    return { reader, take: () => reader.consume((sample) => void own.push(sample)) };
  });
  const links = attached.map((name) => object.program(name).attach());
  for (const name of object.programNames) {
    if (!attached.includes(name)) object.program(name).run({ data: packet?.bytes });
  }
  for (const link of links) link.close();
  for (const { reader, take } of readers) {
    take();
    reader.close();
  }
  return { samples };
}

describeWith(["kernel", "clang", "libbpf"], "what the kernel delivers of a program", () => {
  const runnable = sendingPrograms.filter((program) => program.runs !== undefined);

  test.each(runnable)("is what its source and its object say: $title", async (program) => {
    const bytes = compileBpf(sourceOf(program, true), "little", [`-D${section}`]);
    const fromSource = await codecsOf(moduleOfSource(sourceOf(program)));
    const fromObject = await codecsOf(readBtfModule(bytes, { name: "a.bpf.o", path: "a.bpf.o" }, () => {})!);
    for (const one of program.runs ?? []) {
      using object = BpfObject.open(bytes, { ...(one.rodata && { rodata: one.rodata }) });
      object.load();
      const { samples } = await run(object, one, fromSource);
      for (const [map, expected] of Object.entries(one.delivered)) {
        const own = samples.get(map) ?? [];
        const typing = one.slotOf?.[map] ?? map;
        expect(own).toHaveLength(expected.length);
        for (const [index, sample] of own.entries()) {
          const perf = perfMaps.has(map);
          const appended = one.packet?.bytes.subarray(0, one.packet.appended);
          check(sample, perf, fromSource.get(typing), expected[index], appended);
          if (!told(program, typing).includes("?"))
            check(sample, perf, fromObject.get(typing), expected[index], appended);
        }
      }
    }
  });
});

describeWith(["kernel", "clang", "libbpf", "bpftool"], "what an iterator writes", () => {
  const iterators = sendingPrograms.filter((program) => program.iterates !== undefined);

  test.each(iterators)("is a run of the record that its source and its object say: $title", async (program) => {
    const bytes = compileBpf(sourceOf(program, true));
    const modules = [
      moduleOfSource(sourceOf(program)),
      readBtfModule(bytes, { name: "a.bpf.o", path: "a.bpf.o" }, () => {})!,
    ];
    const read = iterated(bytes);
    for (const [name, { record, members }] of Object.entries(program.iterates ?? {})) {
      expect(Object.keys(program.sent)).toContain(name);
      for (const module of modules) {
        const codec = (await exportsOf(module))[record] as AnyCodec;
        expect(read.byteLength).toBeGreaterThan(0);
        expect(read.byteLength % codec.size).toBe(0);
        const view = new DataView(read.buffer, read.byteOffset, read.byteLength);
        for (let at = 0; at < read.byteLength; at += codec.size) {
          expect(codec.decode(view, at, codec.size)).toMatchObject(members as object);
        }
      }
    }
  });
});

/** What is read of the iterator of an object, which bpftool loads and pins. */
function iterated(object: Uint8Array): Uint8Array {
  return inScratchFolder((folder) => {
    writeFileSync(join(folder, "a.bpf.o"), object);
    const pins = new PrivateBpffs();
    try {
      execFileSync(findProgram("bpftool") ?? "", ["iter", "pin", join(folder, "a.bpf.o"), pins.path("dump")], {
        stdio: "pipe",
      });
      return readFileSync(pins.path("dump"));
    } finally {
      pins.close();
    }
  });
}

function told({ sent, byObject = sent, byDebugInfo = byObject, sourceOnly }: SendingProgram, map: string): string {
  return sourceOnly === true ? "?" : (byDebugInfo[map] ?? "?");
}

/** The sample is as long as the codec says, holds what is expected, and is just what the codec writes of it. */
function check(
  sample: Uint8Array,
  perf: boolean,
  codec: AnyCodec | undefined,
  expected: unknown,
  appended: Uint8Array = new Uint8Array(),
): void {
  if (codec === undefined) throw new Error("the map has no codec");
  const value = codec.decode(new DataView(sample.buffer, sample.byteOffset, sample.byteLength), 0, sample.byteLength);
  if (typeof value === "object") expect(value).toMatchObject(expected as object);
  expect(sample.byteLength).toBeGreaterThanOrEqual(codec.minByteLength);
  const told = codec.byteLengthOf(value);
  // The kernel rounds what it puts into a perf ring up (include/uapi/linux/perf_event.h, PERF_SAMPLE_RAW).
  const whole = told + appended.byteLength;
  const rounded = Math.ceil((whole + 4) / 8) * 8 - 4;
  const lengths = perf ? [whole, rounded] : [whole];
  expect([...sample.subarray(told, told + appended.byteLength)]).toEqual([...appended]);
  if (!lengths.includes(sample.byteLength)) {
    // Text is told up to its NUL, whatever was sent of its array.
    expect(codec.minByteLength).toBeLessThan(codec.size);
    expect(sample.byteLength).toBeLessThanOrEqual(codec.size);
    expect(sample.subarray(told).every((byte) => byte === 0)).toBe(true);
  }
  const again = new Uint8Array(sample.byteLength);
  const length = codec.encode(value, new DataView(again.buffer), 0);
  expect(length).toBe(told);
  expect([...again.subarray(0, told)]).toEqual([...sample.subarray(0, told)]);
}
