import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { RecordCodec } from "@rbgen/runtime";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { checkBytes, checkObject, shown } from "../kernel/arguments.ts";
import { isWord, littleEndian } from "../kernel/attributes.ts";
import { createIteratorLink, runProgram } from "../kernel/commands.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { BpfLoadError, callLibbpf } from "../kernel/libbpf.ts";
import { held } from "../kernel/open-map.ts";
import { type BpfIterator, iteratorOf } from "./bpf-iterator.ts";
import { type Items, LineItems, RecordItems } from "./iterator-items.ts";
import { checkTarget, type IteratorTarget, linkInfo } from "./iterator-target.ts";
import { type Link, linkOf } from "./link.ts";

/** Bytes that a run may return beyond what went in: programs that see packets may prepend headers. */
const packetHeadroom = 256;

/** What one run is given. */
export interface ProgramInput {
  /** Context of the program: for SEC("syscall") any bytes up to 64 KiB, else what its type takes. */
  readonly context?: Uint8Array | undefined;
  /** Packet of a program that takes one. */
  readonly data?: Uint8Array | undefined;
  /** How often the program runs on the same input; 1 unless told. */
  readonly repeat?: number | undefined;
  /** CPU that a raw tracepoint's program runs on; the calling thread's unless told. */
  readonly cpu?: number | undefined;
}

/**
 * A copy of bytes that were given.
 * @throws RingBufError EINVAL.
 */
function copyOf(bytes: Uint8Array, what: string): Uint8Array {
  return new Uint8Array(checkBytes(bytes, what));
}

/** What one run gave. */
export interface ProgramOutput {
  /** Of the program, as int32. */
  readonly returnValue: number;
  /** The context as the program left it (SEC("syscall")), a copy. */
  readonly context: Uint8Array | undefined;
  /** The packet as the program left it. */
  readonly data: Uint8Array | undefined;
}

let make: (handle: Handle, alive: () => boolean) => BpfProgram;
let attach: (program: BpfProgram) => Link | undefined;
let end: (program: BpfProgram) => void;

/** One program of a loaded object. It dies with its object. */
export class BpfProgram {
  /** Its C function. */
  readonly name: string;
  /** ELF section, which says where `attach` puts it: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  readonly #handle: Handle;
  readonly #alive: () => boolean;
  readonly #links: Link[] = [];
  /** Those that are open: they hold the program in the kernel. */
  readonly #iterators = new Set<{ close(): void }>();

  static {
    make = (handle, alive) => new BpfProgram(handle, alive);
    attach = (program) => (loadAddon().programFd(program.#handle) >= 0 ? program.#attach() : undefined);
    end = (program) => {
      program.detach();
      for (const iterator of program.#iterators) iterator.close();
    };
  }

  private constructor(handle: Handle, alive: () => boolean) {
    const addon = loadAddon();
    this.#handle = handle;
    this.#alive = alive;
    this.name = addon.programName(handle);
    this.section = addon.programSection(handle);
  }

  /**
   * The program's descriptor, for calls that take one; it stays the object's.
   * @throws if the object is not loaded.
   */
  get fd(): number {
    return this.#loaded();
  }

  #loaded(): number {
    this.#check();
    const fd = loadAddon().programFd(this.#handle);
    if (fd < 0) throw ringError("EINVAL", `program "${this.name}" is not loaded: call load() on its object first`);
    return fd;
  }

  /** Whether `load()` loads it; true unless told otherwise, before loading. */
  autoload(on: boolean): void {
    this.#check();
    if (typeof on !== "boolean") throw ringError("EINVAL", `autoload is true or false, not ${shown(on)}`);
    callLibbpf("bpf_program__set_autoload", `program "${this.name}"`, (addon) =>
      addon.programSetAutoload(this.#handle, on),
    );
  }

  /**
   * Runs the program once without attaching it (BPF_PROG_TEST_RUN).
   * @throws RingBufError EINVAL for a context, data or repeat that its type does not take, ENOTSUPP for a type that cannot be run.
   */
  run(input: ProgramInput = {}): ProgramOutput {
    const { repeat, cpu, context: given, data: packet } = checkObject(input, "the input of a run");
    const context = given === undefined ? undefined : copyOf(given, "a context");
    const data = packet === undefined ? undefined : copyOf(packet, "a packet");
    if (repeat !== undefined && !(isWord(repeat) && repeat > 0)) {
      throw ringError("EINVAL", `a program runs a whole number of times, not ${shown(repeat)}`);
    }
    if (cpu !== undefined && !isWord(cpu)) {
      throw ringError("EINVAL", `a program runs on a CPU by its number, not ${shown(cpu)}`);
    }
    const dataOut = data && new Uint8Array(data.byteLength + packetHeadroom);
    // now that no getter of the input runs any more, which might close the object
    const { result, returnValue, dataOutLength } = runProgram(this.fd, { context, data, dataOut, repeat, cpu });
    if (result < 0) throw kernelError(result, "BPF_PROG_TEST_RUN", this.#explainRun(result));
    return { returnValue, context, data: dataOut?.slice(0, dataOutLength) };
  }

  /**
   * The same with the context in place and nothing made per run, for loops: returns the program's return value.
   * @throws as `run`.
   */
  runInPlace(context: Uint8Array): number {
    const bytes = checkBytes(context, "a context");
    const { result, returnValue } = runProgram(this.fd, { context: bytes });
    if (result < 0) throw kernelError(result, "BPF_PROG_TEST_RUN", this.#explainRun(result));
    return returnValue;
  }

  /**
   * Attaches the program where its section says, as libbpf does it.
   * @throws BpfLoadError with libbpf's words, ENOTSUP for a section that does not say where; RingBufError EINVAL before
   * `load()`.
   */
  attach(): Link {
    this.#loaded();
    const link = this.#attach();
    if (link !== undefined) return link;
    const what = `program "${this.name}": SEC("${this.section}") does not say where it is attached`;
    throw new BpfLoadError(what, -constants.errno.ENOTSUP, "bpf_program__attach", "");
  }

  /** Undefined where libbpf knows no place for the section: the one refusal that it says nothing about. */
  #attach(): Link | undefined {
    const what = `program "${this.name}" (SEC("${this.section}"))${missingTracefs(this.section)}`;
    try {
      const handle = callLibbpf("bpf_program__attach", what, (addon) => addon.programAttach(this.#handle));
      const link = linkOf(handle as Handle);
      this.#links.push(link);
      return link;
    } catch (error) {
      if (error instanceof BpfLoadError && error.code === "ENOTSUP" && error.log === "") return undefined;
      throw error;
    }
  }

  /**
   * The records that a program of SEC("iter/…") writes by `bpf_seq_write`, for each walk anew: `for (const task of
   * object.program("dump_task").iterate(task))`.
   * @param target what it goes over, where its section does not say all
   * @throws RingBufError EINVAL for a program of another section, a codec without a fixed length, whose records could not be
   * told apart, or a target that the kernel does not take; EPERM.
   */
  iterate<Out>(codec: RecordCodec<Out, never>, target: IteratorTarget = {}): BpfIterator<Out> {
    const { name, size, minByteLength, endian, layout } = checkObject(codec, "the codec");
    if (size !== minByteLength || !(size > 0) || layout?.leaves?.some(({ count }) => count === 0) !== false) {
      throw ringError("EINVAL", `${name} has no fixed length: records of an iterator lie one behind the other`);
    }
    if (endian !== (littleEndian ? "little" : "big")) {
      throw ringError("EINVAL", `${name} is ${endian} endian, this machine is not`);
    }
    return this.#iterator(target, () => new RecordItems(codec));
  }

  /**
   * The lines that a program of SEC("iter/…") writes by `bpf_seq_printf`, for each walk anew.
   * @throws as `iterate`.
   */
  iterateLines(target: IteratorTarget = {}): BpfIterator<string> {
    return this.#iterator(target, () => new LineItems());
  }

  #iterator<Item>(target: IteratorTarget, items: () => Items<Item>): BpfIterator<Item> {
    const info = linkInfo(target);
    const program = this.#loaded();
    const what = `program "${this.name}" (SEC("${this.section}"))`;
    if (!this.section.startsWith("iter")) throw ringError("EINVAL", `${what} is no iterator`);
    checkTarget(target, this.section);
    const fd = createIteratorLink(program, info);
    const owner = held(loadAddon().own(fd));
    if (fd < 0) throw kernelError(fd, "BPF_LINK_CREATE", `${what} cannot go over ${explainTarget(target)}`);
    const closed = (one: { close(): void }): void => void this.#iterators.delete(one);
    const iterator = iteratorOf({ what, fd, owner, alive: this.#alive, closed }, items);
    this.#iterators.add(iterator);
    return iterator;
  }

  /** Closes every link that `attach`, the program's or its object's, gave: it is not run by what it was attached to. */
  detach(): void {
    for (const link of this.#links) link.close();
    this.#links.length = 0;
  }

  #check(): void {
    if (!this.#alive()) throw ringError("ERR_RINGBUF_CLOSED", `the object of program "${this.name}" is closed`);
  }

  #explainRun(result: number): string {
    switch (errnoName(result)) {
      case "ENOTSUPP":
        return `programs of SEC("${this.section}") cannot be run by themselves, only attached`;
      case "EPERM":
        return `running program "${this.name}" needs CAP_BPF, and CAP_PERFMON or CAP_NET_ADMIN by its type`;
      case "EINVAL":
        return `program "${this.name}" does not take this context or data`;
      default:
        return `program "${this.name}" could not be run`;
    }
  }
}

/** The program of libbpf behind `handle`; `alive` tells whether its object is still open. */
export function programOf(handle: Handle, alive: () => boolean): BpfProgram {
  return make(handle, alive);
}

/** Detaches a program of an object that closes, and closes its iterators. */
export function endProgram(program: BpfProgram): void {
  end(program);
}

/** Attaches a program of an open object where its section says; one that says nothing of it, or was not loaded, stays. */
export function attachWhereTold(program: BpfProgram): Link | undefined {
  return attach(program);
}

function explainTarget({ map, cgroup, task }: IteratorTarget): string {
  if (map !== undefined) return "this map: is it of a type that its section is for?";
  if (cgroup !== undefined) return "these control groups";
  if (task !== undefined) return "this task: is it there, and is the section one of tasks?";
  return "everything: iter/bpf_map_elem and iter/bpf_sk_storage_map need { map }";
}

/** libbpf looks tracepoints up in tracefs; where that is not mounted, it says no more than ENOENT. */
function missingTracefs(section: string): string {
  if (!/^(tp|tracepoint|kprobe|kretprobe|uprobe|uretprobe)\//.test(section)) return "";
  if (existsSync("/sys/kernel/tracing/events") || existsSync("/sys/kernel/debug/tracing/events")) return "";
  return "; tracefs is not mounted (mount -t tracefs tracefs /sys/kernel/tracing), raw_tp/… and tp_btf/… do without it";
}
