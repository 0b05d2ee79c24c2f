import { constants } from "node:os";
import type { RecordCodec } from "@rbgen/runtime";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import type { Attached } from "../attach/attached.ts";
import { attachCgroup, type CgroupOptions } from "../attach/cgroup.ts";
import { attachKprobe, attachKprobeMulti, type KprobeMultiOptions, type KprobeOptions } from "../attach/kprobe.ts";
import { type Link, linkOfHandle } from "../attach/link.ts";
import { attachTc, attachXdp, type TcOptions, type XdpOptions } from "../attach/network.ts";
import { attachPerfEvent, type PerfEventOptions } from "../attach/perf-event.ts";
import {
  attachRawTracepoint,
  attachTracepoint,
  type RawTracepointOptions,
  type TracepointOptions,
} from "../attach/tracepoint.ts";
import { attachUprobe, type UprobeOptions } from "../attach/uprobe.ts";
import { attachUsdt, type UsdtOptions, usdtWithoutLink } from "../attach/usdt.ts";
import { checkBytes, checkObject, checkOptions, shown } from "../kernel/arguments.ts";
import { isWord, machineEndian } from "../kernel/attributes.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { BpfLoadError, callLibbpf } from "../kernel/libbpf.ts";
import { createIteratorLink } from "../kernel/link-commands.ts";
import { held } from "../kernel/open-map.ts";
import { readProgramStream, runProgram } from "../kernel/program-commands.ts";
import { findTracefs, mountTracefs } from "../kernel/tracefs.ts";
import { type BpfIterator, iteratorOf } from "./bpf-iterator.ts";
import { type Items, LineItems, RecordItems } from "./iterator-items.ts";
import { checkTarget, type IteratorTarget, linkInfo } from "./iterator-target.ts";

/** Bytes that a run may return beyond what went in: programs that see packets may prepend headers. */
const packetHeadroom = 256;

/** Bytes of a stream that one call reads. */
const streamChunk = 16384;

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

/** `enum` of the kernel's streams of a program. */
const streams = { stdout: 1, stderr: 2 } as const;

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
    const {
      repeat,
      cpu,
      context: given,
      data: packet,
    } = checkOptions(input, "the input of a run", { context: true, data: true, repeat: true, cpu: true });
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
    const what = `${this.#what}${missingTracefs(this.section)}`;
    try {
      const handle = callLibbpf("bpf_program__attach", what, (addon) => addon.programAttach(this.#handle));
      const without = this.section.startsWith("usdt") ? usdtWithoutLink : undefined;
      return this.#keep(linkOfHandle(this.#what, handle as Handle, without));
    } catch (error) {
      if (error instanceof BpfLoadError && error.code === "ENOTSUP" && error.log === "") return undefined;
      throw error;
    }
  }

  /**
   * Attaches to a function of a program or library. Functions are found by its symbols, of a stripped one by those that
   * others link to.
   * @throws RingBufError ENOENT for a file or function that there is not, with the nearest names; EINVAL, EACCES, EPERM.
   */
  attachUprobe(options: UprobeOptions): Link {
    return this.#attachBy(attachUprobe, options);
  }

  /**
   * Attaches to a probe that a program was compiled with (USDT), at all its places, by libbpf: the object includes `usdt.bpf.h`.
   * @throws BpfLoadError with libbpf's words; RingBufError ENOENT with the nearest names.
   */
  attachUsdt(options: UsdtOptions): Link {
    return this.#attachBy(attachUsdt, options);
  }

  /**
   * Attaches to a function of the kernel.
   * @throws RingBufError ENOENT with the nearest names; ENOTSUP for a kernel without kprobes; EINVAL, EACCES, EPERM.
   */
  attachKprobe(options: KprobeOptions): Link {
    return this.#attachBy(attachKprobe, options);
  }

  /**
   * Attaches to many functions of the kernel at once (Linux 5.18): the program's section is "kprobe.multi".
   * @throws RingBufError as `attachKprobe`.
   */
  attachKprobeMulti(options: KprobeMultiOptions): Link {
    return this.#attachBy(attachKprobeMulti, options);
  }

  /**
   * Attaches to a tracepoint of tracefs.
   * @throws RingBufError ENOENT with the nearest names, or without tracefs; EINVAL, EACCES, EPERM.
   */
  attachTracepoint(options: TracepointOptions): Link {
    return this.#attachBy(attachTracepoint, options);
  }

  /**
   * Attaches to a raw tracepoint.
   * @throws RingBufError ENOENT with the nearest names where tracefs tells them; EINVAL, EACCES, EPERM.
   */
  attachRawTracepoint(options: RawTracepointOptions): Link {
    return this.#attachBy(attachRawTracepoint, options);
  }

  /**
   * Runs the program on a perf event: each time as many were counted, or so many times a second.
   * @throws RingBufError ENOENT for what this machine does not count; ESRCH, EINVAL, EACCES, EPERM.
   */
  attachPerfEvent(options: PerfEventOptions): Link {
    return this.#attachBy(attachPerfEvent, options);
  }

  /**
   * Attaches to a control group, as its section says at what: "cgroup_skb/egress", "cgroup/connect4".
   * @throws RingBufError EBADF for what is no control group; EINVAL, EPERM.
   */
  attachCgroup(options: CgroupOptions): Link {
    return this.#attachBy(attachCgroup, options);
  }

  /**
   * Attaches to what arrives at a network interface (Linux 5.9).
   * @throws RingBufError ENODEV with the nearest names; EBUSY where another program is; EINVAL, EPERM.
   */
  attachXdp(options: XdpOptions): Link {
    return this.#attachBy(attachXdp, options);
  }

  /**
   * Attaches to what enters or leaves a network interface, behind those that are there (tcx, Linux 6.6).
   * @throws RingBufError ENODEV with the nearest names; EINVAL, EPERM.
   */
  attachTc(options: TcOptions): Link {
    return this.#attachBy(attachTc, options);
  }

  #attachBy<Options>(attach: (program: Attached, options: Options) => Link, options: Options): Link {
    return this.#keep(attach({ what: this.#what, fd: this.#loaded(), handle: this.#handle }, options));
  }

  #keep(link: Link): Link {
    this.#links.push(link);
    return link;
  }

  get #what(): string {
    return `program "${this.name}" (SEC("${this.section}"))`;
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
    if (endian !== machineEndian) {
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
    const what = this.#what;
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

  /**
   * What the program printed to a stream of its own (`bpf_stream_printk`, Linux 6.17) since the last call, and of `stderr` what the
   * kernel says of it, such as a fault in an arena. Whoever reads takes it from all others.
   * @throws RingBufError EINVAL for another stream; ENOTSUP for an older kernel.
   */
  readStream(stream: "stdout" | "stderr" = "stdout"): string {
    if (typeof stream !== "string" || !Object.hasOwn(streams, stream))
      throw ringError("EINVAL", `a stream is stdout or stderr, not ${shown(stream)}`);
    const fd = this.#loaded();
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(streamChunk);
    let text = "";
    for (;;) {
      const length = readProgramStream(fd, streams[stream], bytes);
      if (length === -constants.errno.EINVAL) {
        throw ringError("ENOTSUP", "this kernel has no streams of programs: Linux 6.17 has");
      }
      if (length < 0) throw kernelError(length, "BPF_PROG_STREAM_READ_BY_FD", this.#what);
      if (length === 0) return text + decoder.decode();
      text += decoder.decode(bytes.subarray(0, length), { stream: true });
    }
  }

  /** Closes every link of the program that `attach…` gave, its own or its object's: it is not run by what it was attached to. */
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
  return findTracefs() === undefined ? `; ${mountTracefs}, raw_tp/… and tp_btf/… do without it` : "";
}
