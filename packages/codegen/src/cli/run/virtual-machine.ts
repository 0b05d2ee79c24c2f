import type { LayoutDescriptor } from "@rbgen/btf";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { Host } from "../host/host.ts";
import { loadPackages } from "./packages.ts";

/** The optional packages that run programs and read rings. */
const packages = ["@rbgen/vm", "@rbgen/runtime", "@rbgen/runtime/codegen/v1"];

/** A codec as it is used here. */
export interface Codec {
  readonly layout: LayoutDescriptor;
  decode(view: DataView, offset: number, byteLength: number): unknown;
  encode(value: unknown, view: DataView): number;
  toJSON(value: unknown): unknown;
  fromJSON(json: unknown): unknown;
}

export interface RunOutput {
  readonly returnValue: number;
  readonly instructions: number;
}

export interface RunProgram {
  readonly name: string;
  run(input: { readonly context?: unknown; readonly data?: Uint8Array }): RunOutput;
}

export interface RunMapInfo {
  readonly name: string;
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** What is used of `VmObject`. */
export interface RunObject {
  readonly maps: readonly RunMapInfo[];
  readonly programNames: readonly string[];
  readonly variables: readonly { readonly name: string; readonly section: string; get(): unknown }[];
  global(named: string | { readonly name: string; readonly codec: Codec }): {
    readonly size: number;
    get(): unknown;
    set(value: unknown): void;
  };
  load(): void;
  become(current: Readonly<Record<string, unknown>>): void;
  program(name: string): RunProgram;
  programsAt(target: string): readonly RunProgram[];
  array(name: string): { readonly length: number; values(index: number): readonly Uint8Array[] };
  hash(name: string): {
    keys(): readonly Uint8Array[];
    values(key: Uint8Array): readonly Uint8Array[] | undefined;
  };
  ringBuf(name: string): object;
  perfRecords(name: string): readonly { readonly cpu: number; readonly bytes: Uint8Array }[];
  perfLost(name: string): number;
  trace(): readonly string[];
  /** Lines that `trace` could not keep. */
  readonly traceLost: number;
  coverage(): { toLcov(): string };
  close(): void;
}

/** The packages, loaded. */
export interface VirtualMachine {
  readonly VmObject: { open(bytes: Uint8Array, options: Readonly<Record<string, unknown>>): RunObject };
  readonly RingBufReader: new (
    map: object,
    codec: object,
  ) => { consume(handler: (bytes: Uint8Array) => void): number; close(): void };
  isRingBufError(error: unknown): boolean;
  /** All that generated code imports. */
  readonly generated: Readonly<Record<string, unknown>>;
}

/** Loads the packages from where the command runs, or from beside it; undefined, and a diagnostic, where that fails. */
export async function loadVirtualMachine(host: Host, report: Report): Promise<VirtualMachine | undefined> {
  const command = { at: "rbgen run", why: "rbgen itself runs no programs" };
  const loaded = await loadPackages(packages, command, host, report);
  if (loaded === undefined) return undefined;
  const [vm, runtime, generated] = loaded;
  return { ...vm, ...runtime, generated } as unknown as VirtualMachine;
}

/** Whether an error is what the virtual machine says of an object, a run or what it was given, and no bug. */
export function isRefusal(machine: VirtualMachine, error: unknown): error is Error {
  return machine.isRingBufError(error) || (error instanceof Error && /^(Btf|Core)Error$/.test(error.name));
}
