import type { Btf, KeysOf, LineInfo } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import { type SectionKind, sectionKind } from "../context/context-section.ts";
import { type ProgramContext, programContext } from "../context/program-context.ts";
import { attachCookieHelper, functionAddressHelper } from "../helpers/current.ts";
import { helperFor } from "../helpers/helper-table.ts";
import { checkOptions, invalid } from "../invalid.ts";
import type { Place } from "../run/code.ts";
import type { Redirection } from "../run/execution.ts";
import type { Engine } from "../run/run.ts";
import type { SteppedRun } from "../step/stepped-run.ts";
import type { ContextInput } from "./context-input.ts";
import { closed } from "./named.ts";

/** What one run is given. */
export interface ProgramInput {
  /** By the program's type: bytes, the members of a tracepoint's record or of the struct that its function takes, arguments, registers. */
  readonly context?: ContextInput | undefined;
  /** Packet of a program that takes one. */
  readonly data?: Uint8Array | undefined;
  /** How often the program runs on the same input; 1 unless told. What it gives is the last run's. */
  readonly repeat?: number | undefined;
  /** Processor that it runs on; the object's unless told. */
  readonly cpu?: number | undefined;
  /**
   * Of the function at whose entry or exit it runs: what `bpf_get_func_ip` gives. 0 unless told, which is what a kprobe in the
   * middle of a function gets.
   */
  readonly functionAddress?: bigint | undefined;
  /** What `bpf_get_attach_cookie` gives; 0 unless told. `fire` takes that of each link. */
  readonly cookie?: bigint | undefined;
}

/** How a program is attached. */
export interface AttachOptions {
  /** What `bpf_get_attach_cookie` gives where `fire` runs the program by this link; 0 unless told. */
  readonly cookie?: bigint | undefined;
}

/** What a run that is stepped through is given. */
export interface StepInput extends Omit<ProgramInput, "repeat"> {
  /** Steps that are kept at most. */
  readonly steps?: number;
}

const everyRun = { context: true, data: true, cpu: true, functionAddress: true, cookie: true } as const;
const inputKeys: KeysOf<ProgramInput> = { ...everyRun, repeat: true };
const stepKeys: KeysOf<StepInput> = { ...everyRun, steps: true };

/** What an iterator wrote in one run. */
export interface Written {
  /** A copy: records one behind the other, or text. */
  readonly bytes: Uint8Array;
  /** It was more than the 32 KiB that a read of the kernel has (8 pages): the read gives E2BIG, and there are no bytes. */
  readonly overflowed: boolean;
}

/** What one run gave. */
export interface ProgramOutput {
  /** Of the program, as int32. */
  readonly returnValue: number;
  /** The context as the program left it, a copy. */
  readonly context: Uint8Array | undefined;
  /** The packet as the program left it. */
  readonly data: Uint8Array | undefined;
  /** Instructions that the run took. */
  readonly instructions: number;
  /** Where the program sent the packet by `bpf_redirect`; absent where it did not. */
  readonly redirected?: Redirection;
  /** What an iterator wrote by `bpf_seq_write` and `bpf_seq_printf`; absent where it wrote nothing. */
  readonly written?: Written;
}

/** A program's code, ready to run. */
export interface LoadedCode {
  readonly engine: Engine;
  /** The line that a slot comes from, where a line begins. */
  readonly lines: ReadonlyMap<number, LineInfo>;
}

/** The types that a program goes by: its object's, and the kernel's. */
export interface ProgramTypes {
  readonly btf: Btf;
  readonly target: Btf;
}

/** What runs a program: its object. */
export interface ProgramRunner {
  readonly open: boolean;
  run(program: VmProgram, code: LoadedCode, input: ProgramInput): ProgramOutput;
  step(program: VmProgram, code: LoadedCode, input: ProgramInput, limit: number): SteppedRun<ProgramOutput>;
}

/** A program attached to what fires it. Closing it detaches. */
export class Link {
  /** What the program knows the link by. */
  readonly cookie: bigint;
  #open = true;

  /** @internal */
  constructor(cookie: bigint) {
    this.cookie = cookie;
  }

  /** Whether it is still attached by this link. */
  get open(): boolean {
    return this.#open;
  }

  /** Detaches the program; nothing happens the second time. */
  close(): void {
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** One program of an object. It dies with its object. */
export class VmProgram {
  /** Its C function. */
  readonly name: string;
  /** ELF section, which says where it is attached: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  /** @internal What the section says; undefined for one that says nothing. */
  readonly kind: SectionKind | undefined;
  /** @internal */
  loaded: LoadedCode | undefined;
  /** @internal Whether `load` takes it. */
  wanted: boolean;
  readonly #runner: ProgramRunner;
  readonly #types: ProgramTypes;
  #context: ProgramContext | undefined;
  #links: Link[] = [];

  /** @internal */
  constructor(name: string, section: string, types: ProgramTypes, runner: ProgramRunner) {
    const kind = sectionKind(section);
    this.name = name;
    this.section = section;
    this.kind = kind;
    this.#types = types;
    // libbpf loads what is in SEC("?…") only where it is told to
    this.wanted = !section.startsWith("?");
    this.#runner = runner;
  }

  /** What it is given when it runs, as far as its types tell; undefined where its section does not say. */
  get context(): ProgramContext | undefined {
    this.#context ??= this.kind && programContext(this.name, this.kind, this.#types.btf, this.#types.target);
    return this.#context;
  }

  /** Whether `load()` loads it; true unless told otherwise, or its section begins with "?". */
  autoload(on: boolean): void {
    this.#check();
    if (typeof on !== "boolean") throw invalid(`autoload is true or false, not ${String(on)}`);
    if (this.loaded !== undefined) throw invalid(`program "${this.name}" is loaded already`);
    this.wanted = on;
  }

  /**
   * Runs the program once, as what it is attached to would.
   * @throws ProgramFault for what went wrong in the run; RingBufError EINVAL for a context or data that its type does not take,
   * ERANGE for a member's value that does not fit, ENOENT for a tracepoint's record that the kernel's types do not have.
   */
  run(input: ProgramInput = {}): ProgramOutput {
    const { repeat = 1 } = checkOptions(input, "the input of a run", inputKeys);
    if (!(Number.isInteger(repeat) && repeat > 0 && repeat < 2 ** 32)) {
      throw invalid(`a program runs a whole number of times, not ${String(repeat)}`);
    }
    const code = this.code();
    let output = this.#runner.run(this, code, input);
    for (let turn = 1; turn < repeat; turn += 1) output = this.#runner.run(this, code, input);
    return output;
  }

  /**
   * Runs the program once as `run` does, on the interpreter, and keeps its first `steps` steps, 100 000 unless told, to be
   * gone through by instruction and by line of C. A fault is in what it gives.
   * @throws RingBufError EINVAL for a context or data that its type does not take.
   */
  step(given: StepInput = {}): SteppedRun<ProgramOutput> {
    const { steps = 100_000, ...input } = checkOptions(given, "the input of a run", stepKeys);
    if (!(Number.isInteger(steps) && steps > 0)) throw invalid(`a whole number of steps is kept, not ${String(steps)}`);
    return this.#runner.step(this, this.code(), input, steps);
  }

  /**
   * As `run`, with the context in place: what the program wrote is in it afterwards. Its return value.
   * @throws as `run`.
   */
  runInPlace(context: Uint8Array): number {
    const output = this.run({ context });
    if (output.context !== undefined) context.set(output.context);
    return output.returnValue;
  }

  /**
   * Attaches the program where its section says: `fire` runs it there, once for each open link.
   * @throws RingBufError ENOTSUP for a section that does not say where, EINVAL before `load()`, and for a cookie that
   * programs of this type have none of.
   */
  attach(options: AttachOptions = {}): Link {
    const { cookie } = checkOptions(options, "how a program is attached", { cookie: true });
    this.code();
    if (!this.attachable) {
      throw new RingBufError(`program "${this.name}": SEC("${this.section}") does not say where it is attached`, {
        code: "ENOTSUP",
        syscall: "bpf_program__attach",
      });
    }
    const link = new Link(cookieOf(this, cookie) ?? 0n);
    this.#links.push(link);
    return link;
  }

  /** Closes every link that `attach`, the program's or its object's, gave. */
  detach(): void {
    for (const link of this.#links) link.close();
    this.#links = [];
  }

  /** @internal Whether its section says where it goes. */
  get attachable(): boolean {
    return this.kind !== undefined && this.kind.target !== "";
  }

  /** @internal Its open links, in the order in which they were made. */
  get links(): readonly Link[] {
    return this.#links.filter(({ open }) => open);
  }

  /**
   * @internal
   * @throws RingBufError where it is not loaded.
   */
  code(): LoadedCode {
    this.#check();
    if (this.loaded !== undefined) return this.loaded;
    throw invalid(`program "${this.name}" is not loaded: call load() on its object first`);
  }

  #check(): void {
    if (!this.#runner.open) throw closed(`the object of program "${this.name}"`);
  }
}

/**
 * A cookie of a link to the program, or of a run.
 * @throws RingBufError EINVAL where it has none, or that is none.
 */
export function cookieOf(program: VmProgram, cookie: bigint | undefined): bigint | undefined {
  return askedBy(program, cookie, attachCookieHelper, "cookie");
}

/**
 * The address of the function that the program runs at.
 * @throws as {@link cookieOf}
 */
export function functionAddressOf(program: VmProgram, address: bigint | undefined): bigint | undefined {
  return askedBy(program, address, functionAddressHelper, "function address");
}

/** What only a helper asks for: 64 bits. */
function askedBy(program: VmProgram, given: bigint | undefined, helper: number, what: string): bigint | undefined {
  if (given === undefined) return undefined;
  const { type = "unspec", prefix } = program.kind ?? {};
  const refused = helperFor(helper, type, prefix);
  if (typeof refused === "string") throw notTaken(program, `takes no ${what}: ${refused}`);
  if (typeof given === "bigint" && BigInt.asUintN(64, given) === given) return given;
  throw notTaken(program, `takes a ${what} of 64 bits, a bigint that is not negative, and was given ${shown(given)}`);
}

/** That a program does not take what it was given. */
export function notTaken(program: VmProgram, what: string): RingBufError {
  return new RingBufError(`program "${program.name}" (SEC("${program.section}")) ${what}`, {
    code: "EINVAL",
    errno: -22,
    syscall: "BPF_PROG_TEST_RUN",
  });
}

/** The line of C that a slot comes from: the last one that began before it. */
export function placeIn(lines: ReadonlyMap<number, LineInfo>, slot: number): Place | undefined {
  for (let at = slot; at >= 0; at -= 1) {
    const info = lines.get(at);
    if (info === undefined) continue;
    const { file, line, column, text: source } = info;
    return { place: `${file}:${line}:${column}`, file, line, column, source };
  }
  return undefined;
}
