import { btfExtOf } from "@rbgen/btf";
import { type JsonValue, type RecordCodec, RingBufReader } from "@rbgen/runtime";
import { type ContextInput, type CoveredLine, type ProgramOutput, type SteppedRun, VmObject } from "@rbgen/vm";
import type { BtfModule, SourceText } from "rbgen";
import { type GeneratedModule, loadGenerated } from "../codec/generated-module.ts";
import { hexOf } from "../codec/hex.ts";
import { type ReadInput, readObject } from "../source/read-source.ts";

/** A record that a program sent. */
export interface SentRecord {
  readonly map: string;
  /** As its codec's JSON; in hex where nothing says what it is. */
  readonly value: JsonValue;
}

/** What one run came to. */
export interface RunResult {
  readonly program: string;
  readonly output: ProgramOutput | undefined;
  /** What went wrong, in words. */
  readonly fault: string | undefined;
  readonly records: readonly SentRecord[];
  /** Lines of bpf_printk. */
  readonly printed: readonly string[];
}

/** One line of C that instructions come from, and how often it ran. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly count: number;
}

/** So many instructions end a run: the page stands still meanwhile. */
const instructionBudget = 5_000_000;

/** Samples of maps of which nothing says what they carry. */
const bytesCodec: RecordCodec<Uint8Array> = {
  name: "bytes",
  size: 0,
  minByteLength: 0,
  layout: { name: "bytes", size: 0, endian: "little", leaves: [] },
  layoutHash: "",
  endian: "little",
  decode: (view, offset = 0, byteLength = view.byteLength - offset) =>
    new Uint8Array(view.buffer, view.byteOffset + offset, byteLength).slice(),
  encode: () => 0,
  byteLengthOf: (bytes) => (bytes as Uint8Array).byteLength,
  toJSON: hexOf,
  createView: () => undefined,
  createWriter: () => undefined,
};

/** A compiled object in the page: loaded into the virtual machine, its records decoded by the code generated from it. */
export class ObjectSession {
  readonly name: string;
  readonly read: ReadInput;
  readonly object: VmObject;
  readonly #drains: readonly (() => readonly SentRecord[])[];
  readonly #texts: ReadonlyMap<string, string>;

  private constructor(name: string, read: ReadInput, object: VmObject, module: GeneratedModule) {
    this.name = name;
    this.read = read;
    this.object = object;
    this.#texts = linesOf(read.module as BtfModule);
    const described = (module["maps"] ?? {}) as Readonly<
      Record<string, { name: string; codec?: RecordCodec<unknown> }>
    >;
    const codecs = new Map(Object.values(described).map((map) => [map.name, map.codec]));
    this.#drains = object.maps.flatMap(({ name: map, type }) => {
      if (type !== "ringbuf") return [];
      return [drainOf(object, map, codecs.get(map) ?? (bytesCodec as RecordCodec<unknown>))];
    });
  }

  /**
   * Reads and loads an object; `types` is a header of records that its compiler dropped, as `--types` takes it.
   * @throws Error that says why it is none, or what of it is refused.
   */
  static async open(name: string, bytes: Uint8Array, types: SourceText | undefined): Promise<ObjectSession> {
    const read = await readObject(name, bytes, types);
    if (read.module === undefined) {
      throw new Error(read.diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
    }
    const object = await VmObject.load(bytes, { coverage: true, instructionBudget });
    const module = read.generated === undefined ? {} : await loadGenerated(read.generated.text);
    return new ObjectSession(name, read, object, module);
  }

  get programs(): readonly { readonly name: string; readonly section: string }[] {
    return this.object.programNames.map((name) => ({ name, section: this.object.program(name).section }));
  }

  /** Runs a program once; a fault is a part of the result. */
  run(program: string, context: ContextInput | undefined): RunResult {
    try {
      const output = this.object.program(program).run(context === undefined ? {} : { context });
      return this.#result(program, output, undefined);
    } catch (error) {
      return this.#result(program, undefined, messageOf(error));
    }
  }

  /** The same, kept to be stepped through; only a result where the context is none of this program's. */
  step(program: string, context: ContextInput | undefined): [RunResult, SteppedRun<ProgramOutput> | undefined] {
    try {
      const run = this.object.program(program).step(context === undefined ? {} : { context });
      return [this.#result(program, run.output, run.fault && messageOf(run.fault)), run];
    } catch (error) {
      return [this.#result(program, undefined, messageOf(error)), undefined];
    }
  }

  /** The lines of C that there are, and how often each ran. */
  lines(): readonly SourceLine[] {
    return this.object.coverage().lines.map(({ file, line, count }: CoveredLine) => ({
      file,
      line,
      count,
      text: this.#texts.get(`${file} ${line}`) ?? "",
    }));
  }

  close(): void {
    this.object.close();
  }

  #result(program: string, output: ProgramOutput | undefined, fault: string | undefined): RunResult {
    const records = this.#drains.flatMap((drain) => drain());
    return { program, output, fault, records, printed: this.object.trace() };
  }
}

function drainOf(object: VmObject, map: string, codec: RecordCodec<unknown>): () => readonly SentRecord[] {
  const found: SentRecord[] = [];
  const reader = new RingBufReader(object.ringBuf(map), codec, {
    onDecodeError: (error, bytes) => void found.push({ map, value: `${error.message}: ${hexOf(bytes)}` }),
  });
  return () => {
    reader.consume((record) => void found.push({ map, value: codec.toJSON(record) }));
    return found.splice(0);
  };
}

function linesOf({ btf }: BtfModule): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { records } of btfExtOf(btf)?.lines ?? []) {
    for (const { file, line, text } of records) texts.set(`${file} ${line}`, text);
  }
  return texts;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
