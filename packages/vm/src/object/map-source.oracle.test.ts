import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** What uses an object of the kernel and of the VM alike. */
const app = `
import type { BpfObject } from "@rbgen/native";
import type { ArrayMapDescriptor, HashMapDescriptor, MapSource, RecordCodec, RingBufDescriptor, VariableDescriptor } from "@rbgen/runtime";
import { RingBufReader, UserRingBufWriter } from "@rbgen/runtime";
import type { VmObject } from "@rbgen/vm";

interface Flow { readonly proto: number }
interface Totals { readonly packets: bigint }
declare const maps: {
  readonly flows: HashMapDescriptor<RecordCodec<Flow, Partial<Flow>>, RecordCodec<Totals, { packets?: bigint | number }>>;
  readonly raw: HashMapDescriptor<undefined, undefined>;
  readonly counters: ArrayMapDescriptor<RecordCodec<bigint, bigint | number>>;
  readonly events: RingBufDescriptor<RecordCodec<Flow>>;
  readonly commands: RingBufDescriptor<RecordCodec<Flow>>;
};
declare const variables: { readonly limit: VariableDescriptor<RecordCodec<number>>; readonly seen: VariableDescriptor<undefined> };

export function use(object: MapSource): bigint | undefined {
  const flows = object.hash(maps.flows);
  flows.set({ proto: 6 }, { packets: 1 });
  for (const [{ proto }, { packets }] of flows.entries()) void (BigInt(proto) + packets);
  object.hash(maps.raw).set(1, new Uint8Array(4));
  const bytes: Uint8Array | undefined = object.hash("raw").get(1);
  object.array(maps.counters).set(0, 7);
  const counter: bigint = object.array(maps.counters).get(0);
  const limit: number = object.global(variables.limit).get();
  object.global(variables.seen).set(limit);
  object.global("seen").set(counter);
  new RingBufReader(object.ringBuf(maps.events), maps.events.codec).close();
  new UserRingBufWriter(object.userRingBuf(maps.commands), maps.commands.codec).close();
  // @ts-expect-error a key is no text
  flows.get("tcp");
  void bytes;
  return flows.get({ proto: 6 })?.packets;
}
export const native = (object: BpfObject) => use(object);
export const emulated = (object: VmObject) => use(object);
export const either = (object: BpfObject | VmObject) => use(object);
`;

const oldest = createRequire(new URL("../../../codegen/package.json", import.meta.url))("typescript-5.4") as typeof ts;
const name = fileURLToPath(new URL("app.mts", import.meta.url));
const isBuilt = ["native", "runtime", "vm"].every((folder) =>
  existsSync(new URL(`../../../${folder}/dist/index.d.ts`, import.meta.url)),
);

function errorsOf(compiler: typeof ts, resolution: "nodenext" | "bundler"): readonly string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    types: [],
    ...(resolution === "nodenext"
      ? { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
      : { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }),
  };
  const host = compiler.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === name || fileExists.call(host, file);
  host.getSourceFile = (file, target, ...rest) =>
    file === name ? compiler.createSourceFile(file, app, target) : getSourceFile.call(host, file, target, ...rest);
  const program = compiler.createProgram([name], options, host);
  return compiler
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => compiler.flattenDiagnosticMessageText(messageText, "\n"));
}

describe.skipIf(!isBuilt)("an application that takes a MapSource", () => {
  test.each([
    ["TypeScript 5.4", "nodenext", oldest],
    ["TypeScript 5.4", "bundler", oldest],
    ["this repository's TypeScript", "nodenext", ts],
    ["this repository's TypeScript", "bundler", ts],
  ] as const)("takes a BpfObject and a VmObject, by %s and %s", (_, resolution, compiler) => {
    expect(errorsOf(compiler, resolution)).toEqual([]);
  });
});
