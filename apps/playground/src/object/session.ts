import { btfExtOf } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";
import { type CoveredLine, type ProgramOutput, type SteppedRun, VmObject, type VmProgram } from "@rbgen/vm";
import { type BtfModule, readBtfModule, type SourceText } from "rbgen";
import { codecsOf, type GeneratedModule, loadGenerated, mapCodecs, runInPage } from "../codec/generated-module.ts";
import type { ObjectReading } from "../reader/protocol.ts";
import type { Reader } from "../reader/reader.ts";
import type { RunInput } from "./context-form.ts";
import { type ElementTexts, elementTexts } from "./element-texts.ts";
import { type MapEntries, mapEntries } from "./map-entries.ts";
import { type SentRecord, SentRecords } from "./sent-records.ts";

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

interface SessionParts {
  readonly name: string;
  readonly read: ObjectReading;
  readonly object: VmObject;
  readonly btf: BtfModule;
  readonly module: GeneratedModule;
  readonly elements: ReadonlyMap<string, ElementTexts>;
}

/** A compiled object in the page: loaded into the virtual machine, its records decoded by the code generated from it. */
export class ObjectSession {
  readonly name: string;
  readonly read: ObjectReading;
  readonly object: VmObject;
  /** Of its records: those of its maps first. */
  readonly codecs: readonly RecordCodec<unknown>[];
  readonly #records: SentRecords;
  readonly #elements: ReadonlyMap<string, ElementTexts>;
  readonly #lines: ReadonlyMap<string, string>;

  private constructor(parts: SessionParts) {
    const { name, read, object, btf, module, elements } = parts;
    this.name = name;
    this.read = read;
    this.object = object;
    this.codecs = codecsOf(module);
    this.#records = new SentRecords(object, mapCodecs(module));
    this.#elements = elements;
    this.#lines = linesOf(btf);
  }

  /**
   * Reads and loads an object; `types` is a header of records that its compiler dropped, as `--types` takes it.
   * @throws Error that says why it is none, or what of it is refused.
   */
  static async open(
    reader: Reader,
    name: string,
    bytes: Uint8Array,
    types: SourceText | undefined,
  ): Promise<ObjectSession> {
    const read = await reader.readObject({ name, bytes, types });
    const btf = readBtfModule(bytes, { name, path: name }, () => undefined);
    // The reader has read it by the same means.
    if (btf === undefined) throw new Error(`${name} has no types`);
    const object = await VmObject.load(bytes, { coverage: true, instructionBudget });
    const module = read.script === undefined ? {} : await loadGenerated(read.script, runInPage);
    const elements = await elementTexts(btf.maps, read.elements, runInPage);
    return new ObjectSession({ name, read, object, btf, module, elements });
  }

  get programs(): readonly VmProgram[] {
    return this.object.programNames.map((name) => this.object.program(name));
  }

  /** The elements of its maps as they are now. */
  entries(): readonly MapEntries[] {
    return mapEntries(this.object, this.#elements);
  }

  /** Runs a program once; a fault is a part of the result. */
  run(program: string, input: RunInput): RunResult {
    try {
      const output = this.object.program(program).run(input);
      return this.#result(program, output, undefined);
    } catch (error) {
      return this.#result(program, undefined, messageOf(error));
    }
  }

  /** The same, kept to be stepped through; only a result where the context is none of this program's. */
  step(program: string, input: RunInput): [RunResult, SteppedRun<ProgramOutput> | undefined] {
    try {
      const run = this.object.program(program).step(input);
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
      text: this.#lines.get(`${file} ${line}`) ?? "",
    }));
  }

  close(): void {
    this.object.close();
  }

  #result(program: string, output: ProgramOutput | undefined, fault: string | undefined): RunResult {
    return { program, output, fault, records: this.#records.take(), printed: this.object.trace() };
  }
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
